import type { Database } from "../postgres/database.ts";
import type { Transaction } from "../postgres/queryable.ts";

/** A file in the data directory and its length. */
export type S3File = readonly [id: string, bytes: number];

/** The table of the files that objects and parts consist of. A file without a row belongs to nothing. */
export class S3FileStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async add(tx: Transaction, accountId: string, files: readonly S3File[]): Promise<void> {
    if (files.length === 0) return;
    await tx.prepared(
      "INSERT INTO s3_files (id, account_id, bytes) SELECT f.id, $1, f.bytes FROM unnest($2::text[], $3::bigint[]) AS f (id, bytes)",
      [accountId, files.map(([id]) => id), files.map(([, bytes]) => bytes)],
    );
  }

  async remove(tx: Transaction, files: readonly S3File[]): Promise<void> {
    if (files.length === 0) return;
    await tx.prepared("DELETE FROM s3_files WHERE id = ANY ($1::text[])", [files.map(([id]) => id)]);
  }

  /** Which of these ids have no row. */
  async unknown(ids: readonly string[]): Promise<readonly string[]> {
    const rows = await this.#database.query<{ id: string }>(
      "SELECT i.id FROM unnest($1::text[]) AS i (id) WHERE NOT EXISTS (SELECT 1 FROM s3_files f WHERE f.id = i.id)",
      [ids],
    );
    return rows.map(({ id }) => id);
  }

  /** Bytes. */
  async usageOf(accountId: string): Promise<number> {
    const [row] = await this.#database.prepared<{ bytes: number }>(
      "SELECT coalesce(sum(bytes), 0)::float8 AS bytes FROM s3_usage WHERE account_id = $1",
      [accountId],
    );
    return row?.bytes ?? 0;
  }
}
