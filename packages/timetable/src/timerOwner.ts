import type { DueTimer, TimerPlan, Transaction } from "@hearth/store";

/** What is to be done about due timers of one owner, in one transaction. */
export interface Firing {
  /** For each of them, in order: its next occurrence, or undefined when there is none. */
  readonly next: readonly (TimerPlan | undefined)[];
  /** For each of them: whether the occurrence is acted on. One that is passed over, or is only planned anew, is not. */
  readonly acted: readonly boolean[];
  /** Writes what they cause. May be called again, when the transaction has to be repeated. */
  write(tx: Transaction): Promise<void>;
  /** Called after the commit. */
  committed(): void;
}

/** Who knows what is to be done when timers with its name as `owner` are due. */
export interface TimerOwner {
  readonly name: string;
  /** Finds out what is to be done, outside of any transaction. When it rejects, the timers are due again after a while. */
  prepare(due: readonly DueTimer[]): Promise<Firing>;
}
