import { errorCode } from "@hearth/kit";
import type { Database } from "../postgres/database.ts";
import type { Connection } from "../postgres/queryable.ts";
import { arrayOf, arrayOfBytes } from "./arrays.ts";
import { DELETE_WITH_RECORDS, PUT, PUT_WITH_RECORDS } from "./blindStatements.ts";
import { encodeGiven } from "./changeChunk.ts";
import type { BlindDynamoWrite, DynamoKey, DynamoWrite, RecordedIn, Replaced } from "./dynamoWrite.ts";

type Put = Pick<DynamoWrite, "key" | "item" | "bytes" | "expiresAt">;

/** The first version of PostgreSQL whose INSERT returns what it replaces. */
export const RETURNS_OLD = 180_000;
const DIVISION_BY_ZERO = "22012";

/** Puts items of one table, whatever there was. Resolves with whether each is new. */
export async function putItems(connection: Connection, tableId: string, writes: readonly Put[]): Promise<boolean[]> {
  const texts = writes.map(({ item = "" }) => Buffer.from(item));
  let start = 0;
  const items = texts.map(({ length }) => ({ start: (start += length) - length, length }));
  const values = [tableId, ...keyValues(writes), Buffer.concat(texts, start), ...itemValues(writes, items)];
  return (await connection.prepared<{ readonly isNew: boolean }>(PUT, values)).map(({ isNew }) => isNew);
}

/** Puts and deletes items of one table that were not looked at, with a record of each change. */
export class RecordedWrites {
  readonly #database: Database;
  #returnsOld: Promise<boolean> | undefined;

  /** `returnsOld`: whether an INSERT can return what it replaces; PostgreSQL is asked where it is absent. */
  constructor(database: Database, returnsOld?: boolean) {
    this.#database = database;
    if (returnsOld !== undefined) this.#returnsOld = Promise.resolve(returnsOld);
  }

  /**
   * Writes are all puts, or all deletes; no two may have the same key. Resolves with what each has replaced; with `undefined`, having written nothing, when an item
   * has to be looked at or the shard was closed.
   */
  async write(
    tableId: string,
    writes: readonly BlindDynamoWrite[],
    recorded: RecordedIn,
  ): Promise<readonly Replaced[] | undefined> {
    const ordered = writes.map((one, at) => ({ ...one, at })).toSorted((a, b) => byKey(a.write.key, b.write.key));
    const { data, beginning, items } = encodeGiven(ordered, recorded);
    const inOrder = ordered.map(({ write }) => write);
    const { streamId, shardNo } = recorded.place;
    const values = [tableId, ...keyValues(inOrder), data, beginning, recorded.hasOldImage, streamId, shardNo];
    try {
      const isDelete = writes[0]?.write.item === undefined;
      const [row] = isDelete
        ? await this.#database.prepared<ReplacedRow>(DELETE_WITH_RECORDS, values)
        : await this.#database.prepared<ReplacedRow>(await this.#put(), [...values, ...itemValues(inOrder, items)]);
      const found: Replaced[] = writes.map(() => ({ bytes: undefined }));
      ordered.forEach(({ at }, index) => (found[at] = { bytes: row?.olds[index] ?? undefined }));
      return found;
    } catch (error) {
      if (errorCode(error) === DIVISION_BY_ZERO) return undefined;
      throw error;
    }
  }

  async #put(): Promise<string> {
    this.#returnsOld ??= this.#asksVersion();
    return (await this.#returnsOld) ? PUT_WITH_RECORDS.returning : PUT_WITH_RECORDS.locking;
  }

  async #asksVersion(): Promise<boolean> {
    try {
      const [row] = await this.#database.query<{ readonly returnsOld: boolean }>(
        `SELECT current_setting('server_version_num')::integer >= ${RETURNS_OLD} AS "returnsOld"`,
      );
      return row?.returnsOld === true;
    } catch (error) {
      this.#returnsOld = undefined;
      throw error;
    }
  }
}

interface ReplacedRow {
  readonly olds: readonly (number | null)[];
}

/** $2 to $4 of the statements. */
function keyValues(writes: readonly Pick<DynamoWrite, "key">[]): [string, string, string] {
  const keys = writes.map(({ key }) => key);
  return [
    arrayOf(keys.map(({ place }) => place)),
    arrayOfBytes(keys.map(({ hash }) => hash)),
    arrayOfBytes(keys.map(({ range }) => range)),
  ];
}

/** The last four parameters of puts. PostgreSQL counts places from 1. */
function itemValues(
  writes: readonly Pick<DynamoWrite, "bytes" | "expiresAt">[],
  items: readonly { readonly start: number; readonly length: number }[],
): string[] {
  return [
    arrayOf(items.map(({ start }) => start + 1)),
    arrayOf(items.map(({ length }) => length)),
    arrayOf(writes.map(({ bytes }) => bytes ?? null)),
    arrayOf(writes.map(({ expiresAt }) => expiresAt ?? null)),
  ];
}

/** The order in which all statements lock several items. */
function byKey(a: DynamoKey, b: DynamoKey): number {
  return a.place - b.place || Buffer.compare(a.hash, b.hash) || Buffer.compare(a.range, b.range);
}
