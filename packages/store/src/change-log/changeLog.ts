import { invariant } from "@hearth/kit";
import type { AccountRegion } from "@hearth/model";
import type { Queryable, Transaction } from "../postgres/queryable.ts";

/** NOTIFY channel that wakes the readers of the change log. It only wakes: readers never rely on its payload. */
export const CHANGE_CHANNEL = "hearth_changes";

/** How many rows are kept for readers that lag; a reader that lags further must drop everything it holds. */
const KEPT_ROWS = 10_000n;
const TRIM_EVERY = 256n;

/**
 * The kinds of resources in the log. A service whose readers must follow a kind of resource (layers, keys, policies, queues, rules, APIs …) adds
 * the kind here.
 */
export type SubjectKind = "function";

/** The resource that changed. */
export interface Subject extends AccountRegion {
  readonly kind: SubjectKind;
  /** Unique among the subjects of this kind in the account and region. */
  readonly name: string;
}

export interface Change extends Subject {
  readonly seq: bigint;
}

/**
 * Records in `tx` that `subject` has changed, and resolves with the change's number. Numbers follow the order of commits, without gaps: the
 * counter's row stays locked until `tx` ends, so call it last, just before the commit.
 */
export async function recordChange(tx: Transaction, { kind, accountId, region, name }: Subject): Promise<bigint> {
  const rows = await tx.prepared<{ seq: bigint }>(
    `WITH next AS (UPDATE change_counter SET seq = seq + 1 RETURNING seq),
          logged AS (INSERT INTO change_log (seq, kind, account_id, region, name) SELECT seq, $1, $2, $3, $4 FROM next)
     SELECT seq, pg_notify('${CHANGE_CHANNEL}', seq::text) FROM next`,
    [kind, accountId, region, name],
  );
  const seq = rows[0]?.seq;
  invariant(seq !== undefined, "the change counter has no row");
  if (seq % TRIM_EVERY === 0n) await tx.prepared("DELETE FROM change_log WHERE seq <= $1", [seq - KEPT_ROWS]);
  return seq;
}

export interface ChangesSince {
  /** The number of the latest committed change of any kind. */
  readonly latest: bigint;
  /** Every change of the requested kinds after the requested number, oldest first; `undefined` when some of them are no longer in the log. */
  readonly changes: readonly Change[] | undefined;
}

interface ChangeRow {
  readonly latest: bigint;
  readonly oldest: bigint | null;
  readonly seq: bigint | null;
  readonly kind: SubjectKind;
  readonly account_id: string;
  readonly region: string;
  readonly name: string;
}

/** Reads, in one snapshot, the changes of `kinds` committed after `seq`. */
export async function readChanges(
  database: Queryable,
  seq: bigint,
  kinds: readonly SubjectKind[],
): Promise<ChangesSince> {
  const rows = await database.prepared<ChangeRow>(
    `SELECT counter.seq AS latest, (SELECT min(seq) FROM change_log) AS oldest,
            change.seq, change.kind, change.account_id, change.region, change.name
       FROM change_counter counter LEFT JOIN change_log change ON change.seq > $1 AND change.kind = ANY($2)
      ORDER BY change.seq`,
    [seq, kinds],
  );
  const [first] = rows;
  invariant(first, "the change counter has no row");
  const { latest, oldest } = first;
  // Numbers have no gaps: when the log contains the change right after `seq`, or an older one, no change after `seq` is missing.
  const isComplete = latest === seq || (latest > seq && oldest !== null && oldest <= seq + 1n);
  if (!isComplete) return { latest, changes: undefined };
  const changes = rows.flatMap((row) => (row.seq === null ? [] : [changeOf(row, row.seq)]));
  return { latest, changes };
}

function changeOf({ kind, account_id, region, name }: ChangeRow, seq: bigint): Change {
  return { seq, kind, accountId: account_id, region, name };
}

/** The number of the latest committed change. */
export async function latestChange(database: Queryable): Promise<bigint> {
  const rows = await database.prepared<{ seq: bigint }>("SELECT seq FROM change_counter");
  const seq = rows[0]?.seq;
  invariant(seq !== undefined, "the change counter has no row");
  return seq;
}
