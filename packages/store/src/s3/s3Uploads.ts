import type { Database } from "../postgres/database.ts";
import type { Queryable, Transaction } from "../postgres/queryable.ts";
import type { S3File } from "./s3Files.ts";
import { type S3Facts, s3KeyBytes } from "./s3Objects.ts";

export interface S3UploadRecord {
  readonly id: string;
  readonly key: string;
  /** Milliseconds since the epoch. */
  readonly initiatedAt: number;
  readonly facts: S3Facts;
  readonly tags: Readonly<Record<string, string>>;
}

export interface S3PartRecord {
  readonly number: number;
  readonly size: number;
  readonly etag: string;
  /** Base64. */
  readonly checksum: string | null;
  readonly files: readonly S3File[];
  readonly modifiedAt: number;
}

interface UploadRow extends Omit<S3UploadRecord, "key"> {
  readonly keyBytes: Buffer;
}

const UPLOAD = `id, key AS "keyBytes", (extract(epoch FROM initiated_at) * 1000)::float8 AS "initiatedAt", facts, tags`;
const PART = `number, size::float8 AS size, etag, checksum, files, (extract(epoch FROM modified_at) * 1000)::float8 AS "modifiedAt"`;

function uploadOf({ keyBytes, ...row }: UploadRow): S3UploadRecord {
  return { ...row, key: keyBytes.toString("utf8") };
}

/** The tables of multipart uploads and their parts. */
export class S3UploadStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async create(
    tx: Transaction,
    bucketId: bigint,
    { id, key, initiatedAt, facts, tags }: S3UploadRecord,
  ): Promise<void> {
    await tx.query(
      `INSERT INTO s3_uploads (id, bucket_id, key, initiated_at, facts, tags) VALUES ($1, $2, $3, to_timestamp($4::float8 / 1000), $5, $6)`,
      [id, bucketId, s3KeyBytes(key), initiatedAt, JSON.stringify(facts), JSON.stringify(tags)],
    );
  }

  async find(
    bucketId: bigint,
    key: string,
    id: string,
    by: Queryable = this.#database,
    lock: "" | "FOR KEY SHARE" | "FOR UPDATE" = "",
  ): Promise<S3UploadRecord | undefined> {
    const [row] = await by.query<UploadRow>(
      `SELECT ${UPLOAD} FROM s3_uploads WHERE id = $1 AND bucket_id = $2 AND key = $3 ${lock}`,
      [id, bucketId, s3KeyBytes(key)],
    );
    return row && uploadOf(row);
  }

  /** Uploads after (`key`, `id`), by key and id. */
  async list(
    bucketId: bigint,
    from: { readonly key: Buffer; readonly id: string },
    to: Buffer,
    limit: number,
  ): Promise<readonly S3UploadRecord[]> {
    const rows = await this.#database.query<UploadRow>(
      `SELECT ${UPLOAD} FROM s3_uploads WHERE bucket_id = $1 AND (key, id COLLATE "C") > ($2, $3) AND key < $4 ORDER BY key, id COLLATE "C" LIMIT $5`,
      [bucketId, from.key, from.id, to, limit],
    );
    return rows.map(uploadOf);
  }

  /** Resolves with the files of the part that it replaces. */
  async putPart(tx: Transaction, uploadId: string, part: S3PartRecord): Promise<readonly S3File[]> {
    const { number, size, etag, checksum, files, modifiedAt } = part;
    const [old] = await tx.query<{ files: readonly S3File[] }>(
      "SELECT files FROM s3_parts WHERE upload_id = $1 AND number = $2 FOR UPDATE",
      [uploadId, number],
    );
    await tx.query(
      `INSERT INTO s3_parts (upload_id, number, size, etag, checksum, files, modified_at) VALUES ($1, $2, $3, $4, $5, $6, to_timestamp($7::float8 / 1000))
       ON CONFLICT (upload_id, number) DO UPDATE SET size = excluded.size, etag = excluded.etag, checksum = excluded.checksum,
         files = excluded.files, modified_at = excluded.modified_at`,
      [uploadId, number, size, etag, checksum, JSON.stringify(files), modifiedAt],
    );
    return old?.files ?? [];
  }

  async parts(
    uploadId: string,
    after: number,
    limit: number,
    by: Queryable = this.#database,
  ): Promise<readonly S3PartRecord[]> {
    return await by.query<S3PartRecord>(
      `SELECT ${PART} FROM s3_parts WHERE upload_id = $1 AND number > $2 ORDER BY number LIMIT $3`,
      [uploadId, after, limit],
    );
  }

  /** With its parts. */
  async delete(tx: Transaction, id: string): Promise<void> {
    await tx.query("DELETE FROM s3_uploads WHERE id = $1", [id]);
  }
}
