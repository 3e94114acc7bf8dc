import type { Clock } from "@hearth/kit";
import type { DynamoTableKey, DynamoTableStore } from "@hearth/store";
import { type Table, tableArn, type TableDefinition } from "./table.ts";

/** A change of a table in another process is seen after this time. */
export const FRESH_MS = 2_000;
const MAX_TABLES = 10_000;

interface Known {
  readonly table: Promise<Table | undefined>;
  /** Set when it was read. */
  found?: Table | undefined;
  readonly readAtMs: number;
}

/** Tables by name, kept in memory for a short time. */
export class TableDirectory {
  readonly #store: Pick<DynamoTableStore<TableDefinition>, "find">;
  readonly #clock: Clock;
  readonly #known = new Map<string, Known>();

  constructor(store: Pick<DynamoTableStore<TableDefinition>, "find">, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** The table, if it is in memory and need not be read again. */
  known(key: DynamoTableKey): Table | undefined {
    const known = this.#known.get(nameOf(key));
    return known && this.#clock.monotonicMs() - known.readAtMs < FRESH_MS ? known.found : undefined;
  }

  async find(key: DynamoTableKey): Promise<Table | undefined> {
    const name = nameOf(key);
    const nowMs = this.#clock.monotonicMs();
    const known = this.#known.get(name);
    if (known && nowMs - known.readAtMs < FRESH_MS) return await known.table;
    const table = this.#store.find(key).then((record) => record && { ...record, arn: tableArn(record) });
    if (this.#known.size >= MAX_TABLES) this.#known.clear();
    const entry: Known = { table, readAtMs: nowMs };
    this.#known.set(name, entry);
    const forget = (): void => {
      if (this.#known.get(name) === entry) this.#known.delete(name);
    };
    try {
      const found = await table;
      if (!found) forget();
      entry.found = found;
      return found;
    } catch (error) {
      forget();
      throw error;
    }
  }

  /** The table was changed: the next `find` reads it. */
  forget(key: DynamoTableKey): void {
    this.#known.delete(nameOf(key));
  }
}

function nameOf({ accountId, region, TableName }: DynamoTableKey): string {
  return `${accountId} ${region} ${TableName}`;
}
