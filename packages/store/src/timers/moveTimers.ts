import type { ClockJump } from "../clock/clockJump.ts";
import type { Transaction } from "../postgres/queryable.ts";

/**
 * After the clock was set back, timers that were written by the clock ahead are due at once, to find their next occurrence anew: it may be weeks too late.
 * A jump forward needs nothing, because occurrences are times of the calendar: those that are due are due.
 */
export async function moveTimers(tx: Transaction, { jumpMs }: ClockJump): Promise<void> {
  if (jumpMs >= 0) return;
  await tx.query(
    `UPDATE timers SET replan = true, due_at = clock_timestamp(), claims = claims + 1, settled_at = clock_timestamp() WHERE settled_at > clock_timestamp()`,
  );
}
