import { parseSchedule, type Schedule } from "@hearth/schedules";
import type { RotationRules, SecretRotation } from "@hearth/store";
import { nextOccurrence } from "@hearth/timetable";
import { InvalidParameterException } from "./errors.ts";

const HOUR_MS = 3_600_000;
/** AWS rotates no secret more often. https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_schedule.html */
const SHORTEST_MS = 4 * HOUR_MS;

/** When a secret with these rules is rotated. Throws InvalidScheduleError. */
function scheduleOf({ AutomaticallyAfterDays, ScheduleExpression }: RotationRules): Schedule | undefined {
  if (ScheduleExpression !== undefined) return parseSchedule(ScheduleExpression);
  return AutomaticallyAfterDays === undefined ? undefined : parseSchedule(`rate(${AutomaticallyAfterDays} days)`);
}

/** The next rotation after `nowMs`; undefined when the rules name no time. */
export function nextRotation({ RotationRules, anchorMs }: SecretRotation, nowMs: number): number | undefined {
  const schedule = scheduleOf(RotationRules);
  return schedule && nextOccurrence({ schedule, anchorMs }, nowMs);
}

/** Throws AWS's error for rules that it does not take. */
export function checkRules(rules: RotationRules, nowMs: number): void {
  if (rules.AutomaticallyAfterDays !== undefined && rules.ScheduleExpression !== undefined) {
    throw new InvalidParameterException("You can't specify both AutomaticallyAfterDays and ScheduleExpression.");
  }
  const wrong = (reason: string) => new InvalidParameterException(`Invalid ScheduleExpression: ${reason}`);
  let schedule: Schedule | undefined;
  try {
    schedule = scheduleOf(rules);
  } catch (error) {
    throw wrong(error instanceof Error ? error.message : String(error));
  }
  if (!schedule) return;
  if (schedule.kind === "at") throw wrong("it must be rate() or cron()");
  const first = schedule.next(nowMs, nowMs);
  const second = first === undefined ? undefined : schedule.next(first, nowMs);
  if (first !== undefined && second !== undefined && second - first < SHORTEST_MS) {
    throw wrong("a secret can be rotated every 4 hours at most");
  }
}
