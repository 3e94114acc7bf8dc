import type { Database } from "../postgres/database.ts";

export interface S3ListedObject {
  readonly key: Buffer;
  readonly size: number;
  readonly etag: string;
  readonly modifiedAt: number;
  readonly facts: Readonly<Record<string, unknown>>;
}

export interface S3ListedVersion extends S3ListedObject {
  readonly seq: bigint;
  readonly versionId: string | null;
  readonly isLatest: boolean;
  readonly isMarker: boolean;
}

/** An object, or a prefix that keys have in common up to the delimiter. */
export type S3Listed = S3ListedObject | { readonly common: Buffer };

/** The part of a bucket's keys from `from` (inclusive) to `to` (exclusive), in byte order. */
export interface S3Range {
  readonly bucketId: bigint;
  readonly from: Buffer;
  readonly to: Buffer;
  readonly limit: number;
}

const LISTED = `size::float8 AS size, etag, (extract(epoch FROM modified_at) * 1000)::float8 AS "modifiedAt",
  facts - '{headers,metadata,parts}'::text[] AS facts`;

/** Reads the keys of buckets in order. What it costs depends on the length of the page, not on that of the bucket. */
export class S3Listing {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async objects({ bucketId, from, to, limit }: S3Range): Promise<readonly S3ListedObject[]> {
    return await this.#database.prepared<S3ListedObject>(
      `SELECT key, ${LISTED} FROM s3_objects
        WHERE bucket_id = $1 AND is_latest AND NOT is_marker AND key >= $2 AND key < $3 ORDER BY key LIMIT $4`,
      [bucketId, from, to, limit],
    );
  }

  /** As `objects`, with the keys that share a prefix of `prefixLength` bytes and more, up to the next `delimiter`, as one. Skips over their keys. */
  async grouped(range: S3Range, prefixLength: number, delimiter: Buffer): Promise<readonly S3Listed[]> {
    const { bucketId, from, to, limit } = range;
    const next = (start: string): string =>
      `SELECT key, size, etag, modified_at, facts, position($6::bytea IN substring(key FROM $5::integer + 1)) AS found FROM s3_objects
        WHERE bucket_id = $1 AND is_latest AND NOT is_marker AND key >= ${start} AND key < $3 ORDER BY key LIMIT 1`;
    const columns = `f.key, f.size, f.etag, f.modified_at, f.facts,
      CASE WHEN f.found > 0 THEN substring(f.key FROM 1 FOR $5::integer + f.found - 1 + length($6::bytea)) END AS common`;
    // The last byte of a common prefix is the delimiter's last one, which is UTF-8 and so below 255.
    const after = `CASE WHEN w.common IS NULL THEN w.key || '\\x00'::bytea
      ELSE set_byte(w.common, length(w.common) - 1, get_byte(w.common, length(w.common) - 1) + 1) END`;
    const rows = await this.#database.prepared<S3ListedObject & { readonly common: Buffer | null }>(
      `WITH RECURSIVE walk AS (
         SELECT ${columns}, 1 AS n FROM (${next("$2")}) f
         UNION ALL
         SELECT ${columns}, w.n + 1 FROM walk w, LATERAL (${next(after)}) f WHERE w.n < $4::integer)
       SELECT key, ${LISTED}, common FROM walk ORDER BY n`,
      [bucketId, from, to, limit, prefixLength, delimiter],
    );
    return rows.map(({ common, ...object }) => (common ? { common } : object));
  }

  /** Versions, of each key the newest first; of the key `from.key` only those before `from.beforeSeq`. */
  async versions(
    bucketId: bigint,
    from: { readonly key: Buffer; readonly beforeSeq: bigint | undefined },
    to: Buffer,
    limit: number,
  ): Promise<readonly S3ListedVersion[]> {
    const columns = `key, seq, version_id AS "versionId", is_latest AS "isLatest", is_marker AS "isMarker", ${LISTED}`;
    const first =
      from.beforeSeq === undefined
        ? []
        : await this.#database.prepared<S3ListedVersion>(
            `SELECT ${columns} FROM s3_objects WHERE bucket_id = $1 AND key = $2 AND seq < $3 ORDER BY seq DESC LIMIT $4`,
            [bucketId, from.key, from.beforeSeq, limit],
          );
    if (first.length >= limit) return first;
    const rest = await this.#database.prepared<S3ListedVersion>(
      `SELECT ${columns} FROM s3_objects WHERE bucket_id = $1 AND key ${from.beforeSeq === undefined ? ">=" : ">"} $2 AND key < $3
        ORDER BY key, seq DESC LIMIT $4`,
      [bucketId, from.key, to, limit - first.length],
    );
    return [...first, ...rest];
  }
}
