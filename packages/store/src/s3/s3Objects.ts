import type { Database } from "../postgres/database.ts";
import type { Queryable, Transaction } from "../postgres/queryable.ts";
import type { S3File } from "./s3Files.ts";

/** What belongs to a version besides its bytes: headers, metadata, checksum. Stored as JSON. */
export type S3Facts = Readonly<Record<string, unknown>>;

export interface S3VersionRecord {
  readonly key: string;
  readonly seq: bigint;
  /** `null`: the null version. */
  readonly versionId: string | null;
  readonly isLatest: boolean;
  readonly isMarker: boolean;
  readonly size: number;
  /** Without quotes. */
  readonly etag: string;
  /** Milliseconds since the epoch. */
  readonly modifiedAt: number;
  readonly files: readonly S3File[];
  readonly facts: S3Facts;
  readonly tags: Readonly<Record<string, string>>;
}

export type NewS3Version = Omit<S3VersionRecord, "isLatest">;

const COLUMNS = `key AS "keyBytes", seq, version_id AS "versionId", is_latest AS "isLatest", is_marker AS "isMarker",
  size::float8 AS size, etag, (extract(epoch FROM modified_at) * 1000)::float8 AS "modifiedAt", files, facts, tags`;

/** The bytes of a key, as they are stored. A key may hold a zero byte, which PostgreSQL's texts may not. */
export function s3KeyBytes(key: string): Buffer {
  return Buffer.from(key, "utf8");
}

interface Row extends Omit<S3VersionRecord, "key"> {
  readonly keyBytes: Buffer;
}

interface PutRow {
  readonly outcome: "stored" | "gone" | "overtaken";
  readonly seq: bigint;
  readonly obsolete: readonly S3File[] | null;
}

function recordOf({ keyBytes, ...row }: Row): S3VersionRecord {
  return { ...row, key: keyBytes.toString("utf8") };
}

/** The table of the versions of objects. */
export class S3ObjectStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async latest(bucketId: bigint, key: string, by: Queryable = this.#database): Promise<S3VersionRecord | undefined> {
    const [row] = await by.prepared<Row>(
      `SELECT ${COLUMNS} FROM s3_objects WHERE bucket_id = $1 AND key = $2 AND is_latest`,
      [bucketId, s3KeyBytes(key)],
    );
    return row && recordOf(row);
  }

  /** `seq` of `undefined` finds the null version. */
  async version(
    bucketId: bigint,
    key: string,
    seq: bigint | undefined,
    by: Queryable = this.#database,
  ): Promise<S3VersionRecord | undefined> {
    const [row] =
      seq === undefined
        ? await by.prepared<Row>(
            `SELECT ${COLUMNS} FROM s3_objects WHERE bucket_id = $1 AND key = $2 AND version_id IS NULL`,
            [bucketId, s3KeyBytes(key)],
          )
        : await by.prepared<Row>(`SELECT ${COLUMNS} FROM s3_objects WHERE bucket_id = $1 AND key = $2 AND seq = $3`, [
            bucketId,
            s3KeyBytes(key),
            seq,
          ]);
    return row && recordOf(row);
  }

  /** A number above those of all versions until now. */
  async nextSeq(): Promise<bigint> {
    const [row] = await this.#database.prepared<{ seq: bigint }>("SELECT nextval('s3_sequence') AS seq");
    return row?.seq ?? 0n;
  }

  /**
   * Stores an object without a version id as the key's latest version, with its new files, in a transaction of its own. Resolves with "gone" when there is no
   * such bucket, with "overtaken" when its versioning has changed.
   */
  async put(
    {
      id,
      accountId,
      versioning,
    }: { readonly id: bigint; readonly accountId: string; readonly versioning: string | null },
    { key, size, etag, modifiedAt, files, facts, tags }: Omit<NewS3Version, "seq" | "versionId" | "isMarker">,
  ): Promise<{ readonly seq: bigint; readonly obsolete: readonly S3File[] } | "gone" | "overtaken"> {
    // Not a SELECT, which would be repeated when the connection breaks.
    const [row] = await this.#database.prepared<PutRow>(
      `WITH put AS MATERIALIZED (SELECT * FROM s3_put($1, $2, $3, $4, $5, $6, $7, $8, $9, $10))
       SELECT outcome, new_seq AS seq, obsolete FROM put`,
      [
        ...[id, s3KeyBytes(key), versioning, accountId, size, etag, modifiedAt],
        ...[JSON.stringify(files), JSON.stringify(facts), JSON.stringify(tags)],
      ],
    );
    if (!row) throw new Error("s3_put has answered nothing");
    return row.outcome === "stored" ? { seq: row.seq, obsolete: row.obsolete ?? [] } : row.outcome;
  }

  /** The version becomes the latest one. The one that was must be demoted or removed before. */
  async insert(tx: Transaction, bucketId: bigint, version: NewS3Version): Promise<void> {
    const { key, seq, versionId, isMarker, size, etag, modifiedAt, files, facts, tags } = version;
    await tx.prepared(
      `INSERT INTO s3_objects (bucket_id, key, seq, version_id, is_latest, is_marker, size, etag, modified_at, files, facts, tags)
       VALUES ($1, $2, $3, $4, true, $5, $6, $7, to_timestamp($8::float8 / 1000), $9, $10, $11)`,
      [
        ...[bucketId, s3KeyBytes(key), seq, versionId, isMarker, size, etag, modifiedAt],
        ...[JSON.stringify(files), JSON.stringify(facts), JSON.stringify(tags)],
      ],
    );
  }

  async demote(tx: Transaction, bucketId: bigint, key: string): Promise<void> {
    await tx.prepared("UPDATE s3_objects SET is_latest = false WHERE bucket_id = $1 AND key = $2 AND is_latest", [
      bucketId,
      s3KeyBytes(key),
    ]);
  }

  async remove(tx: Transaction, bucketId: bigint, { key, seq }: Pick<S3VersionRecord, "key" | "seq">): Promise<void> {
    await tx.prepared("DELETE FROM s3_objects WHERE bucket_id = $1 AND key = $2 AND seq = $3", [
      bucketId,
      s3KeyBytes(key),
      seq,
    ]);
  }

  /** The newest version that is left becomes the latest one. */
  async promote(tx: Transaction, bucketId: bigint, key: string): Promise<void> {
    await tx.prepared(
      `UPDATE s3_objects SET is_latest = true WHERE bucket_id = $1 AND key = $2 AND seq = (
         SELECT seq FROM s3_objects WHERE bucket_id = $1 AND key = $2 ORDER BY seq DESC LIMIT 1)`,
      [bucketId, s3KeyBytes(key)],
    );
  }

  async setTags(
    tx: Transaction,
    bucketId: bigint,
    { key, seq }: S3VersionRecord,
    tags: S3VersionRecord["tags"],
  ): Promise<void> {
    await tx.query("UPDATE s3_objects SET tags = $4 WHERE bucket_id = $1 AND key = $2 AND seq = $3", [
      ...[bucketId, s3KeyBytes(key), seq],
      JSON.stringify(tags),
    ]);
  }
}
