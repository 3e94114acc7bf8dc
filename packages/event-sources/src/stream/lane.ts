import type { Clock } from "@hearth/kit";
import { batchLength, bytesOf, MAX_BATCH_BYTES } from "../cutBatches.ts";
import type { PendingRecord } from "./streamBatches.ts";

export interface LaneOptions {
  readonly batchSize: number;
  /** How long the first record of a batch waits for others. */
  readonly windowMs: number;
  readonly clock: Clock;
}

/** Records of a shard that are processed in order, a batch at a time. A shard has as many lanes as its ParallelizationFactor; all records of a key share one. */
export class Lane {
  readonly #options: LaneOptions;
  #records: PendingRecord[] = [];
  #bytes = 0;
  #firstAtMs = 0;
  #isClosed = false;
  #changed = Promise.withResolvers<void>();
  #taken = Promise.withResolvers<void>();

  constructor(options: LaneOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#records.length;
  }

  add(record: PendingRecord): void {
    if (this.#records.length === 0) this.#firstAtMs = this.#options.clock.monotonicMs();
    this.#records.push(record);
    this.#bytes += bytesOf(record.record);
    this.#wake();
  }

  /** No more records will come. */
  close(): void {
    this.#isClosed = true;
    this.#wake();
  }

  /** What a batch would be made of; it stays in the lane. */
  peek(): readonly PendingRecord[] {
    return this.#records;
  }

  /** Takes the first `count` records, which must not be more than a batch. */
  take(count: number): readonly PendingRecord[] {
    const taken = this.#records.slice(0, count);
    this.#records = this.#records.slice(count);
    for (const { record } of taken) this.#bytes -= bytesOf(record);
    this.#firstAtMs = this.#options.clock.monotonicMs();
    this.#taken.resolve();
    this.#taken = Promise.withResolvers();
    return taken;
  }

  /** Resolves when records were taken, or `signal` aborts. */
  async taken(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const onAbort = (): void => resolve();
    signal.addEventListener("abort", onAbort, { once: true });
    await Promise.race([promise, this.#taken.promise]);
    signal.removeEventListener("abort", onAbort);
  }

  /** It is empty, and stays so. */
  get isOver(): boolean {
    return this.#isClosed && this.#records.length === 0;
  }

  /**
   * Resolves with the number of records of the next batch: when it is full or the batching window is over. 0 when the lane is closed and empty, when
   * `untilMs` (monotonic) has come, or `signal` aborts.
   */
  async next(signal: AbortSignal, untilMs = Number.POSITIVE_INFINITY): Promise<number> {
    const { clock, batchSize, windowMs } = this.#options;
    while (!signal.aborted) {
      const now = clock.monotonicMs();
      const isFull = this.#records.length >= batchSize || this.#bytes >= MAX_BATCH_BYTES || this.#isClosed;
      const dueMs = this.#records.length === 0 ? Number.POSITIVE_INFINITY : this.#firstAtMs + windowMs;
      if (this.#records.length > 0 && (isFull || now >= dueMs)) {
        const first = this.#records.slice(0, batchSize).map(({ record }) => record);
        return batchLength(first, batchSize);
      }
      if (this.#isClosed || now >= untilMs) return 0;
      await this.#wait(Math.min(dueMs, untilMs) - now, signal);
    }
    return 0;
  }

  async #wait(ms: number, signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    using _timer = Number.isFinite(ms) ? this.#options.clock.after(Math.ceil(ms), resolve) : undefined;
    const onAbort = (): void => resolve();
    signal.addEventListener("abort", onAbort, { once: true });
    await Promise.race([promise, this.#changed.promise]);
    signal.removeEventListener("abort", onAbort);
  }

  #wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}
