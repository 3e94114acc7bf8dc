import type { Database } from "../postgres/database.ts";
import type { Transaction } from "../postgres/queryable.ts";
import { s3KeyBytes } from "./s3Objects.ts";

export interface NewS3Intent {
  readonly bucketId: bigint;
  readonly key: string;
  /** `ObjectCreated:Put` and others. */
  readonly event: string;
  /** The version that the request names. */
  readonly versionId: string | undefined;
  /** Who sent it. Stored as JSON. */
  readonly request: object;
  /** Milliseconds since the epoch. */
  readonly begunAt: number;
}

export interface S3IntentRecord extends NewS3Intent {
  readonly id: bigint;
  /** How often it was looked at without a result. */
  readonly attempts: number;
}

interface Row extends Omit<S3IntentRecord, "key" | "versionId"> {
  readonly keyBytes: Buffer;
  readonly versionId: string | null;
}

const COLUMNS = `id, bucket_id AS "bucketId", key AS "keyBytes", event, version_id AS "versionId", request,
  (extract(epoch FROM begun_at) * 1000)::float8 AS "begunAt", attempts`;

/** The table of writes that are passed on to another server and will be announced. */
export class S3IntentStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Resolves with their ids, in order. */
  async add(intents: readonly NewS3Intent[], leaseMs: number): Promise<readonly bigint[]> {
    const rows = await this.#database.query<{ id: bigint }>(
      `INSERT INTO s3_intents (bucket_id, key, event, version_id, request, begun_at, leased_until)
       SELECT i.bucket_id, i.key, i.event, i.version_id, i.request, to_timestamp(i.begun_at / 1000), now() + $7 * interval '1 millisecond'
         FROM unnest($1::bigint[], $2::bytea[], $3::text[], $4::text[], $5::jsonb[], $6::float8[])
           WITH ORDINALITY AS i (bucket_id, key, event, version_id, request, begun_at, number)
        ORDER BY i.number RETURNING id`,
      [
        intents.map(({ bucketId }) => bucketId),
        intents.map(({ key }) => s3KeyBytes(key)),
        intents.map(({ event }) => event),
        intents.map(({ versionId }) => versionId ?? null),
        intents.map(({ request }) => JSON.stringify(request)),
        intents.map(({ begunAt }) => begunAt),
        leaseMs,
      ],
    );
    return rows.map(({ id }) => id);
  }

  async renew(ids: readonly bigint[], leaseMs: number): Promise<void> {
    await this.#database.query(
      "UPDATE s3_intents SET leased_until = now() + $2 * interval '1 millisecond' WHERE id = ANY ($1::bigint[])",
      [ids, leaseMs],
    );
  }

  async remove(ids: readonly bigint[], tx?: Transaction): Promise<void> {
    await (tx ?? this.#database).query("DELETE FROM s3_intents WHERE id = ANY ($1::bigint[])", [ids]);
  }

  /** Those whose lease has ended, under a new one. */
  async claim(limit: number, leaseMs: number): Promise<readonly S3IntentRecord[]> {
    const rows = await this.#database.query<Row>(
      `UPDATE s3_intents SET leased_until = now() + $2 * interval '1 millisecond', attempts = attempts + 1
        WHERE id = ANY(ARRAY(SELECT id FROM s3_intents WHERE leased_until < now() ORDER BY leased_until LIMIT $1 FOR UPDATE SKIP LOCKED))
        RETURNING ${COLUMNS}`,
      [limit, leaseMs],
    );
    return rows.map(({ keyBytes, versionId, ...row }) => ({
      ...row,
      key: keyBytes.toString("utf8"),
      versionId: versionId ?? undefined,
    }));
  }

  /** How many an account has; not counted further than one above `limit`. */
  async countOf(accountId: string, limit: number): Promise<number> {
    const [row] = await this.#database.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM (
         SELECT 1 FROM s3_intents i JOIN s3_buckets b ON b.id = i.bucket_id WHERE b.account_id = $1 LIMIT $2) AS open`,
      [accountId, limit + 1],
    );
    return row?.count ?? 0;
  }

  /** Whether a write of this key is under way. */
  async isOpen(bucketId: bigint, key: string): Promise<boolean> {
    const rows = await this.#database.query("SELECT 1 FROM s3_intents WHERE bucket_id = $1 AND key = $2 LIMIT 1", [
      bucketId,
      s3KeyBytes(key),
    ]);
    return rows.length > 0;
  }
}
