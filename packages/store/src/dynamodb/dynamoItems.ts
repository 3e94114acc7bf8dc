import { errorCode, type Logger } from "@hearth/kit";
import type { ShardAppend, ShardPlace } from "../kinesis/kinesisChunks.ts";
import { boundsOf, type DynamoRange } from "./dynamoRange.ts";
import { GET, GET_MANY, LOCK, OF_ITEM, PUT, PUT_WITH_RECORDS, WRITE, WRITE_WITH_RECORDS } from "./dynamoStatements.ts";
import type { Database } from "../postgres/database.ts";
import type { Connection, Transaction } from "../postgres/queryable.ts";
import { TableStatistics } from "../postgres/tableStatistics.ts";

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

/** A write that does not look at the item, without entries of indexes; and what the record of the change says beside the item's images. */
export interface BlindDynamoWrite {
  readonly write: DynamoWrite;
  readonly event: {
    readonly id: string;
    /** JSON of the key's attributes. */
    readonly keys: string;
    /** As DynamoDB counts them. */
    readonly keyBytes: number;
  };
}

/** Where the records of changes go, and what they say. */
export interface RecordedIn {
  readonly place: ShardPlace;
  /** Seconds since the epoch. */
  readonly at: number;
  readonly hasNewImage: boolean;
  readonly hasOldImage: boolean;
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
  readonly #items: TableStatistics;
  readonly #entries: TableStatistics;

  constructor(database: Database, logger?: Logger) {
    this.#database = database;
    this.#items = new TableStatistics(database, "dynamodb_items", logger);
    this.#entries = new TableStatistics(database, "dynamodb_index_items", logger);
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
    const rows = isPut
      ? await connection.prepared<WrittenRow>(PUT, [tableId, givenText(writes)])
      : await connection.prepared<WrittenRow>(WRITE, [tableId, ...writeValues(writes)]);
    return this.#counted(rows, writes);
  }

  /** Which writes were done, and whether there was no such item before. */
  #counted(rows: readonly WrittenRow[], writes: readonly DynamoWrite[]): ReadonlyMap<number, boolean> {
    let items = 0;
    let entries = 0;
    const written = new Map<number, boolean>();
    for (const { at, isNew } of rows) {
      written.set(at, isNew);
      if (isNew) items++;
      entries += writes[at]?.added.length ?? 0;
    }
    this.#items.inserted(items);
    this.#entries.inserted(entries);
    return written;
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
    const rows = await this.#wholly<WrittenRow>(WRITE_WITH_RECORDS, [
      ...[tableId, ...writeValues(writes)],
      ...[streamId, shardNo, records, data.byteLength, data, writes.length],
    ]);
    return rows?.length === writes.length ? this.#counted(rows, writes) : undefined;
  }

  /**
   * Writes items of one table that were not looked at, and a record of each change, in one statement; no two may have the same key. Resolves with the bytes of
   * the items that were there before; with `undefined`, having written nothing, when that cannot be done without a look at them.
   */
  async writeBlindly(
    tableId: string,
    writes: readonly BlindDynamoWrite[],
    { place, at: seconds, hasNewImage, hasOldImage }: RecordedIn,
  ): Promise<readonly (number | undefined)[] | undefined> {
    const given = writes.map(({ write, event }, at) => ({ at, write, event, key: keyText(write.key) }));
    const texts = given
      .toSorted((one, other) => byKey(one.key, other.key))
      .map(
        ({ at, write, event: { id, keys, keyBytes }, key }) =>
          `{${givenMembers(at, key, write)},"event":"${id}","keys":${jsonOrText(keys)},"keyBytes":${keyBytes}}`,
      );
    const rows = await this.#wholly<{ readonly at: number; readonly oldBytes: number | null }>(PUT_WITH_RECORDS, [
      ...[tableId, `[${texts.join(",")}]`, place.streamId, place.shardNo],
      ...[seconds, hasNewImage, hasOldImage],
    ]);
    if (!rows) return undefined;
    const found: (number | undefined)[] = writes.map(() => undefined);
    for (const { at, oldBytes } of rows) found[at] = oldBytes ?? undefined;
    this.#items.inserted(found.filter((old, at) => old === undefined && writes[at]?.write.item !== undefined).length);
    return found;
  }

  /** The rows of a statement that divides by zero when it is to write nothing; `undefined` then. */
  async #wholly<Row extends object>(sql: string, values: readonly unknown[]): Promise<readonly Row[] | undefined> {
    try {
      return await this.#database.prepared<Row>(sql, values);
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

  /** Items whose time to live ended in a period, in seconds since the epoch; earliest first. */
  async expired(
    tableId: string,
    { since, before }: { readonly since: number; readonly before: number },
    limit: number,
  ): Promise<readonly StoredDynamoItem[]> {
    return await this.#database.query<StoredDynamoItem>(
      `SELECT place, hash, range, version::text, bytes, item FROM dynamodb_items
        WHERE table_id = $1 AND expires_at >= $2 AND expires_at < $3 ORDER BY expires_at LIMIT $4`,
      [tableId, since, before, limit],
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

/**
 * The value of `$2`: JSON with the items as they are, not as texts, of which PostgreSQL makes the same text again: each character would be looked at and escaped
 * once more here, and read back there.
 */
function givenText(writes: readonly DynamoWrite[]): string {
  const texts = writes.map(
    (write, at) => `{${givenMembers(at, keyText(write.key), write)},"expected":"${write.expected}"}`,
  );
  return `[${texts.join(",")}]`;
}

function givenMembers(at: number, { place, hash, range }: KeyText, { item, bytes, expiresAt }: DynamoWrite): string {
  const written = item === undefined ? "" : `,"item":${jsonOrText(item)},"bytes":${bytes ?? null}`;
  const expires = expiresAt === undefined ? "" : `,"expires":${expiresAt}`;
  return `"at":${at},"place":${place},"hash":"${hash}","range":"${range}"${written}${expires}`;
}

/** PostgreSQL refuses the escapes of some characters in JSON (`\u0000`), so JSON with any such escape is given as a text. */
function jsonOrText(json: string): string {
  return json.includes("\\u") ? JSON.stringify(json) : json;
}

/** The values of `$2` to `$4`. */
function writeValues(writes: readonly DynamoWrite[]): [string, string, string] {
  const entries = <Entry extends DynamoIndexEntry>(of: (write: DynamoWrite) => readonly Entry[]) =>
    writes.flatMap((write, at) =>
      of(write).map(({ indexId, key, ...rest }) => {
        const { place: itemPlace, hash: itemHash, range: itemRange } = keyText(write.key);
        return { at, indexId, ...keyText(key), itemPlace, itemHash, itemRange, ...rest };
      }),
    );
  return [
    givenText(writes),
    JSON.stringify(entries(({ removed }) => removed)),
    JSON.stringify(entries(({ added }) => added)),
  ];
}

/** In which all statements lock several items. */
function byKey(a: KeyText, b: KeyText): number {
  if (a.place !== b.place) return a.place - b.place;
  if (a.hash !== b.hash) return a.hash < b.hash ? -1 : 1;
  return a.range < b.range ? -1 : 1;
}

type KeyText = ReturnType<typeof keyText>;

function keyText({ place, hash, range }: DynamoKey) {
  return { place, hash: hash.toString("hex"), range: range.toString("hex") };
}
