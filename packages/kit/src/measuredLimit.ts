import { BackgroundLoop } from "./background.ts";
import type { Clock } from "./clock.ts";
import type { Logger } from "./logger.ts";

export interface MeasuredLimitOptions {
  /** Of the loop, in logs. */
  readonly name: string;
  /** What each key, such as an account, may take. */
  readonly limit: number;
  /** What each key takes now, whatever process stored it. */
  readonly measure: () => Promise<ReadonlyMap<string, number>>;
  /** Called when a key is refused for the first time since it was below its limit. */
  readonly onFull: (key: string, taken: number) => void;
}

const EVERY_MS = 5_000;
/** Measuring may take 2 % of the time. */
const PAUSE_FACTOR = 50;

/**
 * Limits what is stored by key. Counts in memory: what was there when it was measured last, and what this process has stored since. What is removed counts
 * until the next measurement. It measures only while something is stored, or a key is at its limit. Several processes together can exceed a limit by
 * what they store between two measurements.
 */
export class MeasuredLimit implements AsyncDisposable {
  readonly #options: MeasuredLimitOptions;
  readonly #clock: Clock;
  readonly #loop: BackgroundLoop;
  #measured: ReadonlyMap<string, number> | undefined;
  /** Since the last measurement. */
  readonly #stored = new Map<string, number>();
  readonly #full = new Set<string>();
  #nextAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: MeasuredLimitOptions, deps: { readonly clock: Clock; readonly logger: Logger }) {
    this.#options = options;
    this.#clock = deps.clock;
    this.#loop = new BackgroundLoop(options.name, EVERY_MS, () => this.#measure(), deps);
  }

  hasRoomFor(key: string, amount: number): boolean {
    const taken = (this.#measured?.get(key) ?? 0) + (this.#stored.get(key) ?? 0);
    if (taken + amount <= this.#options.limit) return true;
    if (!this.#full.has(key)) {
      this.#full.add(key);
      this.#options.onFull(key, taken);
    }
    return false;
  }

  /** Counts what was stored, whether or not there was room for it. */
  count(key: string, amount: number): void {
    if (!this.#measured) this.#loop.wake();
    this.#stored.set(key, (this.#stored.get(key) ?? 0) + amount);
  }

  async #measure(): Promise<void> {
    const startMs = this.#clock.monotonicMs();
    if (startMs < this.#nextAtMs || (this.#stored.size === 0 && this.#full.size === 0)) return;
    const before = new Map(this.#stored);
    const measured = await this.#options.measure();
    this.#measured = measured;
    // What was stored before the question is in its answer; what was stored meanwhile may not be.
    for (const [key, amount] of before) {
      const left = (this.#stored.get(key) ?? 0) - amount;
      if (left > 0) this.#stored.set(key, left);
      else this.#stored.delete(key);
    }
    for (const key of this.#full) if ((measured.get(key) ?? 0) < this.#options.limit) this.#full.delete(key);
    this.#nextAtMs = startMs + (this.#clock.monotonicMs() - startMs) * PAUSE_FACTOR;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#loop[Symbol.asyncDispose]();
  }
}
