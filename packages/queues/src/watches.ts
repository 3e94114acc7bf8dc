import type { Clock, Logger } from "@hearth/kit";
import type { SqsMessageStore } from "@hearth/store";
import { Seat } from "./waiters.ts";

interface Watched {
  readonly seats: Set<Seat>;
  /** When the next message becomes visible, by the monotonic clock. */
  nextAtMs: number;
  timer: Disposable | undefined;
}

export interface WatchesDeps {
  readonly messages: Pick<SqsMessageStore, "outlook">;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Queues that came to be watched together are looked at together. */
const TOGETHER_MS = 20;
/** One query for all queues: wake-ups across processes may be lost, and messages in flight become visible when their consumer has died. */
const LOOK_MS = 20_000;

/**
 * Consumers that wait without end, such as the pollers of event source mappings: a thousand of them cost one query in 20 seconds. They are woken by messages
 * that arrive, and by one timer per queue for the next message that becomes visible.
 */
export class Watches implements Disposable {
  readonly #deps: WatchesDeps;
  readonly #queues = new Map<string, Watched>();
  readonly #unknown = new Set<string>();
  #together: Disposable | undefined;
  #sweep: Disposable | undefined;

  constructor(deps: WatchesDeps) {
    this.#deps = deps;
  }

  /** The consumer must call `begin` and then look for messages before it waits. */
  join(queueId: string): Seat {
    let watched = this.#queues.get(queueId);
    if (!watched) {
      watched = { seats: new Set(), nextAtMs: Number.POSITIVE_INFINITY, timer: undefined };
      this.#queues.set(queueId, watched);
    }
    const { seats } = watched;
    const seat = new Seat(() => {
      seats.delete(seat);
      if (seats.size > 0) return;
      watched.timer?.[Symbol.dispose]();
      if (this.#queues.get(queueId) === watched) this.#queues.delete(queueId);
      this.#unknown.delete(queueId);
    });
    seats.add(seat);
    this.#lookSoon([queueId]);
    this.#sweep ??= this.#nextSweep();
    return seat;
  }

  wake(queueId: string): void {
    for (const seat of this.#queues.get(queueId)?.seats ?? []) seat.wake();
  }

  /** A message becomes visible in `inMs`. */
  expect(queueId: string, inMs: number): void {
    const watched = this.#queues.get(queueId);
    const { clock } = this.#deps;
    const atMs = clock.monotonicMs() + inMs;
    // What lies far ahead is found by a later look; timers take 24 days at most.
    if (!watched || watched.nextAtMs <= atMs || inMs > 2 * LOOK_MS) return;
    watched.nextAtMs = atMs;
    watched.timer?.[Symbol.dispose]();
    watched.timer = clock.after(Math.max(1, Math.ceil(inMs)), () => {
      watched.nextAtMs = Number.POSITIVE_INFINITY;
      this.wake(queueId);
      this.#lookSoon([queueId]);
    });
  }

  /** Wake-ups may have been missed. */
  lookAtAll(): void {
    void this.#look([...this.#queues.keys()], true);
  }

  #nextSweep(): Disposable {
    return this.#deps.clock.after(LOOK_MS, () => {
      this.#sweep = this.#queues.size > 0 ? this.#nextSweep() : undefined;
      this.lookAtAll();
    });
  }

  #lookSoon(queueIds: readonly string[]): void {
    for (const queueId of queueIds) this.#unknown.add(queueId);
    this.#together ??= this.#deps.clock.after(TOGETHER_MS, () => {
      this.#together = undefined;
      const ids = [...this.#unknown];
      this.#unknown.clear();
      // Their consumers have just looked: what is visible now may be held back by its message group.
      void this.#look(ids, false);
    });
  }

  async #look(queueIds: readonly string[], wakes: boolean): Promise<void> {
    if (queueIds.length === 0) return;
    try {
      for (const { queueId, isDue, nextInMs } of await this.#deps.messages.outlook(queueIds)) {
        if (isDue && wakes) this.wake(queueId);
        if (nextInMs !== null) this.expect(queueId, nextInMs);
      }
    } catch (error) {
      this.#deps.logger.debug(
        { err: error },
        "could not look for messages of watched queues; they are looked at again",
      );
    }
  }

  [Symbol.dispose](): void {
    this.#together?.[Symbol.dispose]();
    this.#sweep?.[Symbol.dispose]();
    for (const { timer } of this.#queues.values()) timer?.[Symbol.dispose]();
  }
}
