import { structure } from "@hearth/model";
import { DEFAULT_GROUP } from "@hearth/store";
import { operation } from "@hearth/wire";
import type { SchedulerDeps } from "../deps.ts";
import { noGroup, ResourceNotFoundException, ValidationException } from "../errors.ts";
import { timerKey } from "../schedulePlan.ts";
import * as words from "../words.ts";

/** Deletes a group with its schedules at once; on AWS it is in the state DELETING for a while. */
export const deleteScheduleGroup = operation({
  name: "DeleteScheduleGroup",
  http: ["DELETE", "/schedule-groups/{Name}", 200],
  query: { ClientToken: "clientToken" },
  input: structure({ Name: words.Name, ClientToken: words.ClientToken.optional() }),
  output: structure({}),
  errors: [ResourceNotFoundException, ValidationException],
  async handle({ Name }, context, { database, groups, timers }: SchedulerDeps) {
    if (Name === DEFAULT_GROUP) throw new ValidationException("The default schedule group cannot be deleted.");
    const { accountId, region } = context;
    await database.transaction(async (tx) => {
      if (!(await groups.delete(tx, context, Name))) throw noGroup(Name);
      await timers.removeAll(tx, timerKey({ accountId, region, GroupName: Name, Name: "" }));
    });
    return {};
  },
});
