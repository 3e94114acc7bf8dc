import type { AccountRegion } from "@hearth/model";
import type { Database } from "../postgres/database.ts";
import type { DynamoTableKey } from "./dynamoTables.ts";

/** A table on the server that the settings name, and what of it Hearth keeps itself. */
export interface PassedTableRecord extends DynamoTableKey {
  /** The table's name on the server. */
  readonly serverName: string;
  /** False while the server may not have created it yet. */
  readonly isCreated: boolean;
  readonly tags: Readonly<Record<string, string>>;
  readonly policy: string | null;
}

type Notes = Pick<PassedTableRecord, "tags" | "policy">;

const COLUMNS = `account_id AS "accountId", region, "TableName", server_name AS "serverName", is_created AS "isCreated", tags, policy`;
const OF_KEY = `account_id = $1 AND region = $2 AND "TableName" = $3`;

function keyOf({ accountId, region, TableName }: DynamoTableKey): [string, string, string] {
  return [accountId, region, TableName];
}

/** Which account and region tables on a named server belong to. */
export class PassedTableStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async find(key: DynamoTableKey): Promise<PassedTableRecord | undefined> {
    const rows = await this.#database.prepared<PassedTableRecord>(
      `SELECT ${COLUMNS} FROM dynamodb_passed_tables WHERE ${OF_KEY}`,
      keyOf(key),
    );
    return rows[0];
  }

  /**
   * Takes the table's name for its account. A name that the account has taken already stays as it is. Resolves with `undefined` when the name on the server is
   * another account's.
   */
  async claim(
    key: DynamoTableKey,
    { serverName, isCreated, tags, policy }: Omit<PassedTableRecord, keyof DynamoTableKey>,
  ): Promise<PassedTableRecord | undefined> {
    await this.#database.query(
      `INSERT INTO dynamodb_passed_tables (account_id, region, "TableName", server_name, is_created, tags, policy) VALUES ($1, $2, $3, $4, $5, $6, $7)
       ON CONFLICT DO NOTHING`,
      [...keyOf(key), serverName, isCreated, JSON.stringify(tags), policy],
    );
    return await this.find(key);
  }

  /** The server has the table. With `notes`, its tags and policy are those now. */
  async confirm(key: DynamoTableKey, serverName: string, notes?: Notes): Promise<void> {
    await this.#database.query(
      `INSERT INTO dynamodb_passed_tables AS t (account_id, region, "TableName", server_name, is_created, tags, policy)
       VALUES ($1, $2, $3, $4, true, coalesce($5, '{}'::json), $6)
       ON CONFLICT (account_id, region, "TableName") DO UPDATE
          SET is_created = true, tags = coalesce($5, t.tags), policy = CASE WHEN $5::json IS NULL THEN t.policy ELSE $6 END`,
      [...keyOf(key), serverName, notes ? JSON.stringify(notes.tags) : null, notes?.policy ?? null],
    );
  }

  /** The account has the table no longer. With `unlessCreated`, only if the server has not created it. */
  async release(key: DynamoTableKey, { unlessCreated = false } = {}): Promise<void> {
    await this.#database.query(
      `DELETE FROM dynamodb_passed_tables WHERE ${OF_KEY}${unlessCreated ? " AND NOT is_created" : ""}`,
      keyOf(key),
    );
  }

  async list(
    { accountId, region }: AccountRegion,
    { after, limit }: { readonly after: string; readonly limit: number },
  ): Promise<readonly PassedTableRecord[]> {
    return await this.#database.query<PassedTableRecord>(
      `SELECT ${COLUMNS} FROM dynamodb_passed_tables WHERE account_id = $1 AND region = $2 AND "TableName" > $3 ORDER BY "TableName" LIMIT $4`,
      [accountId, region, after, limit],
    );
  }

  /** Those of the names on the server that belong to an account. */
  async ofServerNames(serverNames: readonly string[]): Promise<readonly PassedTableRecord[]> {
    return await this.#database.query<PassedTableRecord>(
      `SELECT ${COLUMNS} FROM dynamodb_passed_tables WHERE server_name = ANY ($1)`,
      [serverNames],
    );
  }

  async count({ accountId, region }: AccountRegion): Promise<number> {
    const [row] = await this.#database.query<{ count: number }>(
      "SELECT count(*)::float8 AS count FROM dynamodb_passed_tables WHERE account_id = $1 AND region = $2",
      [accountId, region],
    );
    return row?.count ?? 0;
  }

  /** Resolves with `undefined` when there is no such table. */
  async change(
    key: DynamoTableKey,
    change: (table: PassedTableRecord) => Partial<Notes>,
  ): Promise<PassedTableRecord | undefined> {
    return await this.#database.transaction(async (tx) => {
      const [table] = await tx.query<PassedTableRecord>(
        `SELECT ${COLUMNS} FROM dynamodb_passed_tables WHERE ${OF_KEY} FOR UPDATE`,
        keyOf(key),
      );
      if (!table) return undefined;
      const { tags = table.tags, policy = table.policy } = change(table);
      await tx.query(`UPDATE dynamodb_passed_tables SET tags = $4, policy = $5 WHERE ${OF_KEY}`, [
        ...keyOf(key),
        JSON.stringify(tags),
        policy,
      ]);
      return { ...table, tags, policy };
    });
  }
}
