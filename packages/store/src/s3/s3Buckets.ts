import type { Database } from "../postgres/database.ts";
import type { Transaction } from "../postgres/queryable.ts";
import { s3KeyBytes } from "./s3Objects.ts";

export type S3Versioning = "Enabled" | "Suspended";

export interface S3BucketRecord {
  readonly id: bigint;
  readonly name: string;
  readonly accountId: string;
  readonly region: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  /** `null` where it was never switched on. */
  readonly versioning: S3Versioning | null;
  /** Sub-resources by name, each as it was put. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Changes with versioning and settings. */
  readonly revision: bigint;
  /** Its objects are on the server that HEARTH_S3_ENDPOINT names, and not in the data directory. */
  readonly passedOn: boolean;
}

/** Who has taken a name. */
export interface S3NameHolder {
  readonly accountId: string;
  /** false: the name is reserved, and the bucket is being made on the other server. */
  readonly isReady: boolean;
  readonly passedOn: boolean;
}

export interface S3BucketList {
  /** Only buckets whose names come after this one. */
  readonly after: string;
  readonly prefix: string;
  readonly region: string | undefined;
  readonly limit: number;
}

const COLUMNS = `id, name, account_id AS "accountId", region, (extract(epoch FROM created_at) * 1000)::float8 AS "createdAt", versioning, settings, revision, passed_on AS "passedOn"`;

/** The table of buckets. */
export class S3BucketStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** One that is passed on is only reserved until `ready`. Resolves with "full" when the account has `limit` buckets, with `undefined` when the name is taken. */
  async create(
    bucket: Pick<S3BucketRecord, "name" | "accountId" | "region" | "settings"> & { readonly passedOn?: boolean },
    limit: number,
  ): Promise<S3BucketRecord | "full" | undefined> {
    const { name, accountId, region, settings, passedOn = false } = bucket;
    return await this.#database.transaction(async (tx) => {
      await tx.query("SELECT pg_advisory_xact_lock(hashtextextended('s3 buckets ' || $1, 0))", [accountId]);
      const [row] = await tx.query<{ count: number }>(
        "SELECT count(*)::integer AS count FROM s3_buckets WHERE account_id = $1",
        [accountId],
      );
      const taken = await tx.query("SELECT 1 FROM s3_buckets WHERE name = $1", [name]);
      if (taken.length > 0) return undefined;
      if (row && row.count >= limit) return "full";
      const [made] = await tx.query<S3BucketRecord>(
        `INSERT INTO s3_buckets (name, account_id, region, settings, passed_on, is_ready) VALUES ($1, $2, $3, $4, $5, NOT $5::boolean)
         ON CONFLICT DO NOTHING RETURNING ${COLUMNS}`,
        [name, accountId, region, JSON.stringify(settings), passedOn],
      );
      return made;
    });
  }

  async find(name: string): Promise<S3BucketRecord | undefined> {
    const [row] = await this.#database.prepared<S3BucketRecord>(
      `SELECT ${COLUMNS} FROM s3_buckets WHERE name = $1 AND is_ready`,
      [name],
    );
    return row;
  }

  async findById(id: bigint): Promise<S3BucketRecord | undefined> {
    const [row] = await this.#database.prepared<S3BucketRecord>(
      `SELECT ${COLUMNS} FROM s3_buckets WHERE id = $1 AND is_ready`,
      [id],
    );
    return row;
  }

  async holderOf(name: string): Promise<S3NameHolder | undefined> {
    const [row] = await this.#database.query<S3NameHolder>(
      `SELECT account_id AS "accountId", is_ready AS "isReady", passed_on AS "passedOn" FROM s3_buckets WHERE name = $1`,
      [name],
    );
    return row;
  }

  /** The bucket that a name was reserved for is there now. */
  async ready(name: string): Promise<void> {
    await this.#database.query("UPDATE s3_buckets SET is_ready = true WHERE name = $1", [name]);
  }

  /** Gives a name up that was only reserved. */
  async release(name: string): Promise<void> {
    await this.#database.query("DELETE FROM s3_buckets WHERE name = $1 AND NOT is_ready", [name]);
  }

  /** Gives a bucket of the other server to an account. Does nothing when the name is taken. Resolves with whether it did something. */
  async adopt(name: string, accountId: string, region: string): Promise<boolean> {
    const rows = await this.#database.query(
      `INSERT INTO s3_buckets (name, account_id, region, passed_on) VALUES ($1, $2, $3, true) ON CONFLICT DO NOTHING RETURNING id`,
      [name, accountId, region],
    );
    return rows.length > 0;
  }

  /** All that are passed on. */
  async passedOn(): Promise<readonly S3BucketRecord[]> {
    return await this.#database.query<S3BucketRecord>(
      `SELECT ${COLUMNS} FROM s3_buckets WHERE passed_on AND is_ready ORDER BY id`,
    );
  }

  async list(accountId: string, { after, prefix, region, limit }: S3BucketList): Promise<readonly S3BucketRecord[]> {
    return await this.#database.query<S3BucketRecord>(
      `SELECT ${COLUMNS} FROM s3_buckets
        WHERE account_id = $1 AND is_ready AND name COLLATE "C" > $2 AND starts_with(name, $3) AND ($4::text IS NULL OR region = $4)
        ORDER BY name COLLATE "C" LIMIT $5`,
      [accountId, after, prefix, region ?? null, limit],
    );
  }

  /** Keeps the bucket from being deleted until the transaction ends; resolves with its present state, `undefined` when it is deleted. */
  async hold(tx: Transaction, id: bigint): Promise<S3BucketRecord | undefined> {
    const [row] = await tx.prepared<S3BucketRecord>(`SELECT ${COLUMNS} FROM s3_buckets WHERE id = $1 FOR KEY SHARE`, [
      id,
    ]);
    return row;
  }

  /** As `hold`. Besides, until the transaction ends, no other one that calls this changes the key's versions. */
  async holdForKey(tx: Transaction, id: bigint, key: string): Promise<S3BucketRecord | undefined> {
    const [row] = await tx.prepared<S3BucketRecord & { readonly lock?: unknown }>(
      `SELECT ${COLUMNS}, pg_advisory_xact_lock(hashtextextended(encode($2::bytea, 'hex'), $1::bigint)) AS lock
         FROM s3_buckets WHERE id = $1 FOR KEY SHARE`,
      [id, s3KeyBytes(key)],
    );
    if (!row) return undefined;
    const { lock: _lock, ...bucket } = row;
    return bucket;
  }

  /** Sets sub-resources; `null` removes one. Resolves with `undefined` when the bucket is deleted. */
  async change(
    id: bigint,
    settings: Readonly<Record<string, unknown>>,
    versioning?: S3Versioning,
  ): Promise<S3BucketRecord | undefined> {
    const [row] = await this.#database.query<S3BucketRecord>(
      `UPDATE s3_buckets SET settings = jsonb_strip_nulls(settings || $2::jsonb), versioning = coalesce($3, versioning), revision = revision + 1
        WHERE id = $1 RETURNING ${COLUMNS}`,
      [id, JSON.stringify(settings), versioning ?? null],
    );
    return row;
  }

  /** Deletes a bucket without objects, with its unfinished uploads. Resolves with the ids of the files that are no longer used. */
  async delete(id: bigint): Promise<readonly string[] | "notEmpty" | undefined> {
    return await this.#database.transaction(async (tx) => {
      const found = await tx.query("SELECT 1 FROM s3_buckets WHERE id = $1 FOR UPDATE", [id]);
      if (found.length === 0) return undefined;
      const objects = await tx.query("SELECT 1 FROM s3_objects WHERE bucket_id = $1 LIMIT 1", [id]);
      if (objects.length > 0) return "notEmpty";
      const files = await tx.query<{ id: string }>(
        `DELETE FROM s3_files WHERE id IN (
           SELECT f ->> 0 FROM s3_uploads u JOIN s3_parts p ON p.upload_id = u.id, jsonb_array_elements(p.files) f WHERE u.bucket_id = $1)
         RETURNING id`,
        [id],
      );
      await tx.query("DELETE FROM s3_uploads WHERE bucket_id = $1", [id]);
      await tx.query("DELETE FROM s3_buckets WHERE id = $1", [id]);
      return files.map((file) => file.id);
    });
  }
}
