import { errorCode } from "@hearth/kit";
import type { ShardAppend } from "../kinesis/kinesisChunks.ts";
import { boundsOf, type DynamoRange } from "./dynamoRange.ts";
import { GET, GET_MANY, LOCK, OF_ITEM, PUT, WRITE, WRITE_WITH_RECORDS } from "./dynamoStatements.ts";
import type { Database } from "../postgres/database.ts";
import { Batcher } from "../postgres/batcher.ts";
import type { Connection, Transaction } from "../postgres/queryable.ts";

/** Where an item lies. */
export interface DynamoKey {
  /** The beginning of the hash of the partition key. */
  readonly place: number;
  /** Bytes whose order is that of the values. `range` is empty without a sort key. */
  readonly hash: Buffer;
  readonly range: Buffer;
}

export interface StoredDynamoItem extends DynamoKey {
  /** Changes with each write. */
  readonly version: string;
  /** As DynamoDB counts them. */
  readonly bytes: number;
  /** JSON. */
  readonly item: string;
}

/** An item of a secondary index. */
export interface DynamoIndexEntry {
  readonly indexId: string;
  readonly key: DynamoKey;
}

export interface NewDynamoIndexEntry extends DynamoIndexEntry {
  readonly item: string;
  readonly bytes: number;
}

/** A change of one item, which happens only if the item is as it was read. */
export interface DynamoWrite {
  readonly key: DynamoKey;
  /** The version that was read; "absent" when there was no item, "any" for a write that does not look at it. */
  readonly expected: string;
  /** Absent: the item is deleted. */
  readonly item?: string;
  readonly bytes?: number;
  /** Seconds since the epoch. */
  readonly expiresAt?: number | undefined;
  readonly removed: readonly DynamoIndexEntry[];
  readonly added: readonly NewDynamoIndexEntry[];
}

export interface DynamoItemKey extends DynamoKey {
  readonly tableId: string;
}

/** An item without its key, which whoever asked knows. */
export type DynamoItemState = Omit<StoredDynamoItem, keyof DynamoKey>;

const DIVISION_BY_ZERO = "22012";

interface WrittenRow {
  readonly at: number;
  readonly isNew: boolean;
}

/** The tables of items and of the items of indexes. */
export class DynamoItemStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async get(
    tableId: string,
    { place, hash, range }: DynamoKey,
    connection: Connection = this.#database,
  ): Promise<StoredDynamoItem | undefined> {
    const rows = await connection.prepared<StoredDynamoItem>(
      `SELECT place, hash, range, version::text, bytes, item FROM dynamodb_items WHERE ${OF_ITEM}`,
      [tableId, place, hash, range],
    );
    return rows[0];
  }

  /** Items of any tables, in one statement. Resolves with one for each key, in the same order. */
  async getMany(keys: readonly DynamoItemKey[]): Promise<readonly (DynamoItemState | undefined)[]> {
    const [only] = keys;
    if (only && keys.length === 1) {
      return [
        (await this.#database.prepared<DynamoItemState>(GET, [only.tableId, only.place, only.hash, only.range]))[0],
      ];
    }
    const given = keys.map((key, at) => ({ at, tableId: key.tableId, ...keyText(key) }));
    const rows = await this.#database.prepared<DynamoItemState & { readonly at: number }>(GET_MANY, [
      JSON.stringify(given),
    ]);
    const found: (DynamoItemState | undefined)[] = keys.map(() => undefined);
    for (const row of rows) found[row.at] = row;
    return found;
  }

  /** Locks the items in the transaction, in the order of their keys. Items that do not exist are left out. */
  async lock(tx: Transaction, tableId: string, keys: readonly DynamoKey[]): Promise<readonly StoredDynamoItem[]> {
    return await tx.query<StoredDynamoItem>(LOCK, [tableId, JSON.stringify(keys.map(keyText))]);
  }

  /**
   * Writes items of one table in one statement; no two may have the same key. Resolves with those that were written, by their
   * places in the list, and whether there was no such item before.
   */
  async write(
    connection: Connection,
    tableId: string,
    writes: readonly DynamoWrite[],
  ): Promise<ReadonlyMap<number, boolean>> {
    const isPut = writes.every(
      ({ expected, item, added, removed }) =>
        expected === "any" && item !== undefined && added.length + removed.length === 0,
    );
    const [given, ...entries] = writeValues(writes);
    const rows = await connection.prepared<WrittenRow>(isPut ? PUT : WRITE, [
      tableId,
      given,
      ...(isPut ? [] : entries),
    ]);
    return new Map(rows.map(({ at, isNew }) => [at, isNew]));
  }

  /**
   * As `write`, and appends records to a shard in the same statement. Resolves with `undefined`, having written nothing, when an item was not as it was read or
   * the shard was closed.
   */
  async writeWithRecords(
    tableId: string,
    writes: readonly DynamoWrite[],
    { streamId, shardNo, records, data }: ShardAppend,
  ): Promise<ReadonlyMap<number, boolean> | undefined> {
    try {
      const rows = await this.#database.prepared<WrittenRow>(WRITE_WITH_RECORDS, [
        ...[tableId, ...writeValues(writes)],
        ...[streamId, shardNo, records, data.byteLength, data, writes.length],
      ]);
      return rows.length === writes.length ? new Map(rows.map(({ at, isNew }) => [at, isNew])) : undefined;
    } catch (error) {
      if (errorCode(error) === DIVISION_BY_ZERO) return undefined;
      throw error;
    }
  }

  /** Items of one partition key in the order of their sort keys. */
  async query(
    tableId: string,
    { place, hash }: Pick<DynamoKey, "place" | "hash">,
    { from, to, limit, isDescending }: DynamoRange & { readonly limit: number; readonly isDescending: boolean },
  ): Promise<readonly StoredDynamoItem[]> {
    const values: unknown[] = [tableId, place, hash, limit];
    const bounds = boundsOf("range", { from, to }, values);
    const order = isDescending ? "DESC" : "ASC";
    return await this.#database.prepared<StoredDynamoItem>(
      `SELECT place, hash, range, version::text, bytes, item FROM dynamodb_items WHERE table_id = $1 AND place = $2 AND hash = $3${bounds} ORDER BY range ${order} LIMIT $4`,
      values,
    );
  }

  /** Items after a key, by place, of the places from `from` to `to`. */
  async scan(
    tableId: string,
    {
      from,
      to,
      after,
      limit,
    }: { readonly from: number; readonly to: number; readonly after: DynamoKey | undefined; readonly limit: number },
  ): Promise<readonly StoredDynamoItem[]> {
    const columns =
      "SELECT place, hash, range, version::text, bytes, item FROM dynamodb_items WHERE table_id = $1 AND place BETWEEN $2 AND $3";
    const order = "ORDER BY place, hash, range LIMIT $4";
    if (!after)
      return await this.#database.prepared<StoredDynamoItem>(`${columns} ${order}`, [tableId, from, to, limit]);
    return await this.#database.prepared<StoredDynamoItem>(
      `${columns} AND (place, hash, range) > ($5, $6, $7) ${order}`,
      [tableId, from, to, limit, after.place, after.hash, after.range],
    );
  }

  /** Items whose time to live ended before `epochSeconds`, earliest first. */
  async expired(tableId: string, epochSeconds: number, limit: number): Promise<readonly StoredDynamoItem[]> {
    return await this.#database.query<StoredDynamoItem>(
      `SELECT place, hash, range, version::text, bytes, item FROM dynamodb_items
        WHERE table_id = $1 AND expires_at IS NOT NULL AND expires_at < $2 ORDER BY expires_at LIMIT $3`,
      [tableId, epochSeconds, limit],
    );
  }

  /** Takes the time at which items expire anew from the attribute of that name, or from none. */
  async setExpiry(tableId: string, attribute: string | undefined): Promise<void> {
    const slices = 64;
    const width = 2 ** 32 / slices;
    for (let slice = 0; slice < slices; slice++) {
      const from = slice * width - 2 ** 31;
      await this.#database.query(
        attribute === undefined
          ? "UPDATE dynamodb_items SET expires_at = NULL WHERE table_id = $1 AND place BETWEEN $2 AND $3 AND expires_at IS NOT NULL"
          : `UPDATE dynamodb_items SET expires_at = (item::json -> $4 ->> 'N')::numeric::bigint
              WHERE table_id = $1 AND place BETWEEN $2 AND $3 AND (item::json -> $4 ->> 'N') ~ '^[0-9]{1,12}$'`,
        [tableId, from, from + width - 1, ...(attribute === undefined ? [] : [attribute])],
      );
    }
  }

  /** How many items a table has and their bytes. */
  async measure(tableId: string): Promise<{ readonly items: number; readonly bytes: number }> {
    const [row] = await this.#database.query<{ items: number; bytes: number }>(
      "SELECT count(*)::float8 AS items, coalesce(sum(bytes), 0)::float8 AS bytes FROM dynamodb_items WHERE table_id = $1",
      [tableId],
    );
    return row ?? { items: 0, bytes: 0 };
  }

  /** Deletes up to `limit` rows that belong to no table and to no index of one. Resolves with their number. */
  async collect(limit: number): Promise<number> {
    const [row] = await this.#database.query<{ count: number }>(
      `WITH known AS MATERIALIZED (
         SELECT (i ->> 'id')::bigint AS id FROM dynamodb_tables t, json_array_elements(t.definition -> 'indexes') AS i),
       items AS (
         DELETE FROM dynamodb_items WHERE ctid = ANY(ARRAY(
           SELECT i.ctid FROM dynamodb_items i WHERE NOT EXISTS (SELECT FROM dynamodb_tables t WHERE t.id = i.table_id) LIMIT $1)) RETURNING 1),
       entries AS (
         DELETE FROM dynamodb_index_items WHERE ctid = ANY(ARRAY(
           SELECT x.ctid FROM dynamodb_index_items x WHERE NOT EXISTS (SELECT FROM known WHERE known.id = x.index_id) LIMIT $1)) RETURNING 1)
       SELECT ((SELECT count(*) FROM items) + (SELECT count(*) FROM entries))::float8 AS count`,
      [limit],
    );
    return row?.count ?? 0;
  }
}

/** The values of `$2` to `$4`. */
function writeValues(writes: readonly DynamoWrite[]): [string, string, string] {
  const given = writes.map(({ key, expected, item, bytes, expiresAt }, at) => ({
    at,
    ...keyText(key),
    expected,
    item,
    bytes,
    expires: expiresAt,
  }));
  const entries = <Entry extends DynamoIndexEntry>(of: (write: DynamoWrite) => readonly Entry[]) =>
    writes.flatMap((write, at) =>
      of(write).map(({ indexId, key, ...rest }) => {
        const { place: itemPlace, hash: itemHash, range: itemRange } = keyText(write.key);
        return { at, indexId, ...keyText(key), itemPlace, itemHash, itemRange, ...rest };
      }),
    );
  return [
    JSON.stringify(given),
    JSON.stringify(entries(({ removed }) => removed)),
    JSON.stringify(entries(({ added }) => added)),
  ];
}

function keyText({ place, hash, range }: DynamoKey) {
  return { place, hash: hash.toString("hex"), range: range.toString("hex") };
}

/** A write that waits for its batch, with what else is written in its transaction. */
export interface QueuedDynamoWrite<More> {
  readonly write: DynamoWrite;
  readonly more: More;
}

/**
 * Writes of one table that arrive together share one statement and one commit. Those of the same item go one after the other. The result of a write is whether
 * the item is new, `undefined` when it was not written.
 */
export function dynamoWriter<More>(
  writeBatch: (batch: readonly QueuedDynamoWrite<More>[]) => Promise<readonly (boolean | undefined)[]>,
): Batcher<QueuedDynamoWrite<More>, boolean | undefined> {
  return new Batcher<QueuedDynamoWrite<More>, boolean | undefined>(
    { items: 200, weight: 8 * 1024 * 1024, weigh: ({ write }) => (write.bytes ?? 0) * (1 + write.added.length) },
    async (batch) => {
      const results = batch.map((): boolean | undefined => undefined);
      let left = batch.map((one, at) => ({ one, at }));
      while (left.length > 0) {
        const keys = new Set<string>();
        const now = left.filter(({ one: { write } }) => {
          // Two keys of the same bytes and another border between them have different lengths of their first part.
          const { hash, range } = write.key;
          return keys.size !== keys.add(`${hash.length}:${hash.toString("latin1")}${range.toString("latin1")}`).size;
        });
        const written = await writeBatch(now.map(({ one }) => one));
        now.forEach(({ at }, index) => (results[at] = written[index]));
        left = now.length === left.length ? [] : left.filter((one) => !now.includes(one));
      }
      return results;
    },
  );
}
