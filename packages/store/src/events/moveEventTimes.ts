import type { ClockJump } from "../clock/clockJump.ts";
import type { Transaction } from "../postgres/queryable.ts";

/** Workers renew their leases more often than this. */
const LEASE_MS = 15_000;

/** Times in the past of a clock that jumped forward. Those of the last moments were written by the new clock. */
const FORWARD = `
  accepted_at = CASE WHEN accepted_at <= now() - $1 * interval '1 ms' THEN accepted_at + $1 * interval '1 ms' ELSE accepted_at END,
  woken_at = CASE WHEN woken_at < now() - $2 * interval '1 ms' THEN least(woken_at + $1 * interval '1 ms', now()) ELSE woken_at END,
  due_at = CASE WHEN lease_owner IS NOT NULL THEN now() + $3 * interval '1 ms'
                WHEN due_at < now() - $2 * interval '1 ms' THEN due_at + $1 * interval '1 ms' ELSE due_at END`;

/** `$1` is negative here. Events that were accepted in the last moments cannot be told from those of one jump ago: they count as new. */
const BACK = `
  accepted_at = CASE WHEN accepted_at BETWEEN now() - $2 * interval '1 ms' AND now() THEN accepted_at ELSE accepted_at + $1 * interval '1 ms' END,
  woken_at = CASE WHEN woken_at > now() THEN least(woken_at + $1 * interval '1 ms', now()) ELSE woken_at END,
  due_at = CASE WHEN lease_owner IS NOT NULL THEN now() + $3 * interval '1 ms'
                WHEN due_at > now() THEN due_at + $1 * interval '1 ms' ELSE due_at END`;

/**
 * Moves the times of unfinished events by as much as the clock has jumped, so that their age and their delays stay as they are. The workers of events
 * that run now keep them.
 */
export async function moveEventTimes(tx: Transaction, { jumpMs, sinceMs }: ClockJump): Promise<void> {
  await tx.query(`UPDATE events SET ${jumpMs > 0 ? FORWARD : BACK} WHERE finished_at IS NULL`, [
    jumpMs,
    sinceMs,
    LEASE_MS,
  ]);
}
