import { backoffMs, type Clock, type Logger, type Random } from "@hearth/kit";
import { ServiceException, ValidationException } from "@hearth/model";
import {
  type Database,
  DynamoIndexStore,
  DynamoItemReads,
  DynamoItemStore,
  type DynamoKey,
  type DynamoTableKey,
  DynamoTableStore,
  DynamoTokenStore,
  DynamoUsageStore,
  type DynamoWrite,
  dynamoWriter,
  isSerializationFailure,
  type TableUsage,
  type QueuedDynamoWrite,
  type Transaction,
} from "@hearth/store";
import { ShardsReplaced, type Streams } from "@hearth/streams";
import type { Item } from "./attributeValue.ts";
import { BlindWrites } from "./blindWrites.ts";
import type { Change, StoredImage } from "./changeRecord.ts";
import { ChangeStreams } from "./changeStreams.ts";
import { EvaluationTurns } from "./evaluationTurns.ts";
import { type IndexChanges, indexChanges } from "./indexChanges.ts";
import { ItemCollections } from "./itemCollections.ts";
import { itemBytes, MAX_ITEM_BYTES } from "./itemSize.ts";
import { ItemTurns } from "./itemTurns.ts";
import { ReadItem } from "./readItem.ts";
import { decodeItem, encodeItem } from "./storedItem.ts";
import type { Table, TableDefinition } from "./table.ts";
import { TableDirectory } from "./tableDirectory.ts";
import { itemName, storedKey } from "./keys.ts";
import { UsageCounter } from "./usageCounter.ts";

export interface TablesDeps {
  readonly database: Database;
  readonly streams: Streams;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** How large the items of one partition key can become in a table with local secondary indexes; AWS's limit when it is absent. */
  readonly maxCollectionBytes?: number;
}

/** What becomes of an item: its new state, `undefined` when it is deleted. Throws to leave it as it is. */
export type Decide = (before: Item | undefined) => Item | undefined;

export interface WriteOptions {
  /** The item is not read before: for a put or a delete without a condition, whose answer does not need the old item. */
  readonly isBlind?: boolean;
  readonly isByTimeToLive?: boolean;
  /** Entries of indexes are written also where the item stays as it is. */
  readonly fillsIndexes?: boolean;
}

export interface Written {
  readonly before: Item | undefined;
  readonly after: Item | undefined;
}

/** A change before it is written. */
export interface PlannedChange extends Omit<Change, "stored"> {
  /** `before` as it is stored. */
  readonly image: StoredImage | undefined;
  readonly fillsIndexes?: boolean;
}

/** A write that waits for its batch. */
export interface Pending {
  readonly change: Change;
  readonly usage: TableUsage;
}

/** How often a write follows others of the same item, which come from other processes. */
const MAX_ATTEMPTS = 50;
const RETRY = { baseMs: 1, maxMs: 100 };

/**
 * The tables of DynamoDB below its API. An item is read, the caller decides what becomes of it, and it is written if it is still as it was read; otherwise
 * it is read again. So a condition and a write are one step, and no lock is held while a caller's expression is evaluated.
 */
export class Tables implements AsyncDisposable {
  readonly store: DynamoTableStore<TableDefinition>;
  readonly items: DynamoItemStore;
  readonly reads: DynamoItemReads;
  readonly indexItems: DynamoIndexStore;
  readonly tokens: DynamoTokenStore;
  readonly usage: DynamoUsageStore;
  readonly directory: TableDirectory;
  readonly changes: ChangeStreams;
  readonly counter: UsageCounter;
  readonly collections: ItemCollections;
  readonly database: Database;
  /** Of filters that take long. */
  readonly evaluationTurns = new EvaluationTurns();
  readonly turns = new ItemTurns();
  readonly #deps: TablesDeps;
  readonly #writers = new Map<string, Batcher>();
  readonly #blind: BlindWrites;

  constructor(deps: TablesDeps) {
    const { database, clock, logger } = deps;
    this.#deps = deps;
    this.database = database;
    this.store = new DynamoTableStore(database);
    this.items = new DynamoItemStore(database, logger);
    this.reads = new DynamoItemReads(deps, this.items);
    this.indexItems = new DynamoIndexStore(database);
    this.tokens = new DynamoTokenStore(database);
    this.usage = new DynamoUsageStore(database);
    this.directory = new TableDirectory(this.store, clock);
    this.changes = new ChangeStreams(deps);
    const find = (key: DynamoTableKey) => this.find(key);
    const persist = <Result>(work: () => Promise<Result>) => this.#persist(work);
    this.#blind = new BlindWrites({ database, items: this.items, changes: this.changes, find, persist });
    this.counter = new UsageCounter({ usage: this.usage, clock, logger });
    this.collections = new ItemCollections({ ...deps, usage: this.usage, maxBytes: deps.maxCollectionBytes });
  }

  async find(key: DynamoTableKey): Promise<Table | undefined> {
    return await this.directory.find(key);
  }

  /** As `find`, if that needs no look-up. */
  known(key: DynamoTableKey): Table | undefined {
    return this.directory.known(key);
  }

  /** For how long something takes. */
  monotonicMs(): number {
    return this.#deps.clock.monotonicMs();
  }

  /** The item of a key, which was checked. */
  async get(table: Table, key: Item): Promise<Item | undefined> {
    return (await this.read(table, storedKey(table.definition.key, key)))?.item;
  }

  /** As `get`, without taking the item apart. */
  async read(table: Table, key: DynamoKey): Promise<ReadItem | undefined> {
    const stored = await this.reads.get({ tableId: table.id, ...key });
    return stored && new ReadItem(stored);
  }

  /** Items as they are at one moment, in the order of their keys, which were checked. */
  async getTogether(
    wanted: readonly { readonly table: Table; readonly key: Item }[],
  ): Promise<readonly (Item | undefined)[]> {
    const keys = wanted.map(({ table, key }) => ({ tableId: table.id, ...storedKey(table.definition.key, key) }));
    // One statement sees one moment.
    return (await this.items.getMany(keys)).map((stored) => stored && decodeItem(stored.item));
  }

  /** Writes one item. `key` was checked. Rejects with what `decide` throws. */
  async write(table: Table, key: Item, decide: Decide, options: WriteOptions = {}): Promise<Written> {
    const at = storedKey(table.definition.key, key);
    if (options.isBlind === true) {
      const after = decide(undefined);
      if (this.#blind.takes(table, after)) {
        const { write } = this.plan(table, at, "any", { before: undefined, after, image: undefined });
        const usage = await this.#blind.add(table, key, write);
        if (usage) {
          this.counter.add(table.id, usage);
          return { before: undefined, after };
        }
      }
    }
    return await this.#writeInTurn(table, at, decide, options);
  }

  /** Reads the item, and writes it if it is still as it was read. */
  async #writeInTurn(table: Table, at: DynamoKey, decide: Decide, options: WriteOptions): Promise<Written> {
    using _turn = await this.turns.take(itemName(table.id, at));
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
      const stored = await this.reads.get({ tableId: table.id, ...at });
      const before = stored && decodeItem(stored.item);
      const after = decide(before);
      if (!before && !after) return { before, after };
      const queued = this.plan(table, at, stored?.version ?? "absent", { before, after, image: stored, ...options });
      if (await this.#writerOf(table).add(queued)) {
        this.counter.add(table.id, queued.more.usage);
        return { before, after };
      }
      if (attempt > 3) await this.#deps.clock.sleep(backoffMs(attempt - 3, RETRY, this.#deps.random));
    }
    throw new ServiceException("Too many callers change this item at the same time.");
  }

  /** The write of a change, with its entries of indexes. Throws AWS's error for an item that is too large, or whose collection is. */
  plan(
    table: Table,
    key: DynamoKey,
    expected: DynamoWrite["expected"],
    change: PlannedChange,
  ): QueuedDynamoWrite<Pending> {
    const { before, after, image, isByTimeToLive } = change;
    const { timeToLive } = table.definition;
    const bytes = after ? itemBytes(after) : 0;
    if (bytes > MAX_ITEM_BYTES) {
      throw new ValidationException(
        before
          ? "Item size to update has exceeded the maximum allowed size"
          : "Item size has exceeded the maximum allowed size",
      );
    }
    const expiry = timeToLive === undefined ? undefined : after?.[timeToLive]?.N;
    const { usage: indexes, ...entries } = indexChanges(table.definition, before, after, change.fillsIndexes === true);
    const indexBytes = Object.values(indexes).reduce((sum, index) => sum + index.bytes, 0);
    this.collections.admit(table, key, bytes - (image?.bytes ?? 0) + localBytes(table, indexes));
    const stored = after && { item: encodeItem(after), bytes };
    const write: DynamoWrite = {
      key,
      expected,
      ...stored,
      ...(expiry !== undefined && /^\d{1,12}$/.test(expiry) && { expiresAt: Number(expiry) }),
      ...entries,
    };
    const items = (after ? 1 : 0) - (before ? 1 : 0);
    const usage = { items, bytes: bytes - (image?.bytes ?? 0), indexBytes, indexes };
    const images = { before: image, after: stored };
    return {
      write,
      more: { change: { before, after, stored: images, ...(isByTimeToLive && { isByTimeToLive }) }, usage },
    };
  }

  /** Writes in the caller's transaction. Resolves with `undefined` when an item is not as it was read, otherwise with what is to be called after the commit. */
  async writeWithin(
    tx: Transaction,
    table: Table,
    queued: readonly QueuedDynamoWrite<Pending>[],
  ): Promise<(() => void) | undefined> {
    const done = await this.items.write(
      tx,
      table.id,
      queued.map(({ write }) => write),
    );
    if (done.size < queued.length) return undefined;
    return await this.changes.write(
      tx,
      table,
      queued.map(({ more }) => more.change),
    );
  }

  #writerOf(table: Table): Batcher {
    const known = this.#writers.get(table.id);
    if (known) return known;
    if (this.#writers.size >= MAX_WRITERS) this.#writers.clear();
    const { accountId, region, TableName, id } = table;
    const writer = dynamoWriter<Pending, true>({ items: MAX_ITEMS }, async (batch) => {
      // As it is now: the batch may have waited.
      const current = await this.find({ accountId, region, TableName });
      if (current?.id !== id) return batch.map(() => undefined);
      return await this.#writeBatch(current, batch);
    });
    this.#writers.set(table.id, writer);
    return writer;
  }

  async #writeBatch(
    table: Table,
    batch: readonly QueuedDynamoWrite<Pending>[],
  ): Promise<readonly (true | undefined)[]> {
    const writes = batch.map(({ write }) => write);
    const those = (written: { has(at: number): boolean }) => batch.map((_one, at) => written.has(at) || undefined);
    return await this.#persist(async () => {
      if (!this.changes.hasStream(table)) return those(await this.items.write(this.database, table.id, writes));
      const all = await this.changes.appendOf(
        table,
        batch.map(({ more }) => more.change),
      );
      if (all === "nothing") return those(await this.items.write(this.database, table.id, writes));
      const whole = all && (await this.items.writeWithRecords(table.id, writes, all.append));
      if (all && whole) {
        all.announce();
        return those(whole);
      }
      // Some of the items are not as they were read: a transaction writes the others.
      let announce = (): void => undefined;
      const done = await this.database.transaction(async (tx) => {
        const written = await this.items.write(tx, table.id, writes);
        const changes = batch.flatMap(({ more }, at) => (written.has(at) ? [more.change] : []));
        announce = await this.changes.write(tx, table, changes);
        return written;
      });
      announce();
      return those(done);
    });
  }

  async #persist<Result>(work: () => Promise<Result>): Promise<Result> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await work();
      } catch (error) {
        const isPassing = isSerializationFailure(error) || error instanceof ShardsReplaced;
        if (!isPassing || attempt >= MAX_ATTEMPTS) throw error;
        await this.#deps.clock.sleep(backoffMs(attempt, RETRY, this.#deps.random));
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.counter[Symbol.asyncDispose]();
    await this.collections[Symbol.asyncDispose]();
  }
}

/** By how much the entries of local indexes grow. */
function localBytes({ definition }: Table, usage: IndexChanges["usage"]): number {
  return definition.indexes.reduce((sum, { id, isGlobal }) => sum + (isGlobal ? 0 : (usage[id]?.bytes ?? 0)), 0);
}

type Batcher = ReturnType<typeof dynamoWriter<Pending, true>>;
const MAX_WRITERS = 10_000;
const MAX_ITEMS = 200;
