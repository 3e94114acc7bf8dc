import type { Schedule } from "@hearth/schedules";

/** What happens to an occurrence that was due while nothing ran. */
export type MissedPolicy = "fire-once" | "skip";

/** An occurrence that is later than this was missed: nothing ran when it was due. AWS promises a precision of a minute. */
const MISSED_AFTER_MS = 60_000;
/** Occurrences so far ahead of the clock were acted on by a clock that was wrong. */
const WRONG_CLOCK_MS = 86_400_000;

export interface Recurrence {
  readonly schedule: Schedule;
  /** What a rate counts from. */
  readonly anchorMs: number;
  readonly startMs?: number | undefined;
  readonly endMs?: number | undefined;
}

/** The first occurrence after `afterMs`, within start and end. */
export function nextOccurrence(
  { schedule, anchorMs, startMs = -Infinity, endMs = Infinity }: Recurrence,
  afterMs: number,
): number | undefined {
  const next = schedule.next(Math.max(afterMs, startMs - 1), anchorMs);
  return next !== undefined && next <= endMs ? next : undefined;
}

/** The occurrence of a timer that is due, and the time. */
export interface Due {
  readonly scheduledMs: number;
  readonly lastMs: number | null;
  readonly replan: boolean;
  readonly nowMs: number;
}

/** What is to be done about a due timer. */
export interface Decision {
  readonly acts: boolean;
  readonly nextMs: number | undefined;
}

/**
 * Whether an occurrence is acted on, and which one follows. One that is on time is followed by the next one, so that a short delay drops none. One that was
 * missed is acted on once, or passed over, and followed by the first one in the future.
 */
export function decide(due: Due, recurrence: Recurrence, policy: MissedPolicy, windowMs = 0): Decision {
  const { scheduledMs, lastMs, replan, nowMs } = due;
  if (replan && scheduledMs > nowMs) {
    // What was acted on early is not acted on again, except by a clock that was wrong by days: it would be quiet for as long.
    const isAhead = lastMs !== null && lastMs > nowMs && lastMs - nowMs <= WRONG_CLOCK_MS;
    return { acts: false, nextMs: nextOccurrence(recurrence, isAhead ? lastMs : nowMs) };
  }
  const isMissed = nowMs - scheduledMs > MISSED_AFTER_MS + windowMs;
  const nextMs = nextOccurrence(recurrence, isMissed ? nowMs : scheduledMs);
  return { acts: !isMissed || policy === "fire-once", nextMs };
}
