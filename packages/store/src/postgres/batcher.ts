import { isUnwritableData } from "./databaseErrors.ts";

export interface BatcherLimits<Item> {
  readonly items: number;
  /** The sum of `weigh` over a batch stays below this, unless a single item exceeds it. */
  readonly weight?: number;
  readonly weigh?: (item: Item) => number;
  /** Writes that may be under way at the same time; 1 by default. With 2 one is prepared while the other waits for the disk. */
  readonly parallel?: number;
  /** A batch takes at most half of the items under way: those that wait, and those just written, whose callers come back. Then one half is prepared while the other is written. */
  readonly isHalved?: boolean;
  /**
   * The next batch is sent before the callers of the last one hear of it, whose work would delay it. For writes that PostgreSQL takes longer for than this process:
   * it waits for nothing then. Others get larger batches without.
   */
  readonly writesFirst?: boolean;
}

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Items that arrive together, or during a write, share one write. Writes begin in the order of arrival, by default one at a time. When PostgreSQL refuses the
 * data of a batch, each of its items is written alone, so that one bad item does not block the others.
 */
export class Batcher<Item, Result> {
  readonly #write: (items: readonly Item[]) => Promise<readonly Result[]>;
  readonly #limits: BatcherLimits<Item>;
  #waiting: Waiting<Item, Result>[] = [];
  #running = 0;

  /** `write` resolves with one result for each item, in the same order, and writes all items or none. */
  constructor(limits: BatcherLimits<Item>, write: (items: readonly Item[]) => Promise<readonly Result[]>) {
    this.#limits = limits;
    this.#write = write;
  }

  add(item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject });
      if (this.#running >= (this.#limits.parallel ?? 1)) return;
      this.#running++;
      // Items that arrive in the same turn of the event loop join the batch.
      setImmediate(() => void this.#run());
    });
  }

  async #run(): Promise<void> {
    let justWritten = 0;
    let answer: (() => void) | undefined;
    while (this.#waiting.length > 0) {
      const batch = this.#take(justWritten);
      const writing = this.#writeBatch(batch);
      if (answer) setImmediate(answer);
      answer = await writing;
      justWritten = batch.length;
      if (this.#limits.writesFirst === true && this.#waiting.length > 0) continue;
      answer();
      answer = undefined;
    }
    this.#running--;
  }

  /** Writes a batch. Resolves with what tells its callers; never rejects. */
  async #writeBatch(batch: readonly Waiting<Item, Result>[]): Promise<() => void> {
    try {
      const results = await this.#write(batch.map((waiting) => waiting.item));
      return () => batch.forEach((waiting, at) => waiting.resolve(results[at] as Result));
    } catch (error) {
      if (batch.length === 1 || !isUnwritableData(error)) {
        return () => {
          for (const waiting of batch) waiting.reject(error);
        };
      }
      for (const waiting of batch) (await this.#writeBatch([waiting]))();
      return () => undefined;
    }
  }

  #take(justWritten: number): readonly Waiting<Item, Result>[] {
    const { weight = Number.POSITIVE_INFINITY, weigh = () => 0, isHalved = false } = this.#limits;
    const half =
      isHalved && justWritten > 0 ? Math.ceil((justWritten + this.#waiting.length) / 2) : Number.POSITIVE_INFINITY;
    const items = Math.min(this.#limits.items, half);
    let total = 0;
    let count = 0;
    for (const waiting of this.#waiting) {
      total += weigh(waiting.item);
      if (count > 0 && (count >= items || total > weight)) break;
      count++;
    }
    return this.#waiting.splice(0, count);
  }
}
