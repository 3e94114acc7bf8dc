import {
  type BlindDynamoWrite,
  type Database,
  type DynamoItemStore,
  type DynamoTableKey,
  dynamoWriter,
  type QueuedDynamoWrite,
  type TableUsage,
} from "@hearth/store";
import type { Item } from "./attributeValue.ts";
import type { ChangeStreams } from "./changeStreams.ts";
import { hasSets } from "./storedItem.ts";
import type { Table } from "./table.ts";

export interface BlindWritesDeps {
  readonly database: Database;
  readonly items: DynamoItemStore;
  readonly changes: ChangeStreams;
  readonly find: (key: DynamoTableKey) => Promise<Table | undefined>;
  /** Runs `work` again while it fails for a reason that passes. */
  readonly persist: <Result>(work: () => Promise<Result>) => Promise<Result>;
}

/** What the record of a change says beside the item's images; absent for a table without a stream. */
type More = BlindDynamoWrite["event"] | undefined;
type Lane = ReturnType<typeof dynamoWriter<More, TableUsage>>;

/** With a stream the items before are read too, each of which may have 400 KB. */
const LIMITS = { plain: { items: 200 }, recorded: { items: 32, writesFirst: true } };
const MAX_LANES = 10_000;

/**
 * Puts and deletes that do not look at the item before: one statement writes those of a table that arrive together, and with a stream also the records of what
 * they change.
 */
export class BlindWrites {
  readonly #deps: BlindWritesDeps;
  readonly #lanes = new Map<string, Lane>();

  constructor(deps: BlindWritesDeps) {
    this.#deps = deps;
  }

  /** Whether the table takes such a write of an item; `undefined` deletes it. */
  takes(table: Table, after: Item | undefined): boolean {
    if (table.definition.indexes.length > 0) return false;
    if (!this.#deps.changes.hasStream(table)) return after !== undefined;
    // Whether two texts with sets say the same takes a look at both.
    return this.#deps.changes.takesBlindWrites(table) && !(after && hasSets(after));
  }

  /** Resolves with how the table grows, or with `undefined`, having written nothing, when the item has to be looked at. */
  async add(table: Table, key: Item, write: QueuedDynamoWrite<unknown>["write"]): Promise<TableUsage | undefined> {
    const isRecorded = this.#deps.changes.hasStream(table);
    const more = isRecorded ? this.#deps.changes.eventOf(key) : undefined;
    // With records, puts and deletes are different statements.
    const isDelete = isRecorded && write.item === undefined;
    return await this.#laneOf(table, isRecorded, `${table.id}:${isRecorded}:${isDelete}`).add({ write, more });
  }

  #laneOf({ accountId, region, TableName, id }: Table, isRecorded: boolean, name: string): Lane {
    const known = this.#lanes.get(name);
    if (known) return known;
    if (this.#lanes.size >= MAX_LANES) this.#lanes.clear();
    const { find, persist, changes } = this.#deps;
    const limits = isRecorded ? LIMITS.recorded : LIMITS.plain;
    const lane: Lane = dynamoWriter<More, TableUsage>(limits, async (batch) => {
      // As it is now: the batch may have waited.
      const table = await find({ accountId, region, TableName });
      const isSame = table?.id === id && table.definition.indexes.length === 0;
      if (!isSame || changes.hasStream(table) !== isRecorded) return batch.map(() => undefined);
      return await persist(async () => (isRecorded ? await this.#record(table, batch) : await this.#put(table, batch)));
    });
    this.#lanes.set(name, lane);
    return lane;
  }

  async #put(table: Table, batch: readonly QueuedDynamoWrite<More>[]): Promise<readonly (TableUsage | undefined)[]> {
    const writes = batch.map(({ write }) => write);
    const done = await this.#deps.items.write(this.#deps.database, table.id, writes);
    // An item that is replaced counts as one of the same size, until the table is counted.
    return writes.map(({ bytes = 0 }, at) => {
      const isNew = done.get(at) === true;
      return { items: isNew ? 1 : 0, bytes: isNew ? bytes : 0, indexBytes: 0 };
    });
  }

  async #record(table: Table, batch: readonly QueuedDynamoWrite<More>[]): Promise<readonly (TableUsage | undefined)[]> {
    const nothing = batch.map(() => undefined);
    const writes = batch.flatMap(({ write, more: event }) => (event ? [{ write, event }] : []));
    const keys = writes.map(({ write }) => write.key);
    const found = await this.#deps.changes.recordedIn(table, keys);
    if (!found) return nothing;
    const done = await this.#deps.items.writeBlindly(table.id, writes, found.recorded);
    if (!done) return nothing;
    found.announce();
    return writes.map(({ write: { item, bytes = 0 } }, at) => {
      const replaced = done[at]?.bytes;
      const items = (item === undefined ? 0 : 1) - (replaced === undefined ? 0 : 1);
      return { items, bytes: bytes - (replaced ?? 0), indexBytes: 0 };
    });
  }
}
