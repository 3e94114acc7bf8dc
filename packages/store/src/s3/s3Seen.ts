import type { Database } from "../postgres/database.ts";
import type { Queryable, Transaction } from "../postgres/queryable.ts";
import { s3KeyBytes } from "./s3Objects.ts";

/** The state of a key that was announced last. */
export interface S3SeenRecord {
  readonly key: string;
  /** Without quotes; `null`: there is no object. */
  readonly etag: string | null;
  /** Milliseconds since the epoch; `null`: not known, as of a write through Hearth. */
  readonly modifiedAt: number | null;
}

interface Row extends Omit<S3SeenRecord, "key"> {
  readonly keyBytes: Buffer;
}

const COLUMNS = `key AS "keyBytes", etag, (extract(epoch FROM modified_at) * 1000)::float8 AS "modifiedAt"`;

/** What is known about the objects of buckets that others write to without Hearth, and when such buckets are listed. */
export class S3SeenStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Until the transaction ends no other one gets the same key's state by this. */
  async lock(tx: Transaction, bucketId: bigint, key: string): Promise<S3SeenRecord | undefined> {
    await tx.query(
      "SELECT pg_advisory_xact_lock(hashtextextended('s3 seen ' || encode($2::bytea, 'hex'), $1::bigint))",
      [bucketId, s3KeyBytes(key)],
    );
    const [row] = await tx.query<Row>(`SELECT ${COLUMNS} FROM s3_seen WHERE bucket_id = $1 AND key = $2`, [
      bucketId,
      s3KeyBytes(key),
    ]);
    return row && recordOf(row);
  }

  async put(by: Queryable, bucketId: bigint, { key, etag, modifiedAt }: S3SeenRecord): Promise<void> {
    await by.query(
      `INSERT INTO s3_seen (bucket_id, key, etag, modified_at, seen_at) VALUES ($1, $2, $3, to_timestamp($4::float8 / 1000), now())
       ON CONFLICT (bucket_id, key) DO UPDATE SET etag = excluded.etag, modified_at = excluded.modified_at, seen_at = now()`,
      [bucketId, s3KeyBytes(key), etag, modifiedAt],
    );
  }

  /** As `put`, for many keys. */
  async putAll(by: Queryable, bucketId: bigint, records: readonly S3SeenRecord[]): Promise<void> {
    await by.query(
      `INSERT INTO s3_seen (bucket_id, key, etag, modified_at, seen_at)
       SELECT $1, r.key, r.etag, to_timestamp(r.modified / 1000), now() FROM unnest($2::bytea[], $3::text[], $4::float8[]) AS r (key, etag, modified)
       ON CONFLICT (bucket_id, key) DO UPDATE SET etag = excluded.etag, modified_at = excluded.modified_at, seen_at = now()`,
      [
        bucketId,
        records.map(({ key }) => s3KeyBytes(key)),
        records.map(({ etag }) => etag),
        records.map(({ modifiedAt }) => modifiedAt),
      ],
    );
  }

  async find(bucketId: bigint, key: string): Promise<S3SeenRecord | undefined> {
    const [row] = await this.#database.query<Row>(`SELECT ${COLUMNS} FROM s3_seen WHERE bucket_id = $1 AND key = $2`, [
      bucketId,
      s3KeyBytes(key),
    ]);
    return row && recordOf(row);
  }

  /** Objects from `after` (exclusive) to `to` (inclusive; `undefined`: to the end), by key. */
  async between(
    bucketId: bigint,
    after: string,
    to: string | undefined,
    limit: number,
  ): Promise<readonly S3SeenRecord[]> {
    const rows = await this.#database.query<Row>(
      `SELECT ${COLUMNS} FROM s3_seen WHERE bucket_id = $1 AND key > $2 AND ($3::bytea IS NULL OR key <= $3) AND etag IS NOT NULL
        ORDER BY key LIMIT $4`,
      [bucketId, s3KeyBytes(after), to === undefined ? null : s3KeyBytes(to), limit],
    );
    return rows.map(recordOf);
  }

  /** Forgets objects that are gone, and with `all` every state, after `ageMs`. */
  async forget(bucketId: bigint, ageMs: number, all: boolean): Promise<void> {
    await this.#database.query(
      "DELETE FROM s3_seen WHERE bucket_id = $1 AND seen_at < now() - $2 * interval '1 millisecond' AND (etag IS NULL OR $3)",
      [bucketId, ageMs, all],
    );
  }

  /** Whether it is time to list the bucket; then no other process does within `everyMs`. Resolves with `undefined` when it is not. */
  async beginListing(bucketId: bigint, everyMs: number): Promise<{ readonly isKnown: boolean } | undefined> {
    const [row] = await this.#database.query<{ isKnown: boolean }>(
      `INSERT INTO s3_watches AS w (bucket_id, next_at) SELECT id, now() + $2 * interval '1 millisecond' FROM s3_buckets WHERE id = $1
       ON CONFLICT (bucket_id) DO UPDATE SET next_at = excluded.next_at WHERE w.next_at <= now() RETURNING is_known AS "isKnown"`,
      [bucketId, everyMs],
    );
    return row;
  }

  /** The bucket was listed to its end: from now on differences are announced. */
  async endListing(bucketId: bigint): Promise<void> {
    await this.#database.query("UPDATE s3_watches SET is_known = true WHERE bucket_id = $1", [bucketId]);
  }
}

function recordOf({ keyBytes, ...row }: Row): S3SeenRecord {
  return { ...row, key: keyBytes.toString("utf8") };
}
