import type { DynamoKey } from "./dynamoWrite.ts";
import type { Database } from "../postgres/database.ts";

export interface IndexUsage {
  readonly items: number;
  readonly bytes: number;
}

export interface TableUsage {
  readonly items: number;
  /** Of the items. */
  readonly bytes: number;
  /** Of their entries in secondary indexes. */
  readonly indexBytes: number;
  /** Of each secondary index, by its id. */
  readonly indexes?: Readonly<Record<string, IndexUsage>>;
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
    const ofIndexes = [...changes].flatMap(([tableId, { indexes = {} }]) =>
      Object.entries(indexes).map(([id, usage]) => ({ tableId, id, ...usage })),
    );
    if (ofIndexes.length === 0) return;
    await this.#database.query(
      `INSERT INTO dynamodb_index_usage AS u (index_id, table_id, items, bytes)
       SELECT g.id, g."tableId", g.items, g.bytes
         FROM json_to_recordset($1) AS g (id bigint, "tableId" bigint, items bigint, bytes bigint) JOIN dynamodb_tables t ON t.id = g."tableId" ORDER BY g.id
       ON CONFLICT (index_id) DO UPDATE SET items = u.items + excluded.items, bytes = u.bytes + excluded.bytes`,
      [JSON.stringify(ofIndexes)],
    );
  }

  async of(tableId: string): Promise<Required<TableUsage>> {
    const [row] = await this.#database.query<Required<TableUsage>>(
      `SELECT greatest(items, 0)::float8 AS items, greatest(bytes, 0)::float8 AS bytes, greatest(index_bytes, 0)::float8 AS "indexBytes",
              (SELECT coalesce(json_object_agg(x.index_id, json_build_object('items', greatest(x.items, 0), 'bytes', greatest(x.bytes, 0))), '{}')
                 FROM dynamodb_index_usage x WHERE x.table_id = u.table_id) AS indexes
         FROM dynamodb_usage u WHERE table_id = $1`,
      [tableId],
    );
    return row ?? { items: 0, bytes: 0, indexBytes: 0, indexes: {} };
  }

  /** Bytes of the items of one partition key, and of their entries in indexes of the same partition key. Reads all of them. */
  async ofCollection(
    tableId: string,
    indexIds: readonly string[],
    { place, hash }: Pick<DynamoKey, "place" | "hash">,
  ): Promise<number> {
    const [row] = await this.#database.query<{ bytes: number }>(
      `SELECT ((SELECT coalesce(sum(bytes), 0) FROM dynamodb_items WHERE table_id = $1 AND place = $2 AND hash = $3)
             + (SELECT coalesce(sum(bytes), 0) FROM dynamodb_index_items WHERE index_id = ANY($4::bigint[]) AND place = $2 AND hash = $3))::float8 AS bytes`,
      [tableId, place, hash, indexIds],
    );
    return row?.bytes ?? 0;
  }

  /** Bytes of all items of the account and of their entries in indexes, its regions together. */
  async ofAccount(accountId: string): Promise<number> {
    const [row] = await this.#database.query<{ bytes: number }>(
      "SELECT coalesce(sum(u.bytes + u.index_bytes), 0)::float8 AS bytes FROM dynamodb_tables t JOIN dynamodb_usage u ON u.table_id = t.id WHERE t.account_id = $1",
      [accountId],
    );
    return row?.bytes ?? 0;
  }

  /** Counts the table anew that was counted longest ago, if that is more than a day, or this one. False when there was none. */
  async recount(tableId?: string): Promise<boolean> {
    const counted = await this.#database.query(
      `WITH due AS MATERIALIZED (
         SELECT table_id FROM dynamodb_usage WHERE ${tableId === undefined ? "counted_at < now() - interval '1 day'" : "table_id = $1"} ORDER BY counted_at LIMIT 1),
       entries AS MATERIALIZED (
         SELECT d.table_id, (x ->> 'id')::bigint AS index_id, c.items, c.bytes
           FROM due d JOIN dynamodb_tables t ON t.id = d.table_id CROSS JOIN json_array_elements(t.definition -> 'indexes') AS x
          CROSS JOIN LATERAL (
            SELECT count(*) AS items, coalesce(sum(e.bytes), 0) AS bytes FROM dynamodb_index_items e WHERE e.index_id = (x ->> 'id')::bigint) AS c),
       indexes AS (
         INSERT INTO dynamodb_index_usage (index_id, table_id, items, bytes) SELECT index_id, table_id, items, bytes FROM entries ORDER BY index_id
         ON CONFLICT (index_id) DO UPDATE SET items = excluded.items, bytes = excluded.bytes),
       gone AS (
         DELETE FROM dynamodb_index_usage u USING due d WHERE u.table_id = d.table_id AND NOT EXISTS (SELECT FROM entries e WHERE e.index_id = u.index_id))
       UPDATE dynamodb_usage u SET items = c.items, bytes = c.bytes, index_bytes = (SELECT coalesce(sum(e.bytes), 0) FROM entries e), counted_at = now()
         FROM (SELECT d.table_id, count(i.table_id) AS items, coalesce(sum(i.bytes), 0) AS bytes
                 FROM due d LEFT JOIN dynamodb_items i ON i.table_id = d.table_id GROUP BY d.table_id) AS c
        WHERE u.table_id = c.table_id RETURNING 1`,
      tableId === undefined ? [] : [tableId],
    );
    return counted.length > 0;
  }
}
