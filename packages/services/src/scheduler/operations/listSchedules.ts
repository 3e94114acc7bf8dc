import { encodeCursor, structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { SchedulerDeps } from "../deps.ts";
import { noGroup, ResourceNotFoundException, ValidationException } from "../errors.ts";
import { DEFAULT_PAGE, keyInToken } from "../paging.ts";
import { scheduleAnswer } from "../scheduleAnswer.ts";
import * as words from "../words.ts";

export const listSchedules = operation({
  name: "ListSchedules",
  http: ["GET", "/schedules", 200],
  query: {
    GroupName: "ScheduleGroup",
    MaxResults: "MaxResults",
    NamePrefix: "NamePrefix",
    NextToken: "NextToken",
    State: "State",
  },
  input: structure({
    GroupName: words.Name.optional(),
    MaxResults: words.MaxResults.optional(),
    NamePrefix: words.NamePrefix.optional(),
    NextToken: words.NextToken.optional(),
    State: words.State.optional(),
  }),
  output: structure({
    NextToken: z.string().optional(),
    Schedules: z.array(
      structure({
        Arn: z.string(),
        Name: z.string(),
        GroupName: z.string(),
        State: z.string(),
        CreationDate: z.date(),
        LastModificationDate: z.date(),
        Target: structure({ Arn: z.string() }),
      }),
    ),
  }),
  errors: [ResourceNotFoundException, ValidationException],
  async handle(input, context, { schedules, groups }: Pick<SchedulerDeps, "schedules" | "groups">) {
    const { GroupName, MaxResults: limit = DEFAULT_PAGE, NamePrefix: prefix, State } = input;
    if (GroupName !== undefined && !(await groups.find(context, GroupName))) throw noGroup(GroupName);
    const after = keyInToken(input.NextToken, ["string", "string"]);
    const found = await schedules.list(context, { GroupName, State, prefix, after, limit: limit + 1 });
    const shown = found.slice(0, limit);
    const last = found.length > limit ? shown.at(-1) : undefined;
    return {
      Schedules: shown.map((record) => {
        const {
          Arn,
          Name,
          GroupName: group,
          State: state,
          CreationDate,
          LastModificationDate,
          Target,
        } = scheduleAnswer(record);
        return {
          Arn,
          Name,
          GroupName: group,
          State: state,
          CreationDate,
          LastModificationDate,
          Target: { Arn: Target.Arn },
        };
      }),
      ...(last && { NextToken: encodeCursor([last.GroupName, last.Name]) }),
    };
  },
});
