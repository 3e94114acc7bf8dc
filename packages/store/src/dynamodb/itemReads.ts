import type { Clock } from "@hearth/kit";
import type { Database } from "../postgres/database.ts";
import { POSTPONED, ReadBatcher } from "../postgres/readBatcher.ts";
import type { DynamoItemKey, DynamoItemState, DynamoItemStore } from "./dynamoItems.ts";
import type { DynamoRange } from "./dynamoRange.ts";
import { GET_ITEMS, QUERY_PARTS } from "./readStatements.ts";

/** A part of the items of one partition key. */
export interface DynamoPart extends DynamoRange {
  readonly tableId: string;
  readonly place: number;
  readonly hash: Buffer;
  readonly limit: number;
  readonly isDescending: boolean;
}

export interface DynamoPartItem {
  readonly range: Buffer;
  /** As DynamoDB counts them. */
  readonly bytes: number;
  /** JSON. */
  readonly item: string;
}

const ITEMS = { items: 32, parallel: 4 };
const PARTS = { items: 16, parallel: 4 };
/** A query for more items takes too long for others to wait for it. */
const MAX_SHARED_ROWS = 64;
const ZERO_BYTE = Buffer.alloc(1);

/**
 * Reads of items of any accounts, of which those that come at the same time share a statement. A read sees everything that was committed before it was asked for.
 * What one statement returns is bounded; the rest is read by the next ones.
 */
export class DynamoItemReads {
  readonly #items: ReadBatcher<DynamoItemKey, DynamoItemState | undefined>;
  readonly #ascending: ReadBatcher<DynamoPart, readonly DynamoPartItem[]>;
  readonly #descending: ReadBatcher<DynamoPart, readonly DynamoPartItem[]>;
  readonly #store: DynamoItemStore;

  constructor(
    { database, clock }: { readonly database: Database; readonly clock: Pick<Clock, "after" | "monotonicMs"> },
    store: DynamoItemStore,
  ) {
    this.#store = store;
    const tableOf = ({ tableId }: { readonly tableId: string }): string => tableId;
    const queries = (statement: string): ReadBatcher<DynamoPart, readonly DynamoPartItem[]> =>
      new ReadBatcher<DynamoPart, readonly DynamoPartItem[]>(
        PARTS,
        clock,
        async (parts) => {
          const [only] = parts;
          if (only && parts.length === 1) return [await store.query(only.tableId, only, only)];
          return await queryParts(database, statement, parts);
        },
        tableOf,
      );
    this.#items = new ReadBatcher<DynamoItemKey, DynamoItemState | undefined>(
      ITEMS,
      clock,
      async (keys) => {
        return keys.length === 1 ? await store.getMany(keys) : await getItems(database, keys);
      },
      tableOf,
    );
    this.#ascending = queries(QUERY_PARTS.ascending);
    this.#descending = queries(QUERY_PARTS.descending);
  }

  get(key: DynamoItemKey): Promise<DynamoItemState | undefined> {
    return this.#items.add(key);
  }

  /**
   * The items of the part in the order of their sort keys, up to `limit`. They may be fewer where they are large: those that are there have a megabyte
   * together then.
   */
  async query(part: DynamoPart): Promise<readonly DynamoPartItem[]> {
    if (part.limit > MAX_SHARED_ROWS) return await this.#store.query(part.tableId, part, part);
    return await (part.isDescending ? this.#descending : this.#ascending).add(part);
  }
}

type Found<Row> = Row & { readonly at: number };
/** `item` is left out beyond the limit of a statement. */
type Bounded<Row extends { readonly item: string }> = Found<Omit<Row, "item">> & { readonly item: string | null };

async function getItems(
  database: Database,
  keys: readonly DynamoItemKey[],
): Promise<readonly (DynamoItemState | undefined | typeof POSTPONED)[]> {
  const given = keys.map(({ tableId, place, hash, range }, at) => ({
    at,
    tableId,
    place,
    hash: hash.toString("hex"),
    range: range.toString("hex"),
  }));
  const rows = await database.prepared<Bounded<DynamoItemState>>(GET_ITEMS, [JSON.stringify(given)]);
  const found: (DynamoItemState | undefined | typeof POSTPONED)[] = keys.map(() => undefined);
  for (const row of rows) found[row.at] = row.item === null ? POSTPONED : (row as Found<DynamoItemState>);
  return found;
}

async function queryParts(
  database: Database,
  statement: string,
  parts: readonly DynamoPart[],
): Promise<readonly (readonly DynamoPartItem[] | typeof POSTPONED)[]> {
  const given = parts.map(({ tableId, place, hash, from, to, limit }, at) => ({
    at,
    tableId,
    place,
    hash: hash.toString("hex"),
    from: from ? (from.isInclusive ? from.key : next(from.key)).toString("hex") : "",
    to: to && (to.isInclusive ? next(to.key) : to.key).toString("hex"),
    limit,
  }));
  const rows = await database.prepared<Bounded<DynamoPartItem>>(statement, [JSON.stringify(given)]);
  const found: (DynamoPartItem[] | typeof POSTPONED)[] = parts.map(() => []);
  for (const row of rows) {
    const items = found[row.at];
    if (row.item === null) found[row.at] = POSTPONED;
    else if (items !== undefined && items !== POSTPONED) items.push(row as Found<DynamoPartItem>);
  }
  return found;
}

/** The first bytes after `key`. */
function next(key: Buffer): Buffer {
  return Buffer.concat([key, ZERO_BYTE]);
}
