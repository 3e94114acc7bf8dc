import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { SchedulerDeps } from "../deps.ts";
import { noGroup, ResourceNotFoundException } from "../errors.ts";
import { groupAnswer } from "../scheduleAnswer.ts";
import * as words from "../words.ts";

export const getScheduleGroup = operation({
  name: "GetScheduleGroup",
  http: ["GET", "/schedule-groups/{Name}", 200],
  input: structure({ Name: words.Name }),
  output: words.GroupAnswer,
  errors: [ResourceNotFoundException],
  async handle({ Name }, context, { groups }: Pick<SchedulerDeps, "groups">) {
    const found = await groups.find(context, Name);
    if (!found) throw noGroup(Name);
    return groupAnswer(found);
  },
});
