import type { Database } from "../postgres/database.ts";

export interface TableUsage {
  readonly items: number;
  /** Of the items. */
  readonly bytes: number;
  /** Of their entries in secondary indexes. */
  readonly indexBytes: number;
}

/** How much tables hold, nearly. */
export class DynamoUsageStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Adds to what tables hold. Tables that are gone are left out. */
  async add(changes: ReadonlyMap<string, TableUsage>): Promise<void> {
    const given = [...changes].map(([id, usage]) => ({ id, ...usage }));
    await this.#database.query(
      `INSERT INTO dynamodb_usage AS u (table_id, items, bytes, index_bytes)
       SELECT g.id, g.items, g.bytes, g."indexBytes"
         FROM json_to_recordset($1) AS g (id bigint, items bigint, bytes bigint, "indexBytes" bigint) JOIN dynamodb_tables t ON t.id = g.id ORDER BY g.id
       ON CONFLICT (table_id) DO UPDATE
          SET items = u.items + excluded.items, bytes = u.bytes + excluded.bytes, index_bytes = u.index_bytes + excluded.index_bytes`,
      [JSON.stringify(given)],
    );
  }

  async of(tableId: string): Promise<TableUsage> {
    const [row] = await this.#database.query<TableUsage>(
      `SELECT greatest(items, 0)::float8 AS items, greatest(bytes, 0)::float8 AS bytes, greatest(index_bytes, 0)::float8 AS "indexBytes"
         FROM dynamodb_usage WHERE table_id = $1`,
      [tableId],
    );
    return row ?? { items: 0, bytes: 0, indexBytes: 0 };
  }

  /** Bytes of all items of the account and of their entries in indexes, its regions together. */
  async ofAccount(accountId: string): Promise<number> {
    const [row] = await this.#database.query<{ bytes: number }>(
      "SELECT coalesce(sum(u.bytes + u.index_bytes), 0)::float8 AS bytes FROM dynamodb_tables t JOIN dynamodb_usage u ON u.table_id = t.id WHERE t.account_id = $1",
      [accountId],
    );
    return row?.bytes ?? 0;
  }

  /** Counts the table anew that was counted longest ago, if that is more than a day. */
  async recount(): Promise<void> {
    await this.#database.query(
      `UPDATE dynamodb_usage u SET items = c.items, bytes = c.bytes, index_bytes = c.index_bytes, counted_at = now()
         FROM (SELECT o.table_id, count(i.table_id) AS items, coalesce(sum(i.bytes), 0) AS bytes,
                      (SELECT coalesce(sum(e.bytes), 0)
                         FROM dynamodb_tables t, json_array_elements(t.definition -> 'indexes') AS x
                         JOIN dynamodb_index_items e ON e.index_id = (x ->> 'id')::bigint WHERE t.id = o.table_id) AS index_bytes
                 FROM (SELECT table_id FROM dynamodb_usage WHERE counted_at < now() - interval '1 day' ORDER BY counted_at LIMIT 1) AS o
                 LEFT JOIN dynamodb_items i ON i.table_id = o.table_id GROUP BY o.table_id) AS c
        WHERE u.table_id = c.table_id`,
    );
  }
}
