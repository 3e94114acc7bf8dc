import type { Database } from "../postgres/database.ts";
import type { Transaction } from "../postgres/queryable.ts";
import { s3KeyBytes } from "./s3Objects.ts";

export interface S3NoticeRecord {
  readonly id: bigint;
  readonly bucketId: bigint;
  readonly key: string;
  /** `ObjectCreated:Put` and others, as it was reported last. */
  readonly event: string;
  readonly attempts: number;
}

/** The table of keys that another server has reported as written. A key is in it once, however often it was reported. */
export class S3NoticeStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Resolves with false, and adds nothing, when the bucket has `limit` notices. */
  async add(
    bucketId: bigint,
    reports: readonly Pick<S3NoticeRecord, "key" | "event">[],
    limit: number,
  ): Promise<boolean> {
    const [row] = await this.#database.query<{ count: number }>(
      "SELECT count(*)::integer AS count FROM (SELECT 1 FROM s3_notices WHERE bucket_id = $1 LIMIT $2) AS n",
      [bucketId, limit],
    );
    if (row && row.count >= limit) return false;
    // A row that is being looked at is looked at again: the report may be about a later write.
    await this.#database.query(
      `INSERT INTO s3_notices (bucket_id, key, event, due_at)
       SELECT DISTINCT ON (r.key) $1::bigint, r.key, r.event, now() FROM unnest($2::bytea[], $3::text[]) WITH ORDINALITY AS r (key, event, number)
        ORDER BY r.key, r.number DESC
       ON CONFLICT (bucket_id, key) DO UPDATE SET event = excluded.event, due_at = now(), attempts = 0`,
      [bucketId, reports.map(({ key }) => s3KeyBytes(key)), reports.map(({ event }) => event)],
    );
    return true;
  }

  /** Those that are due, under a lease. */
  async claim(limit: number, leaseMs: number): Promise<readonly S3NoticeRecord[]> {
    const rows = await this.#database.query<Omit<S3NoticeRecord, "key"> & { readonly keyBytes: Buffer }>(
      `UPDATE s3_notices SET due_at = now() + $2 * interval '1 millisecond', attempts = attempts + 1
        WHERE id = ANY(ARRAY(SELECT id FROM s3_notices WHERE due_at <= now() ORDER BY due_at LIMIT $1 FOR UPDATE SKIP LOCKED))
        RETURNING id, bucket_id AS "bucketId", key AS "keyBytes", event, attempts`,
      [limit, leaseMs],
    );
    return rows.map(({ keyBytes, ...row }) => ({ ...row, key: keyBytes.toString("utf8") }));
  }

  /** Ends a notice, unless it was reported again since it was claimed. */
  async remove(tx: Transaction, { id, attempts }: Pick<S3NoticeRecord, "id" | "attempts">): Promise<void> {
    await tx.query("DELETE FROM s3_notices WHERE id = $1 AND attempts = $2", [id, attempts]);
  }

  /** As `remove`, by itself. */
  async end({ id, attempts }: Pick<S3NoticeRecord, "id" | "attempts">): Promise<true> {
    await this.#database.query("DELETE FROM s3_notices WHERE id = $1 AND attempts = $2", [id, attempts]);
    return true;
  }

  async postpone({ id, attempts }: Pick<S3NoticeRecord, "id" | "attempts">, byMs: number): Promise<void> {
    await this.#database.query(
      "UPDATE s3_notices SET due_at = now() + $3 * interval '1 millisecond' WHERE id = $1 AND attempts = $2",
      [id, attempts, byMs],
    );
  }
}
