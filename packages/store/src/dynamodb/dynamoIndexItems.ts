import type { Database } from "../postgres/database.ts";
import type { DynamoKey } from "./dynamoWrite.ts";
import { boundsOf, type DynamoRange } from "./dynamoRange.ts";

/** An item as an index has it, with the place of the item itself. */
export interface StoredDynamoEntry extends DynamoKey {
  readonly itemPlace: number;
  readonly itemHash: Buffer;
  readonly itemRange: Buffer;
  readonly bytes: number;
  readonly item: string;
}

const ENTRY_COLUMNS = `place, hash, range, item_place AS "itemPlace", item_hash AS "itemHash", item_range AS "itemRange", bytes, item`;

/** Where an entry of an index lies. */
export type StoredDynamoPlace = Omit<StoredDynamoEntry, "bytes" | "item">;

/** The items of secondary indexes, for reading. */
export class DynamoIndexStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Items of one partition key of the index in the order of their sort keys, after `after` where there is one. */
  async query(
    indexId: string,
    { place, hash }: Pick<DynamoKey, "place" | "hash">,
    {
      from,
      to,
      after,
      limit,
      isDescending,
    }: DynamoRange & {
      readonly after: StoredDynamoPlace | undefined;
      readonly limit: number;
      readonly isDescending: boolean;
    },
  ): Promise<readonly StoredDynamoEntry[]> {
    const values: unknown[] = [indexId, place, hash, limit];
    const bounds = boundsOf("range", { from, to }, values);
    const [order, beyond] = isDescending ? ["DESC", "<"] : ["ASC", ">"];
    let cursor = "";
    if (after) {
      const at = values.push(after.range, after.itemPlace, after.itemHash, after.itemRange) - 3;
      cursor = ` AND (range, item_place, item_hash, item_range) ${beyond} ($${at}, $${at + 1}, $${at + 2}, $${at + 3})`;
    }
    return await this.#database.prepared<StoredDynamoEntry>(
      `SELECT ${ENTRY_COLUMNS} FROM dynamodb_index_items WHERE index_id = $1 AND place = $2 AND hash = $3${bounds}${cursor}
        ORDER BY range ${order}, item_place ${order}, item_hash ${order}, item_range ${order} LIMIT $4`,
      values,
    );
  }

  async scan(
    indexId: string,
    {
      from,
      to,
      after,
      limit,
    }: {
      readonly from: number;
      readonly to: number;
      readonly after: StoredDynamoPlace | undefined;
      readonly limit: number;
    },
  ): Promise<readonly StoredDynamoEntry[]> {
    const values: unknown[] = [indexId, from, to, limit];
    let cursor = "";
    if (after) {
      values.push(after.place, after.hash, after.range, after.itemPlace, after.itemHash, after.itemRange);
      cursor = " AND (place, hash, range, item_place, item_hash, item_range) > ($5, $6, $7, $8, $9, $10)";
    }
    return await this.#database.prepared<StoredDynamoEntry>(
      `SELECT ${ENTRY_COLUMNS} FROM dynamodb_index_items WHERE index_id = $1 AND place BETWEEN $2 AND $3${cursor}
        ORDER BY place, hash, range, item_place, item_hash, item_range LIMIT $4`,
      values,
    );
  }
}
