import { structure } from "@hearth/model";
import { DEFAULT_GROUP } from "@hearth/store";
import { operation } from "@hearth/wire";
import type { SchedulerDeps } from "../deps.ts";
import { noSchedule, ResourceNotFoundException } from "../errors.ts";
import { scheduleAnswer } from "../scheduleAnswer.ts";
import * as words from "../words.ts";

export const getSchedule = operation({
  name: "GetSchedule",
  http: ["GET", "/schedules/{Name}", 200],
  query: { GroupName: "groupName" },
  input: structure({ Name: words.Name, GroupName: words.Name.optional() }),
  output: words.ScheduleAnswer,
  errors: [ResourceNotFoundException],
  async handle(
    { Name, GroupName = DEFAULT_GROUP },
    { accountId, region },
    { schedules }: Pick<SchedulerDeps, "schedules">,
  ) {
    const found = await schedules.find({ accountId, region, GroupName, Name });
    if (!found) throw noSchedule(Name);
    return scheduleAnswer(found);
  },
});
