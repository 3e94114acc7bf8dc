import type { Clock } from "@hearth/kit";
import { InvalidScheduleError, parseRuleSchedule } from "@hearth/schedules";
import type { EventRuleKey, EventRuleRecord, TimerKey, TimerStore, Transaction } from "@hearth/store";
import { nextOccurrence, type Recurrence } from "@hearth/timetable";

/** The owner of rules' timers in the timetable. */
export const OWNER = "rule";

export interface RuleTimersDeps {
  readonly timers: Pick<TimerStore, "set" | "remove">;
  /** Wakes the timetable after a commit. */
  readonly changes: { changed(): void };
  readonly clock: Clock;
}

/** The timers of rules with a schedule: an enabled one has one, which names its next occurrence. */
export class RuleTimers {
  readonly #deps: RuleTimersDeps;

  constructor(deps: RuleTimersDeps) {
    this.#deps = deps;
  }

  /** Sets the timer that the rule needs, or removes the one that it does not. Call `wake` after the commit. */
  async plan(tx: Transaction, rule: EventRuleRecord): Promise<void> {
    const { timers, clock } = this.#deps;
    const recurrence = rule.settings.State === "DISABLED" ? undefined : recurrenceOf(rule);
    const next = recurrence && nextOccurrence(recurrence, clock.now());
    if (next === undefined) await timers.remove(tx, timerKeyOf(rule));
    else await timers.set(tx, timerKeyOf(rule), { scheduledMs: next, dueMs: next });
  }

  async remove(tx: Transaction, key: EventRuleKey): Promise<void> {
    await this.#deps.timers.remove(tx, timerKeyOf(key));
  }

  wake(): void {
    this.#deps.changes.changed();
  }
}

/** When the rule is due; `undefined` for one without a schedule. A rate counts from the creation of the rule. */
export function recurrenceOf({
  settings,
  createdAt,
}: Pick<EventRuleRecord, "settings" | "createdAt">): Recurrence | undefined {
  if (settings.ScheduleExpression === undefined) return undefined;
  try {
    return { schedule: parseRuleSchedule(settings.ScheduleExpression), anchorMs: createdAt };
  } catch (error) {
    // It was checked when the rule was stored; one that an older Hearth took must not hold up the others.
    if (error instanceof InvalidScheduleError) return undefined;
    throw error;
  }
}

/** Only the default bus has rules with schedules. */
function timerKeyOf({ accountId, region, rule }: EventRuleKey): TimerKey {
  return { owner: OWNER, accountId, region, name: rule };
}
