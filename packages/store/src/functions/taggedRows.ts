import {
  type AccountRegion,
  InvalidParameterValueException,
  MAX_TAGS,
  type ResourceNotFoundException,
} from "@hearth/model";
import type { Database } from "../postgres/database.ts";
import type { Tags } from "./tags.ts";

/** Tags in a column `"Tags"` of a table whose rows have an `id`, an account and a region. A part of the store that owns the table. */
export class TaggedRows {
  readonly #database: Database;
  readonly #table: string;
  readonly #missing: (where: AccountRegion, id: string) => ResourceNotFoundException;

  constructor(
    database: Database,
    table: string,
    missing: (where: AccountRegion, id: string) => ResourceNotFoundException,
  ) {
    this.#database = database;
    this.#table = table;
    this.#missing = missing;
  }

  /** Every method rejects with ResourceNotFoundException when the row does not exist. */
  async list(where: AccountRegion, id: string): Promise<Tags> {
    const [row] = await this.#database.prepared<{ Tags: Tags }>(
      `SELECT "Tags" FROM ${this.#table} WHERE account_id = $1 AND region = $2 AND id = $3`,
      [where.accountId, where.region, id],
    );
    if (!row) throw this.#missing(where, id);
    return row.Tags;
  }

  /** Adds tags; an existing tag gets the new value. Rejects with InvalidParameterValueException when there would be more than 50. */
  async put(where: AccountRegion, id: string, tags: Tags): Promise<void> {
    await this.#database.transaction(async (tx) => {
      const [row] = await tx.prepared<{ Tags: Tags }>(
        `UPDATE ${this.#table} SET "Tags" = "Tags" || $4::jsonb WHERE account_id = $1 AND region = $2 AND id = $3 RETURNING "Tags"`,
        [where.accountId, where.region, id, JSON.stringify(tags)],
      );
      if (!row) throw this.#missing(where, id);
      if (Object.keys(row.Tags).length > MAX_TAGS)
        throw new InvalidParameterValueException("Number of tags exceeds resource tag limit.");
    });
  }

  async remove(where: AccountRegion, id: string, keys: readonly string[]): Promise<void> {
    const rows = await this.#database.prepared(
      `UPDATE ${this.#table} SET "Tags" = "Tags" - $4::text[] WHERE account_id = $1 AND region = $2 AND id = $3 RETURNING 1`,
      [where.accountId, where.region, id, keys],
    );
    if (rows.length === 0) throw this.#missing(where, id);
  }
}
