import type { Clock } from "@hearth/kit";

export interface ReadBatcherLimits {
  readonly items: number;
  /** Reads that may be under way at the same time. */
  readonly parallel: number;
}

/** While reads take longer than this, further ones begin beside them. */
const SLOW_MS = 2;

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Reads that are asked for together, or during another read, share one statement. It begins after all of them were asked for, so each sees what was committed
 * before. A slow read does not hold up the others: after a moment they begin beside it.
 */
export class ReadBatcher<Item, Result> {
  readonly #read: (items: readonly Item[]) => Promise<readonly Result[]>;
  readonly #limits: ReadBatcherLimits;
  readonly #clock: Pick<Clock, "after" | "monotonicMs">;
  #waiting: Waiting<Item, Result>[] = [];
  #running = 0;
  #begunMs = 0;
  #looksLater = false;

  /** `read` resolves with one result for each item, in the same order. */
  constructor(
    limits: ReadBatcherLimits,
    clock: Pick<Clock, "after" | "monotonicMs">,
    read: (items: readonly Item[]) => Promise<readonly Result[]>,
  ) {
    this.#limits = limits;
    this.#clock = clock;
    this.#read = read;
  }

  add(item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject });
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
    if (this.#waiting.length === 0 || this.#running >= this.#limits.parallel) return;
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
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, this.#limits.items);
      this.#begunMs = this.#clock.monotonicMs();
      try {
        const results = await this.#read(batch.map(({ item }) => item));
        batch.forEach(({ resolve }, at) => resolve(results[at] as Result));
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.#running--;
  }
}
