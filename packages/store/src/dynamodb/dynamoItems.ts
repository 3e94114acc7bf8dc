import { errorCode, type Logger } from "@hearth/kit";
import type { ShardAppend } from "../kinesis/kinesisChunks.ts";
import { putItems, RecordedWrites } from "./blindWrites.ts";
import { boundsOf, type DynamoRange } from "./dynamoRange.ts";
import { GET, GET_MANY, LOCK, OF_ITEM, WRITE, WRITE_WITH_RECORDS } from "./dynamoStatements.ts";
import type {
  BlindDynamoWrite,
  DynamoIndexEntry,
  DynamoKey,
  DynamoWrite,
  RecordedIn,
  Replaced,
} from "./dynamoWrite.ts";
import type { Database } from "../postgres/database.ts";
import type { Connection, Transaction } from "../postgres/queryable.ts";
import { TableStatistics } from "../postgres/tableStatistics.ts";

export interface StoredDynamoItem extends DynamoKey {
  /** Changes with each write. */
  readonly version: string;
  /** As DynamoDB counts them. */
  readonly bytes: number;
  /** JSON. */
  readonly item: string;
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
  readonly #recorded: RecordedWrites;
  readonly #items: TableStatistics;
  readonly #entries: TableStatistics;

  constructor(database: Database, logger?: Logger) {
    this.#database = database;
    this.#recorded = new RecordedWrites(database);
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
      ? (await putItems(connection, tableId, writes)).map((isNew, at) => ({ at, isNew }))
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
    const values = [tableId, ...writeValues(writes), streamId, shardNo, records, data.byteLength, data, writes.length];
    try {
      const rows = await this.#database.prepared<WrittenRow>(WRITE_WITH_RECORDS, values);
      return rows.length === writes.length ? this.#counted(rows, writes) : undefined;
    } catch (error) {
      if (errorCode(error) === DIVISION_BY_ZERO) return undefined;
      throw error;
    }
  }

  /** As `RecordedWrites.write`. */
  async writeBlindly(
    tableId: string,
    writes: readonly BlindDynamoWrite[],
    recorded: RecordedIn,
  ): Promise<readonly Replaced[] | undefined> {
    const found = await this.#recorded.write(tableId, writes, recorded);
    const isNew = ({ bytes }: Replaced, at: number): boolean =>
      bytes === undefined && writes[at]?.write.item !== undefined;
    this.#items.inserted(found?.filter(isNew).length ?? 0);
    return found;
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

type KeyText = ReturnType<typeof keyText>;

function keyText({ place, hash, range }: DynamoKey) {
  return { place, hash: hash.toString("hex"), range: range.toString("hex") };
}
