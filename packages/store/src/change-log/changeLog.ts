import { invariant } from "@hearth/kit";
import type { Queryable, Transaction } from "../postgres/queryable.ts";

/** NOTIFY channel that wakes the readers of the change log. It only wakes: what it says is never relied on. */
export const CHANGE_CHANNEL = "hearth_changes";

/** Rows kept for readers that lag; one that lags further clears its index. */
const KEPT_ROWS = 10_000n;
const TRIM_EVERY = 256n;

/** One function changed in a way that matters to invocations. */
export interface Change {
  readonly seq: bigint;
  readonly accountId: string;
  readonly FunctionName: string;
}

/**
 * Notes in `tx` that what invocations need of a function has changed, and resolves with the change's number.
 * Numbers follow the order of commits, without gaps: the counter's row stays locked until `tx` ends, so call it last, just before the commit.
 */
export async function recordChange(tx: Transaction, accountId: string, FunctionName: string): Promise<bigint> {
  const rows = await tx.prepared<{ seq: bigint }>(
    `WITH next AS (UPDATE change_counter SET seq = seq + 1 RETURNING seq),
          logged AS (INSERT INTO change_log (seq, account_id, "FunctionName") SELECT seq, $1, $2 FROM next)
     SELECT seq, pg_notify('${CHANGE_CHANNEL}', seq::text) FROM next`,
    [accountId, FunctionName],
  );
  const seq = rows[0]?.seq;
  invariant(seq !== undefined, "the change counter has no row");
  if (seq % TRIM_EVERY === 0n) await tx.prepared("DELETE FROM change_log WHERE seq <= $1", [seq - KEPT_ROWS]);
  return seq;
}

export interface ChangesSince {
  /** The number of the latest change that was committed. */
  readonly latest: bigint;
  /** Every change after the one asked for, oldest first; `undefined` when they are no longer all there. */
  readonly changes: readonly Change[] | undefined;
}

/** Reads in one snapshot what was committed after `seq`. */
export async function readChanges(database: Queryable, seq: bigint): Promise<ChangesSince> {
  const rows = await database.prepared<{
    latest: bigint;
    seq: bigint | null;
    account_id: string;
    FunctionName: string;
  }>(
    `SELECT counter.seq AS latest, change.seq, change.account_id, change."FunctionName"
       FROM change_counter counter LEFT JOIN change_log change ON change.seq > $1
      ORDER BY change.seq`,
    [seq],
  );
  const latest = rows[0]?.latest;
  invariant(latest !== undefined, "the change counter has no row");
  const changes = rows.flatMap((row) =>
    row.seq === null ? [] : [{ seq: row.seq, accountId: row.account_id, FunctionName: row.FunctionName }],
  );
  const complete = latest >= seq && BigInt(changes.length) === latest - seq;
  return { latest, changes: complete ? changes : undefined };
}

/** The number of the latest change that was committed. */
export async function latestChange(database: Queryable): Promise<bigint> {
  const rows = await database.prepared<{ seq: bigint }>("SELECT seq FROM change_counter");
  const seq = rows[0]?.seq;
  invariant(seq !== undefined, "the change counter has no row");
  return seq;
}
