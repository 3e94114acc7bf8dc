import type { Random } from "@hearth/kit";
import type { ScheduleKey, ScheduleValues, TimerKey, TimerPlan } from "@hearth/store";
import { nextOccurrence } from "@hearth/timetable";
import { recurrenceOf, windowMsOf } from "./recurrenceOf.ts";

/** The name of schedules in the table of timers. */
export const OWNER = "schedule";
/** A one-time schedule in the running minute is not too late. */
const MINUTE_MS = 60_000;

export function timerKey({ accountId, region, GroupName, Name }: ScheduleKey): TimerKey {
  // Names have no slash.
  return { owner: OWNER, accountId, region, name: `${GroupName}/${Name}` };
}

/** When a schedule that was created or changed is due first; undefined when it never is. */
export function firstPlan(
  { State, settings, anchorMs }: ScheduleValues,
  nowMs: number,
  random: Random,
): TimerPlan | undefined {
  if (State !== "ENABLED") return undefined;
  const recurrence = recurrenceOf(settings, anchorMs);
  // A rate occurs at its anchor, which may be now.
  const afterMs = recurrence.schedule.kind === "at" ? nowMs - MINUTE_MS : anchorMs === nowMs ? nowMs - 1 : nowMs;
  const scheduledMs = nextOccurrence(recurrence, afterMs);
  return scheduledMs === undefined ? undefined : planOf(scheduledMs, windowMsOf(settings), random);
}

/** An occurrence in a flexible window is due at some time of it. */
export function planOf(scheduledMs: number, windowMs: number, random: Random): TimerPlan {
  return { scheduledMs, dueMs: scheduledMs + Math.floor(random.fraction() * windowMs) };
}
