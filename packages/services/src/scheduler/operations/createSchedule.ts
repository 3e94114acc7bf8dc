import { structure } from "@hearth/model";
import { DEFAULT_GROUP, type ScheduleKey, type ScheduleValues } from "@hearth/store";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { SchedulerDeps } from "../deps.ts";
import {
  ConflictException,
  noGroup,
  ResourceNotFoundException,
  ServiceQuotaExceededException,
  ThrottlingException,
  ValidationException,
} from "../errors.ts";
import { refuseWhenDiskIsShort } from "../refuseWhenDiskIsShort.ts";
import { scheduleArn } from "../scheduleArn.ts";
import { firstPlan, timerKey } from "../schedulePlan.ts";
import { checkRole, valuesOf } from "../settingsOf.ts";
import * as words from "../words.ts";

export const createSchedule = operation({
  name: "CreateSchedule",
  http: ["POST", "/schedules/{Name}", 200],
  input: structure(words.ScheduleMembers),
  output: structure({ ScheduleArn: z.string() }),
  errors: [
    ConflictException,
    ResourceNotFoundException,
    ServiceQuotaExceededException,
    ThrottlingException,
    ValidationException,
  ],
  async handle(input, { accountId, region }, deps: SchedulerDeps) {
    const { database, schedules, groups, timers, timerChanges, clock, random } = deps;
    refuseWhenDiskIsShort(deps);
    const { Name, GroupName = DEFAULT_GROUP, ClientToken } = input;
    const key = { accountId, region, GroupName, Name };
    const nowMs = clock.now();
    const values = valuesOf(input, key, nowMs);
    await checkRole(deps, key, values.settings);
    if (!(await groups.find(key, GroupName))) throw noGroup(GroupName);
    await deps.quota.check(key);
    const plan = firstPlan(values, nowMs, random);
    const isNew = await database.transaction(async (tx) => {
      if (!(await schedules.create(tx, key, values, ClientToken ?? null))) return false;
      if (plan) await timers.set(tx, timerKey(key), plan);
      return true;
    });
    if (!isNew) await checkRepeated(deps, key, values, ClientToken);
    if (plan) timerChanges.changed();
    return { ScheduleArn: scheduleArn(key) };
  },
});

/** A repeated request with the same token is answered as the first one. */
async function checkRepeated(
  { schedules }: Pick<SchedulerDeps, "schedules">,
  key: ScheduleKey,
  { State, settings }: ScheduleValues,
  ClientToken: string | undefined,
): Promise<void> {
  const found = await schedules.find(key);
  const same = JSON.stringify([found?.State, found?.settings]) === JSON.stringify([State, settings]);
  if (ClientToken !== undefined && found?.clientToken === ClientToken && same) return;
  throw new ConflictException(`Schedule ${key.Name} already exists.`);
}
