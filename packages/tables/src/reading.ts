import type { DynamoKey, DynamoRange, StoredDynamoEntry, StoredDynamoItem, StoredDynamoPlace } from "@hearth/store";
import { type AttributeValue, type Item } from "./attributeValue.ts";
import type { RangeCondition } from "./expressions/keyCondition.ts";
import { keyBytes, placeOf, storedKey } from "./keys.ts";
import { ReadItem } from "./readItem.ts";
import { type IndexDefinition, keyNames, type Table } from "./table.ts";
import type { Tables } from "./tables.ts";

/** A page of Query and Scan evaluates at most this much. */
const MAX_PAGE_BYTES = 1024 * 1024;
/** A filter that takes long ends its page, so that one request does not take more of the process than this. */
const MAX_PAGE_MS = 1_000;
/** After so long a filter lets everything else go on. */
const SLICE_MS = 5;
const EMPTY = Buffer.alloc(0);
const FIRST_ROWS = 64;
const MAX_ROWS = 2_000;

export interface Page {
  /** The items that pass the filter. */
  readonly items: readonly ReadItem[];
  /** Items that were evaluated, and their bytes. */
  readonly scanned: number;
  readonly bytes: number;
  /** Where the next page begins; absent at the end. */
  readonly lastKey?: Item;
}

export interface ReadRequest {
  readonly index?: IndexDefinition | undefined;
  /** Limit of evaluated items. */
  readonly limit?: number | undefined;
  readonly after?: Item | undefined;
  readonly filter?: ((item: Item) => boolean) | undefined;
}

export interface QueryRequest extends ReadRequest {
  readonly hash: AttributeValue;
  readonly range?: RangeCondition | undefined;
  readonly isDescending: boolean;
}

export interface ScanRequest extends ReadRequest {
  readonly segment?: { readonly at: number; readonly of: number } | undefined;
}

interface Row {
  readonly item: ReadItem;
  readonly key: DynamoKey;
  readonly entry?: StoredDynamoEntry;
}

/** Reads the items of one partition key. The key values and `after` were checked. */
export async function query(tables: Tables, table: Table, request: QueryRequest): Promise<Page> {
  const { index, hash, range, isDescending } = request;
  const hashBytes = keyBytes(hash);
  const where = { place: placeOf(hashBytes), hash: hashBytes };
  if (index) {
    const bounds = range ? boundsOf(range) : {};
    return await readPage(tables, table, request, async (last, limit) => {
      const after = last?.entry ?? entryOf(table, index, request.after);
      const rows = await tables.indexItems.query(index.id, where, { ...bounds, after, limit, isDescending });
      return rows.map(rowOfEntry);
    });
  }
  const only = request.after ? undefined : wholeKey(table, range);
  if (only) return pageOf(await tables.read(table, { ...where, range: only }), table, request);
  const bounds = range ? boundsOf(range) : {};
  return await readPage(tables, table, request, async (last, limit) => {
    const after = last?.key ?? (request.after && storedKey(table.definition.key, request.after));
    const rows = await tables.reads.query({
      tableId: table.id,
      ...where,
      ...narrowed(bounds, after?.range, isDescending),
      limit,
      isDescending,
    });
    return rows.map((row) => ({ item: new ReadItem(row), key: { ...where, range: row.range } }));
  });
}

/** The sort key of the one item that a query can find; `undefined` where it can find several. Such a query reads as GetItem does. */
function wholeKey({ definition }: Table, range: RangeCondition | undefined): Buffer | undefined {
  if (!definition.key.range) return EMPTY;
  return range?.by === "=" ? keyBytes(range.value) : undefined;
}

/** Reads items of a table or index in the order of their places. */
export async function scan(tables: Tables, table: Table, request: ScanRequest): Promise<Page> {
  const { index, segment = { at: 0, of: 1 } } = request;
  const width = 2 ** 32 / segment.of;
  const from = Math.ceil(segment.at * width) - 2 ** 31;
  const to = Math.ceil((segment.at + 1) * width) - 2 ** 31 - 1;
  if (index) {
    return await readPage(tables, table, request, async (last, limit) => {
      const after = last?.entry ?? entryOf(table, index, request.after);
      return (await tables.indexItems.scan(index.id, { from, to, after, limit })).map(rowOfEntry);
    });
  }
  return await readPage(tables, table, request, async (last, limit) => {
    const after = last?.key ?? (request.after && storedKey(table.definition.key, request.after));
    const rows = await tables.items.scan(table.id, { from, to, after, limit });
    return rows.map(rowOfItem);
  });
}

/** The page of the one item that a query can find. */
function pageOf(item: ReadItem | undefined, table: Table, { limit, filter }: ReadRequest): Page {
  if (!item) return { items: [], scanned: 0, bytes: 0 };
  const page = { items: !filter || filter(item.item) ? [item] : [], scanned: 1, bytes: item.bytes };
  return limit === 1 ? { ...page, lastKey: keyOf(table, undefined, item.item) } : page;
}

async function readPage(
  tables: Tables,
  table: Table,
  { index, limit = Number.POSITIVE_INFINITY, filter }: ReadRequest,
  read: (last: Row | undefined, limit: number) => Promise<readonly Row[]>,
): Promise<Page> {
  const items: ReadItem[] = [];
  let scanned = 0;
  let bytes = 0;
  let last: Row | undefined;
  let endMs = tables.monotonicMs() + MAX_PAGE_MS;
  for (let rows = Math.min(limit, FIRST_ROWS); ;) {
    const found = await read(last, rows);
    let sliceEndMs = tables.monotonicMs() + SLICE_MS;
    for (const row of found) {
      const { item } = row;
      scanned++;
      bytes += item.bytes;
      last = row;
      if (!filter || filter(item.item)) items.push(item);
      const nowMs = tables.monotonicMs();
      if (scanned >= limit || bytes >= MAX_PAGE_BYTES || nowMs > endMs)
        return { items, scanned, bytes, lastKey: keyOf(table, index, item.item) };
      if (!filter || nowMs < sliceEndMs) continue;
      await tables.evaluationTurns.next();
      const resumedMs = tables.monotonicMs();
      endMs += resumedMs - nowMs;
      sliceEndMs = resumedMs + SLICE_MS;
    }
    if (found.length < rows) return { items, scanned, bytes };
    const fitting = Math.ceil((MAX_PAGE_BYTES - bytes) / Math.max(1, bytes / scanned)) + 1;
    rows = Math.max(1, Math.min(limit - scanned, fitting, MAX_ROWS));
  }
}

/** What a client names an item of a table or index by. */
function keyOf({ definition }: Table, index: IndexDefinition | undefined, item: Item): Item {
  const names = [...keyNames(definition.key), ...(index ? keyNames(index.key) : [])];
  return Object.fromEntries(names.flatMap((name) => (item[name] ? [[name, item[name]]] : [])));
}

function rowOfEntry(entry: StoredDynamoEntry): Row {
  return { item: new ReadItem(entry), key: entry, entry };
}

function rowOfItem(stored: StoredDynamoItem): Row {
  return { item: new ReadItem(stored), key: stored };
}

/** The entry of an index whose item has these keys. */
function entryOf(table: Table, index: IndexDefinition, after: Item | undefined): StoredDynamoPlace | undefined {
  if (!after) return undefined;
  const item = storedKey(table.definition.key, after);
  return {
    ...storedKey(index.key, after),
    itemPlace: item.place,
    itemHash: item.hash,
    itemRange: item.range,
  };
}

function boundsOf(range: RangeCondition): DynamoRange {
  if (range.by === "between") {
    return {
      from: { key: keyBytes(range.from), isInclusive: true },
      to: { key: keyBytes(range.to), isInclusive: true },
    };
  }
  if (range.by === "beginsWith") {
    const prefix = keyBytes(range.prefix);
    const end = successor(prefix);
    return { from: { key: prefix, isInclusive: true }, ...(end && { to: { key: end, isInclusive: false } }) };
  }
  const bound = { key: keyBytes(range.value), isInclusive: range.by !== "<" && range.by !== ">" };
  if (range.by === "=") return { from: bound, to: bound };
  return range.by.startsWith("<") ? { to: bound } : { from: bound };
}

/** The first bytes after all that begin with `prefix`; `undefined` when there are none. */
function successor(prefix: Buffer): Buffer | undefined {
  for (let at = prefix.length - 1; at >= 0; at--) {
    const byte = prefix[at] as number;
    if (byte < 0xff) return Buffer.concat([prefix.subarray(0, at), Buffer.from([byte + 1])]);
  }
  return undefined;
}

/** The bounds, beginning after the sort key of the last item. */
function narrowed({ from, to }: DynamoRange, after: Buffer | undefined, isDescending: boolean): DynamoRange {
  if (!after) return { from, to };
  const bound = { key: after, isInclusive: false };
  if (isDescending) return { from, to: to && Buffer.compare(to.key, after) < 0 ? to : bound };
  return { from: from && Buffer.compare(from.key, after) > 0 ? from : bound, to };
}
