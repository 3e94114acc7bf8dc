import { parseSchedule } from "@hearth/schedules";
import type { ScheduleSettings } from "@hearth/store";
import type { Recurrence } from "@hearth/timetable";

/** When a schedule occurs. Throws InvalidScheduleError. */
export function recurrenceOf(settings: ScheduleSettings, anchorMs: number): Recurrence {
  const { ScheduleExpression, ScheduleExpressionTimezone, StartDate, EndDate } = settings;
  const schedule = parseSchedule(ScheduleExpression, ScheduleExpressionTimezone);
  // A one-time schedule has neither start nor end. https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html
  return schedule.kind === "at" ? { schedule, anchorMs } : { schedule, anchorMs, startMs: StartDate, endMs: EndDate };
}

/** How much later than its time an occurrence may be acted on. */
export function windowMsOf({ FlexibleTimeWindow }: ScheduleSettings): number {
  return FlexibleTimeWindow.Mode === "FLEXIBLE" ? (FlexibleTimeWindow.MaximumWindowInMinutes ?? 0) * 60_000 : 0;
}
