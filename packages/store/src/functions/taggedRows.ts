import { InvalidParameterValueException, MAX_TAGS, type ResourceNotFoundException } from "@hearth/model";
import type { Database } from "../postgres/database.ts";
import type { Tags } from "./tags.ts";

/** Tags in a column `"Tags"` of a table whose rows have an `id` and belong to an account. A part of the store that owns the table. */
export class TaggedRows {
  readonly #database: Database;
  readonly #table: string;
  readonly #missing: (accountId: string, id: string) => ResourceNotFoundException;

  constructor(
    database: Database,
    table: string,
    missing: (accountId: string, id: string) => ResourceNotFoundException,
  ) {
    this.#database = database;
    this.#table = table;
    this.#missing = missing;
  }

  /** Every method rejects with ResourceNotFoundException when there is no such row. */
  async list(accountId: string, id: string): Promise<Tags> {
    const [row] = await this.#database.prepared<{ Tags: Tags }>(
      `SELECT "Tags" FROM ${this.#table} WHERE account_id = $1 AND id = $2`,
      [accountId, id],
    );
    if (!row) throw this.#missing(accountId, id);
    return row.Tags;
  }

  /** Adds tags; a tag that is there gets the new value. Rejects with InvalidParameterValueException beyond 50. */
  async put(accountId: string, id: string, tags: Tags): Promise<void> {
    await this.#database.transaction(async (tx) => {
      const [row] = await tx.prepared<{ Tags: Tags }>(
        `UPDATE ${this.#table} SET "Tags" = "Tags" || $3::jsonb WHERE account_id = $1 AND id = $2 RETURNING "Tags"`,
        [accountId, id, JSON.stringify(tags)],
      );
      if (!row) throw this.#missing(accountId, id);
      if (Object.keys(row.Tags).length > MAX_TAGS)
        throw new InvalidParameterValueException("Number of tags exceeds resource tag limit.");
    });
  }

  async remove(accountId: string, id: string, keys: readonly string[]): Promise<void> {
    const rows = await this.#database.prepared(
      `UPDATE ${this.#table} SET "Tags" = "Tags" - $3::text[] WHERE account_id = $1 AND id = $2 RETURNING 1`,
      [accountId, id, keys],
    );
    if (rows.length === 0) throw this.#missing(accountId, id);
  }
}
