import type { Database } from "../postgres/database.ts";
import type { Transaction } from "../postgres/queryable.ts";

/** A chunk that the filters of its group have not seen yet, claimed by this process. */
export interface ClaimedLogChunk {
  readonly seq: bigint;
  readonly groupId: bigint;
  /** This one included. */
  readonly attempts: number;
  readonly logStreamName: string;
  /** Milliseconds since the epoch. */
  readonly ingestionTime: number;
  readonly lineage: string | null;
  /** As it is stored. */
  readonly data: Uint8Array;
}

/** The chunks that wait for the filters of their groups. */
export class LogFilterQueue {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** The accounts with chunks that may be claimed now, in the order of their ids. Costs one look-up per account with chunks that wait. */
  async accounts(): Promise<readonly string[]> {
    const rows = await this.#database.prepared<{ accountId: string }>(
      `WITH RECURSIVE waiting AS (
         (SELECT account_id FROM log_chunks_to_filter ORDER BY account_id LIMIT 1)
         UNION ALL
         SELECT (SELECT f.account_id FROM log_chunks_to_filter f WHERE f.account_id > w.account_id ORDER BY f.account_id LIMIT 1)
           FROM waiting w WHERE w.account_id IS NOT NULL)
       SELECT w.account_id AS "accountId" FROM waiting w
        WHERE EXISTS (SELECT FROM log_chunks_to_filter f WHERE f.account_id = w.account_id AND f.due_at <= now())
        ORDER BY w.account_id`,
    );
    return rows.map(({ accountId }) => accountId);
  }

  /** Takes up to `perAccount` waiting chunks of each of the accounts under a lease, in the order of their numbers. Chunks that were removed in the meantime are forgotten. */
  async claim(
    owner: string,
    accountIds: readonly string[],
    perAccount: number,
    leaseMs: number,
  ): Promise<readonly ClaimedLogChunk[]> {
    const claimed = await this.#database.prepared<{ seq: bigint; day: string; attempts: number }>(
      `UPDATE log_chunks_to_filter SET lease_owner = $1, due_at = now() + $4 * interval '1 millisecond', attempts = attempts + 1
        WHERE seq = ANY(ARRAY(SELECT c.seq FROM unnest($2::text[]) AS a (id) CROSS JOIN LATERAL (
                        SELECT f.seq FROM log_chunks_to_filter f WHERE f.account_id = a.id AND f.due_at <= now()
                         ORDER BY f.due_at, f.seq LIMIT $3 FOR UPDATE SKIP LOCKED) c))
        RETURNING seq, day::text AS day, attempts`,
      [owner, accountIds, perAccount, leaseMs],
    );
    if (claimed.length === 0) return [];
    const rows = await this.#database.prepared<Omit<ClaimedLogChunk, "attempts">>(
      `SELECT c.seq, c.group_id AS "groupId", s."logStreamName", c.ingestion_time::float8 AS "ingestionTime", c.lineage, c.data
         FROM unnest($1::date[], $2::bigint[]) AS w (day, seq) JOIN log_chunks c ON c.day = w.day AND c.seq = w.seq
         JOIN log_streams s ON s.id = c.stream_id ORDER BY c.seq`,
      [claimed.map(({ day }) => day), claimed.map(({ seq }) => seq)],
    );
    const attempts = new Map(claimed.map((row) => [row.seq, row.attempts]));
    const found = new Set(rows.map(({ seq }) => seq));
    const gone = claimed.filter(({ seq }) => !found.has(seq));
    if (gone.length > 0) await this.#database.transaction((tx) => this.remove(tx, owner, gone));
    return rows.map((row) => ({ ...row, attempts: attempts.get(row.seq) ?? 1 }));
  }

  /** Removes chunks that this owner has claimed. Resolves with the number that it still owned. */
  async remove(tx: Transaction, owner: string, chunks: readonly { readonly seq: bigint }[]): Promise<number> {
    const rows = await tx.prepared(
      "DELETE FROM log_chunks_to_filter WHERE seq = ANY($2::bigint[]) AND lease_owner = $1 RETURNING 1",
      [owner, chunks.map(({ seq }) => seq)],
    );
    return rows.length;
  }

  /** Lets chunks wait for another attempt. Without `isAttempt` the one that ends here is not counted. */
  async putBack(
    owner: string,
    chunks: readonly { readonly seq: bigint }[],
    { inMs, isAttempt }: { readonly inMs: number; readonly isAttempt: boolean },
  ): Promise<void> {
    await this.#database.query(
      `UPDATE log_chunks_to_filter SET lease_owner = NULL, due_at = now() + $3 * interval '1 millisecond', attempts = attempts - $4
        WHERE seq = ANY($2::bigint[]) AND lease_owner = $1`,
      [owner, chunks.map(({ seq }) => seq), inMs, isAttempt ? 0 : 1],
    );
  }

  /** The number of chunks that wait, and the age of the oldest. */
  async depth(): Promise<{ readonly waiting: number; readonly oldestSeconds: number }> {
    const [row] = await this.#database.query<{ waiting: number; oldestSeconds: number }>(
      `SELECT count(*)::integer AS waiting, coalesce(extract(epoch FROM now() - min(c.ingestion_at)), 0)::float8 AS "oldestSeconds"
         FROM (SELECT to_timestamp(k.ingestion_time / 1000.0) AS ingestion_at FROM log_chunks_to_filter f
                 LEFT JOIN log_chunks k ON k.day = f.day AND k.seq = f.seq) c`,
    );
    return row ?? { waiting: 0, oldestSeconds: 0 };
  }
}
