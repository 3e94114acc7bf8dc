import { structure } from "@hearth/model";
import { DEFAULT_GROUP, type ScheduleRecord, type ScheduleValues } from "@hearth/store";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { SchedulerDeps } from "../deps.ts";
import {
  ConflictException,
  noSchedule,
  ResourceNotFoundException,
  ThrottlingException,
  ValidationException,
} from "../errors.ts";
import { refuseWhenDiskIsShort } from "../refuseWhenDiskIsShort.ts";
import { scheduleArn } from "../scheduleArn.ts";
import { firstPlan, timerKey } from "../schedulePlan.ts";
import { checkRole, valuesOf } from "../settingsOf.ts";
import * as words from "../words.ts";

export const updateSchedule = operation({
  name: "UpdateSchedule",
  http: ["PUT", "/schedules/{Name}", 200],
  input: structure(words.ScheduleMembers),
  output: structure({ ScheduleArn: z.string() }),
  errors: [ConflictException, ResourceNotFoundException, ThrottlingException, ValidationException],
  async handle(input, { accountId, region }, deps: SchedulerDeps) {
    const { database, schedules, timers, timerChanges, clock, random } = deps;
    refuseWhenDiskIsShort(deps);
    const { Name, GroupName = DEFAULT_GROUP } = input;
    const key = { accountId, region, GroupName, Name };
    const nowMs = clock.now();
    const values = valuesOf(input, key, nowMs);
    await checkRole(deps, key, values.settings);
    await database.transaction(async (tx) => {
      const found = await schedules.lock(tx, key);
      if (!found) throw noSchedule(Name);
      const kept = withAnchor(values, found);
      await schedules.replace(tx, key, kept);
      const plan = firstPlan(kept, nowMs, random);
      await (plan ? timers.set(tx, timerKey(key), plan) : timers.remove(tx, timerKey(key)));
    });
    timerChanges.changed();
    return { ScheduleArn: scheduleArn(key) };
  },
});

/** A rate goes on from where it began, unless the rate itself is changed. */
function withAnchor(values: ScheduleValues, { settings, anchorMs }: ScheduleRecord): ScheduleValues {
  const { ScheduleExpression, StartDate } = values.settings;
  const isSame = ScheduleExpression === settings.ScheduleExpression && StartDate === settings.StartDate;
  return isSame ? { ...values, anchorMs } : values;
}
