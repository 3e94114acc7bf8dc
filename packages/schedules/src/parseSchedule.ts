import { CronExpression } from "./cronExpression.ts";
import { FieldError } from "./cronField.ts";
import { InvalidScheduleError } from "./invalidScheduleError.ts";
import { timeZone, TimeZone } from "./timeZone.ts";

/** A schedule is a set of moments in time. */
export interface Schedule {
  readonly kind: "rate" | "cron" | "at";
  /**
   * The first moment after `afterMs`, or undefined when there is none (before the year 2200).
   * A rate counts from `anchorMs`, which is one of its moments: when the schedule was made, or its start.
   */
  next(afterMs: number, anchorMs?: number): number | undefined;
}

const UNITS_MS = { minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const;
const UTC = new TimeZone("UTC");
/** 2200-01-01. Beyond it, no schedule has a moment. */
const END_MS = Date.UTC(2200, 0, 1);

/**
 * rate(), cron() or at() of EventBridge Scheduler, in a time zone by its IANA name. Throws InvalidScheduleError.
 * A local time that is skipped when the clock is set forward does not occur in cron(); one that is repeated occurs once.
 * docs: https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
 */
export function parseSchedule(expression: string, zoneName = "UTC"): Schedule {
  const zone = timeZone(zoneName);
  if (!zone) throw new InvalidScheduleError(expression, `there is no time zone ${zoneName}`);
  const [kind, inner] = split(expression);
  if (kind === "rate") return rate(expression, inner, false);
  if (kind === "at") return oneTime(expression, inner, zone);
  return cron(expression, inner, zone);
}

/**
 * rate() or cron() of an EventBridge rule: in UTC, and its unit is `minute` for 1, `minutes` for more. Throws InvalidScheduleError.
 * docs: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
 */
export function parseRuleSchedule(expression: string): Schedule {
  const [kind, inner] = split(expression);
  if (kind === "at") throw new InvalidScheduleError(expression, "a rule has rate() or cron()");
  return kind === "rate" ? rate(expression, inner, true) : cron(expression, inner, UTC);
}

function split(expression: string): readonly ["rate" | "cron" | "at", string] {
  // AWS's limit of the field. Longer text is not looked at.
  const match = expression.length <= 256 ? /^(rate|cron|at)\(([^()]*)\)$/.exec(expression) : null;
  if (!match) throw new InvalidScheduleError(expression.slice(0, 256), "it must be rate(…), cron(…) or at(…)");
  return [match[1] as "rate" | "cron" | "at", match[2] ?? ""];
}

function rate(expression: string, inner: string, strictUnits: boolean): Schedule {
  const match = /^\s*([0-9]{1,18})\s+(minute|hour|day)(s?)\s*$/.exec(inner);
  const value = Number(match?.[1] ?? 0);
  if (!match || value < 1) {
    throw new InvalidScheduleError(expression, "rate has a positive number and minutes, hours or days");
  }
  if (strictUnits && (value === 1) !== (match[3] === "")) {
    throw new InvalidScheduleError(expression, "the unit is singular for 1 and plural for more");
  }
  const periodMs = value * UNITS_MS[match[2] as keyof typeof UNITS_MS];
  const occurrence = (anchorMs: number, steps: number): number | undefined => {
    const at = anchorMs + steps * periodMs;
    return at < END_MS ? at : undefined;
  };
  return {
    kind: "rate",
    next(afterMs, anchorMs = afterMs) {
      return occurrence(anchorMs, Math.max(0, Math.floor((afterMs - anchorMs) / periodMs) + 1));
    },
  };
}

function oneTime(expression: string, inner: string, zone: TimeZone): Schedule {
  const match = /^\s*(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)\s*$/.exec(inner);
  const wallMs = match ? Date.parse(`${inner.trim()}Z`) : NaN;
  // Date.parse takes 31 February for 3 March, and 24:00 for the next day
  if (Number.isNaN(wallMs) || new Date(wallMs).toISOString().slice(0, 19) !== inner.trim()) {
    throw new InvalidScheduleError(expression, "at has a date and time such as 2026-11-20T13:00:00");
  }
  const atMs = zone.momentOf(wallMs);
  return {
    kind: "at",
    next: (afterMs) => (atMs > afterMs ? atMs : undefined),
  };
}

function cron(expression: string, inner: string, zone: TimeZone): Schedule {
  const cronExpression = parsed(expression, inner);
  const next = (afterMs: number): number | undefined => {
    let wallMs: number | undefined = zone.toWall(afterMs);
    // Goes on only over local times that are skipped, or that have been shown already: a day of minutes at most.
    for (;;) {
      wallMs = cronExpression.next(wallMs);
      if (wallMs === undefined) return undefined;
      const moment = zone.firstMoment(wallMs);
      if (moment !== undefined && moment > afterMs) return moment;
    }
  };
  return { kind: "cron", next };
}

function parsed(expression: string, inner: string): CronExpression {
  try {
    return new CronExpression(inner);
  } catch (error) {
    if (error instanceof FieldError) throw new InvalidScheduleError(expression, error.message);
    throw error;
  }
}
