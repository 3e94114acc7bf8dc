import type { Clock, Logger, Random } from "@hearth/kit";
import type { DynamoKey, DynamoUsageStore } from "@hearth/store";
import { ItemCollectionSizeLimitExceededException } from "./errors.ts";
import type { Table } from "./table.ts";

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LSI.html#LSI.ItemCollections.SizeLimit */
const MAX_BYTES = 10 * 1024 ** 3;
const GB = 1024 ** 3;

export interface ItemCollectionsDeps {
  readonly usage: Pick<DynamoUsageStore, "of" | "ofCollection">;
  readonly clock: Pick<Clock, "monotonicMs">;
  readonly random: Pick<Random, "fraction">;
  readonly logger: Pick<Logger, "warn">;
  /** How large a collection can become. */
  readonly maxBytes?: number | undefined;
}

interface Measured {
  bytes: number;
  readonly atMs: number;
  /** For how long it is not measured again. */
  readonly freshMs: number;
}

/** What a table holds is looked up this often, and a collection measured at most this often. */
const FRESH_MS = 10_000;
/** Measuring a collection takes at most this part of the time. */
const MEASURING_PART = 100;
/** A collection is measured, on average, whenever it has grown by this part of what it can become. */
const SAMPLES = 10_000;
const MAX_KNOWN = 10_000;

/**
 * The items of a table with local secondary indexes that have one partition key, and how large they are with their entries in these indexes. No collection is larger
 * than its table, so those of tables below the limit are never measured; others are at random, more often where more is written.
 */
export class ItemCollections implements AsyncDisposable {
  readonly #deps: ItemCollectionsDeps;
  readonly #maxBytes: number;
  readonly #tables = new Map<string, Measured>();
  readonly #collections = new Map<string, Measured>();
  readonly #running = new Map<string, Promise<Measured>>();

  constructor(deps: ItemCollectionsDeps) {
    this.#deps = deps;
    this.#maxBytes = deps.maxBytes ?? MAX_BYTES;
  }

  /** Notes that a collection grows by a write, or throws AWS's error when it is too large to grow. */
  admit(table: Table, key: DynamoKey, growth: number): void {
    if (!hasCollections(table)) return;
    const known = this.#tables.get(table.id);
    if (this.#isDue(known)) this.#later(this.#tableOf(table));
    if (!known || known.bytes < this.#maxBytes) return;
    const name = nameOf(table, key);
    const measured = this.#collections.get(name);
    const isFull = growth > 0 && measured !== undefined && measured.bytes + growth > this.#maxBytes;
    const isSampled = growth > this.#deps.random.fraction() * (this.#maxBytes / SAMPLES);
    if ((isFull || isSampled) && this.#isDue(measured)) this.#later(this.#collectionOf(table, key));
    if (isFull) throw new ItemCollectionSizeLimitExceededException();
    if (measured) measured.bytes += growth;
  }

  /** Between how many GB the collection has. */
  async rangeGb(table: Table, key: DynamoKey): Promise<readonly [number, number]> {
    const ofTable = this.#tables.get(table.id);
    let { bytes } = ofTable && !this.#isDue(ofTable) ? ofTable : await this.#tableOf(table);
    if (bytes >= GB) {
      const measured = this.#collections.get(nameOf(table, key));
      ({ bytes } = measured && !this.#isDue(measured) ? measured : await this.#collectionOf(table, key));
    }
    const from = bytes < GB ? 0 : Math.floor(bytes / GB);
    return [from, from + 1];
  }

  #isDue(measured: Measured | undefined): boolean {
    return !measured || this.#deps.clock.monotonicMs() - measured.atMs > measured.freshMs;
  }

  async #tableOf({ id }: Table): Promise<Measured> {
    return await this.#measure(this.#tables, id, async () => {
      const { bytes, indexBytes } = await this.#deps.usage.of(id);
      return bytes + indexBytes;
    });
  }

  async #collectionOf(table: Table, key: DynamoKey): Promise<Measured> {
    const indexIds = table.definition.indexes.filter(({ isGlobal }) => !isGlobal).map(({ id }) => id);
    return await this.#measure(this.#collections, nameOf(table, key), () =>
      this.#deps.usage.ofCollection(table.id, indexIds, key),
    );
  }

  /** One at a time for each name. */
  async #measure(into: Map<string, Measured>, name: string, measure: () => Promise<number>): Promise<Measured> {
    const running = this.#running.get(name);
    if (running) return await running;
    const startedMs = this.#deps.clock.monotonicMs();
    const measuring = measure().then((bytes) => {
      const atMs = this.#deps.clock.monotonicMs();
      const measured = { bytes, atMs, freshMs: Math.max(FRESH_MS, MEASURING_PART * (atMs - startedMs)) };
      if (into.size >= MAX_KNOWN) into.clear();
      into.set(name, measured);
      return measured;
    });
    this.#running.set(name, measuring);
    try {
      return await measuring;
    } finally {
      this.#running.delete(name);
    }
  }

  /** The write does not wait for it. */
  #later(measuring: Promise<Measured>): void {
    measuring.catch((error: unknown) => {
      this.#deps.logger.warn({ err: error }, "could not measure a collection of items");
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.allSettled(this.#running.values());
  }
}

export function hasCollections({ definition }: Table): boolean {
  return definition.indexes.some(({ isGlobal }) => !isGlobal);
}

function nameOf({ id }: Table, { hash }: Pick<DynamoKey, "hash">): string {
  return `${id} ${hash.toString("latin1")}`;
}
