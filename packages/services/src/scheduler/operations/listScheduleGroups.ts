import { encodeCursor, structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { SchedulerDeps } from "../deps.ts";
import { ValidationException } from "../errors.ts";
import { DEFAULT_PAGE, keyInToken } from "../paging.ts";
import { groupAnswer } from "../scheduleAnswer.ts";
import * as words from "../words.ts";

export const listScheduleGroups = operation({
  name: "ListScheduleGroups",
  http: ["GET", "/schedule-groups", 200],
  query: { MaxResults: "MaxResults", NamePrefix: "NamePrefix", NextToken: "NextToken" },
  input: structure({
    MaxResults: words.MaxResults.optional(),
    NamePrefix: words.NamePrefix.optional(),
    NextToken: words.NextToken.optional(),
  }),
  output: structure({ NextToken: z.string().optional(), ScheduleGroups: z.array(words.GroupAnswer) }),
  errors: [ValidationException],
  async handle({ MaxResults: limit = DEFAULT_PAGE, NamePrefix: prefix, NextToken }, context, deps: SchedulerDeps) {
    const [after] = keyInToken(NextToken, ["string"]) ?? [];
    const found = await deps.groups.list(context, { prefix, after, limit: limit + 1 });
    const shown = found.slice(0, limit);
    const last = found.length > limit ? shown.at(-1) : undefined;
    return { ScheduleGroups: shown.map(groupAnswer), ...(last && { NextToken: encodeCursor([last.Name]) }) };
  },
});
