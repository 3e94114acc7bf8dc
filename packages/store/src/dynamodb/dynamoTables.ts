import type { AccountRegion } from "@hearth/model";
import type { Database } from "../postgres/database.ts";
import type { Connection } from "../postgres/queryable.ts";

export interface DynamoTableKey extends AccountRegion {
  readonly TableName: string;
}

export interface DynamoTableRecord<Definition> extends DynamoTableKey {
  readonly id: string;
  /** A UUID. */
  readonly tableId: string;
  readonly definition: Definition;
  readonly tags: Readonly<Record<string, string>>;
  readonly policy: string | null;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}

export type DynamoTableChange<Definition> = Partial<
  Pick<DynamoTableRecord<Definition>, "definition" | "tags" | "policy">
>;

const COLUMNS = `id::text, account_id AS "accountId", region, "TableName", table_id::text AS "tableId", definition, tags, policy,
  (extract(epoch FROM created_at) * 1000)::float8 AS "createdAt"`;
const OF_KEY = `account_id = $1 AND region = $2 AND "TableName" = $3`;

function keyOf({ accountId, region, TableName }: DynamoTableKey): [string, string, string] {
  return [accountId, region, TableName];
}

/** The table of DynamoDB's tables. What a definition is, its engine says. */
export class DynamoTableStore<Definition extends object> {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Resolves with `undefined` when the name is taken. */
  async create(
    key: DynamoTableKey,
    { tableId, definition, tags }: Pick<DynamoTableRecord<Definition>, "tableId" | "definition" | "tags">,
    connection: Connection = this.#database,
  ): Promise<DynamoTableRecord<Definition> | undefined> {
    const [created] = await connection.query<DynamoTableRecord<Definition>>(
      `INSERT INTO dynamodb_tables (account_id, region, "TableName", table_id, definition, tags) VALUES ($1, $2, $3, $4, $5, $6)
       ON CONFLICT DO NOTHING RETURNING ${COLUMNS}`,
      [...keyOf(key), tableId, JSON.stringify(definition), JSON.stringify(tags)],
    );
    return created;
  }

  async find(key: DynamoTableKey): Promise<DynamoTableRecord<Definition> | undefined> {
    const rows = await this.#database.prepared<DynamoTableRecord<Definition>>(
      `SELECT ${COLUMNS} FROM dynamodb_tables WHERE ${OF_KEY}`,
      keyOf(key),
    );
    return rows[0];
  }

  async list(
    { accountId, region }: AccountRegion,
    { after, limit }: { readonly after: string; readonly limit: number },
  ): Promise<readonly DynamoTableRecord<Definition>[]> {
    return await this.#database.query<DynamoTableRecord<Definition>>(
      `SELECT ${COLUMNS} FROM dynamodb_tables WHERE account_id = $1 AND region = $2 AND "TableName" > $3 ORDER BY "TableName" LIMIT $4`,
      [accountId, region, after, limit],
    );
  }

  async count({ accountId, region }: AccountRegion): Promise<number> {
    const [row] = await this.#database.query<{ count: number }>(
      "SELECT count(*)::float8 AS count FROM dynamodb_tables WHERE account_id = $1 AND region = $2",
      [accountId, region],
    );
    return row?.count ?? 0;
  }

  /** All tables whose definition passes `condition`, a test of the column `definition` in SQL. */
  async thoseWith(condition: string): Promise<readonly DynamoTableRecord<Definition>[]> {
    return await this.#database.query<DynamoTableRecord<Definition>>(
      `SELECT ${COLUMNS} FROM dynamodb_tables WHERE ${condition} ORDER BY id`,
    );
  }

  /** Resolves with `undefined` when there is no such table. */
  async change(
    key: DynamoTableKey,
    change: (
      table: DynamoTableRecord<Definition>,
      tx: Connection,
    ) => DynamoTableChange<Definition> | Promise<DynamoTableChange<Definition>>,
  ): Promise<DynamoTableRecord<Definition> | undefined> {
    return await this.#database.transaction(async (tx) => {
      const [table] = await tx.query<DynamoTableRecord<Definition>>(
        `SELECT ${COLUMNS} FROM dynamodb_tables WHERE ${OF_KEY} FOR UPDATE`,
        keyOf(key),
      );
      if (!table) return undefined;
      const { definition = table.definition, tags = table.tags, policy = table.policy } = await change(table, tx);
      const [changed] = await tx.query<DynamoTableRecord<Definition>>(
        `UPDATE dynamodb_tables SET definition = $2, tags = $3, policy = $4 WHERE id = $1 RETURNING ${COLUMNS}`,
        [table.id, JSON.stringify(definition), JSON.stringify(tags), policy],
      );
      return changed;
    });
  }

  /** Its items are left to `DynamoItemStore.collect`. */
  async delete(key: DynamoTableKey): Promise<DynamoTableRecord<Definition> | undefined> {
    const [deleted] = await this.#database.query<DynamoTableRecord<Definition>>(
      `DELETE FROM dynamodb_tables WHERE ${OF_KEY} RETURNING ${COLUMNS}`,
      keyOf(key),
    );
    return deleted;
  }

  async newIndexId(connection: Connection = this.#database): Promise<string> {
    const [row] = await connection.query<{ id: string }>("SELECT nextval('dynamodb_index_ids')::text AS id");
    return row?.id ?? "";
  }
}
