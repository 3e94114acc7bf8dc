import type { Clock } from "@hearth/kit";
import { isConnectionLoss } from "./databaseErrors.ts";

export interface ReadBatcherLimits {
  readonly items: number;
  /** Reads that may be under way at the same time. */
  readonly parallel: number;
}

/** In the place of a result: the item was left out because the others were large. It is read by a later statement. Not for an item that is read alone. */
export const POSTPONED = Symbol("postponed");

/** While reads take longer than this, further ones begin beside them. */
const SLOW_MS = 2;

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Reads that are asked for together, or during another read, share one statement. It begins after all of them were asked for, so each sees what was committed
 * before. A slow read does not hold up the others: after a moment they begin beside it. Owners take turns, so that many reads of one are not all before those of
 * another. When a statement fails, each of its items is read alone, and has its own error.
 */
export class ReadBatcher<Item, Result> {
  readonly #read: (items: readonly Item[]) => Promise<readonly (Result | typeof POSTPONED)[]>;
  readonly #ownerOf: (item: Item) => string;
  readonly #limits: ReadBatcherLimits;
  readonly #clock: Pick<Clock, "after" | "monotonicMs">;
  /** By owner; the first one is the next. None of them is empty. */
  readonly #waiting = new Map<string, Waiting<Item, Result>[]>();
  #running = 0;
  #begunMs = 0;
  #looksLater = false;

  /** `read` resolves with one result for each item, in the same order. */
  constructor(
    limits: ReadBatcherLimits,
    clock: Pick<Clock, "after" | "monotonicMs">,
    read: (items: readonly Item[]) => Promise<readonly (Result | typeof POSTPONED)[]>,
    ownerOf: (item: Item) => string = () => "",
  ) {
    this.#limits = limits;
    this.#clock = clock;
    this.#read = read;
    this.#ownerOf = ownerOf;
  }

  add(item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      const owner = this.#ownerOf(item);
      const waiting = { item, resolve, reject };
      const others = this.#waiting.get(owner);
      if (others) others.push(waiting);
      else this.#waiting.set(owner, [waiting]);
      if (this.#running === 0) this.#begin();
      else this.#beginBesideSlowReads();
    });
  }

  #begin(): void {
    this.#running++;
    this.#begunMs = this.#clock.monotonicMs();
    // Items that arrive in the same turn of the event loop join the batch.
    setImmediate(() => void this.#run());
  }

  #beginBesideSlowReads(): void {
    if (this.#waiting.size === 0 || this.#running >= this.#limits.parallel) return;
    if (this.#clock.monotonicMs() - this.#begunMs >= SLOW_MS) {
      this.#begin();
      return;
    }
    if (this.#looksLater) return;
    this.#looksLater = true;
    this.#clock.after(SLOW_MS, () => {
      this.#looksLater = false;
      this.#beginBesideSlowReads();
    });
  }

  async #run(): Promise<void> {
    while (this.#waiting.size > 0) {
      const batch = this.#take();
      this.#begunMs = this.#clock.monotonicMs();
      await this.#readBatch(batch);
    }
    this.#running--;
  }

  /** Never rejects. */
  async #readBatch(batch: readonly Waiting<Item, Result>[]): Promise<void> {
    try {
      const results = await this.#read(batch.map(({ item }) => item));
      for (let at = batch.length - 1; at >= 0; at--) {
        const waiting = batch[at] as Waiting<Item, Result>;
        const result = results[at] as Result | typeof POSTPONED;
        if (result === POSTPONED) this.#putBack(waiting, batch.length);
        else waiting.resolve(result);
      }
    } catch (error) {
      // Without a connection, each of them would only wait for one again.
      if (batch.length === 1 || isConnectionLoss(error)) for (const { reject } of batch) reject(error);
      else await Promise.all(batch.map(async (waiting) => await this.#readBatch([waiting])));
    }
  }

  #take(): readonly Waiting<Item, Result>[] {
    const batch: Waiting<Item, Result>[] = [];
    while (batch.length < this.#limits.items) {
      const [next] = this.#waiting;
      if (!next) break;
      const [owner, queue] = next;
      batch.push(queue.shift() as Waiting<Item, Result>);
      // To the end, or out.
      this.#waiting.delete(owner);
      if (queue.length > 0) this.#waiting.set(owner, queue);
    }
    return batch;
  }

  /** Before the others of its owner. */
  #putBack(waiting: Waiting<Item, Result>, batchSize: number): void {
    if (batchSize === 1) return waiting.reject(new Error("an item was left out that was read alone"));
    const owner = this.#ownerOf(waiting.item);
    const others = this.#waiting.get(owner);
    if (others) others.unshift(waiting);
    else this.#waiting.set(owner, [waiting]);
    return undefined;
  }
}
