import type { House } from "@hearth/access";
import type { Clock, Random } from "@hearth/kit";
import { type Database, ScheduleGroupStore, ScheduleStore, TimerStore } from "@hearth/store";
import { ScheduleQuota } from "./scheduleQuota.ts";
import type { TimersHouse } from "../timersHouse.ts";
import type { TimerChanges } from "@hearth/timetable";

export interface SchedulerDeps {
  readonly database: Pick<Database, "transaction">;
  readonly schedules: ScheduleStore;
  readonly quota: ScheduleQuota;
  readonly groups: ScheduleGroupStore;
  readonly timers: TimerStore;
  readonly timerChanges: Pick<TimerChanges, "changed">;
  readonly identities: House["identities"];
  readonly clock: Clock;
  readonly random: Random;
  readonly disk: House["disk"];
}

export function openSchedulerDeps(house: TimersHouse): SchedulerDeps {
  const { database, timerChanges, identities, clock, random, disk } = house;
  const schedules = new ScheduleStore(database);
  return {
    database,
    schedules,
    quota: new ScheduleQuota(schedules),
    groups: new ScheduleGroupStore(database),
    timers: new TimerStore(database),
    timerChanges,
    identities,
    clock,
    random,
    disk,
  };
}
