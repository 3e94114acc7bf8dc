import { structure } from "@hearth/model";
import { DEFAULT_GROUP } from "@hearth/store";
import { operation } from "@hearth/wire";
import type { SchedulerDeps } from "../deps.ts";
import { noSchedule, ResourceNotFoundException } from "../errors.ts";
import { timerKey } from "../schedulePlan.ts";
import * as words from "../words.ts";

export const deleteSchedule = operation({
  name: "DeleteSchedule",
  http: ["DELETE", "/schedules/{Name}", 200],
  query: { GroupName: "groupName", ClientToken: "clientToken" },
  input: structure({ Name: words.Name, GroupName: words.Name.optional(), ClientToken: words.ClientToken.optional() }),
  output: structure({}),
  errors: [ResourceNotFoundException],
  async handle({ Name, GroupName = DEFAULT_GROUP }, { accountId, region }, deps: SchedulerDeps) {
    const { database, schedules, timers } = deps;
    const key = { accountId, region, GroupName, Name };
    await database.transaction(async (tx) => {
      if (!(await schedules.delete(tx, key))) throw noSchedule(Name);
      await timers.remove(tx, timerKey(key));
    });
    return {};
  },
});
