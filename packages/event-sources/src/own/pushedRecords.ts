import type { Clock } from "@hearth/kit";
import type { QueueRecord, ReceiveOptions } from "../eventSource.ts";

/** Records of a server that sends them by itself, until a poller takes them. */
export class PushedRecords {
  readonly #clock: Clock;
  readonly #records: QueueRecord[] = [];
  readonly #waiting = new Set<() => void>();
  #failure: { readonly error: unknown } | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  push(record: QueueRecord): void {
    this.#records.push(record);
    this.#wake();
  }

  /** Puts records back before the others. */
  giveBack(records: readonly QueueRecord[]): void {
    if (records.length === 0) return;
    this.#records.unshift(...records);
    this.#wake();
  }

  /** The connection has failed: `take` rejects from now on. */
  fail(error: unknown): void {
    this.#failure ??= { error };
    this.#wake();
  }

  async take({ limit, waitMs }: ReceiveOptions, signal: AbortSignal): Promise<readonly QueueRecord[]> {
    const endMs = this.#clock.monotonicMs() + waitMs;
    for (;;) {
      if (signal.aborted) return [];
      if (this.#failure) throw this.#failure.error;
      if (this.#records.length > 0) return this.#records.splice(0, limit);
      const leftMs = endMs - this.#clock.monotonicMs();
      if (leftMs <= 0) return [];
      await this.#woken(leftMs, signal);
    }
  }

  async #woken(waitMs: number, signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.add(resolve);
    signal.addEventListener("abort", () => resolve(), { once: true });
    using _timer = Number.isFinite(waitMs) ? this.#clock.after(waitMs, resolve) : undefined;
    await promise;
    this.#waiting.delete(resolve);
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve();
  }
}
