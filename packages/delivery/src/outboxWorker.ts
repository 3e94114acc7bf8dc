import { BackgroundLoop, type Clock, type Logger } from "@hearth/kit";
import type { ClaimedDelivery, DeliveryLane, DeliveryStore } from "@hearth/store";
import { type LaneLimits, LaneSlots } from "./laneSlots.ts";

export interface OutboxWorkerOptions {
  readonly isOutside: boolean;
  readonly owner: string;
  readonly everyMs: number;
  readonly leaseMs: number;
  readonly limits: LaneLimits;
}

export interface OutboxWorkerDeps {
  readonly outbox: Pick<DeliveryStore, "dueLanes" | "claim" | "nextDueInMs">;
  /** Sends one message, and writes how that ended. Resolves with the milliseconds after which it is due again, if it is to be tried again. */
  readonly send: (claimed: ClaimedDelivery, stop: AbortSignal) => Promise<number | undefined>;
  readonly clock: Clock;
  readonly logger: Logger;
}

const LANES = 100;
/** Of lanes, in one step: more are looked at in the next one. */
const MAX_PAGES = 10;
const SOONEST_MS = 10;
/** While attempts are under way: a message that waits for them must not cause a query every few milliseconds. */
const RECHECK_MS = 500;

/**
 * Claims messages that are due and sends them, a limited number at a time, in turn from each lane: so targets that hang, and accounts with many messages,
 * delay only their own. Looks again when it is woken, when an attempt has ended, and when the next message is due.
 */
export class OutboxWorker implements AsyncDisposable {
  readonly #options: OutboxWorkerOptions;
  readonly #deps: OutboxWorkerDeps;
  readonly #slots: LaneSlots;
  readonly #stop = new AbortController();
  readonly #running = new Set<Promise<void>>();
  readonly #loop: BackgroundLoop;
  #after: DeliveryLane | undefined;
  /** The last step saw messages that it could not claim. */
  #hasMore = false;
  #timer: { readonly atMs: number; readonly after: Disposable } | undefined;

  constructor(options: OutboxWorkerOptions, deps: OutboxWorkerDeps) {
    this.#options = options;
    this.#deps = deps;
    this.#slots = new LaneSlots(options.limits);
    const name = options.isOutside ? "outbox of messages for targets outside" : "outbox";
    this.#loop = new BackgroundLoop(name, options.everyMs, () => this.#step(), deps);
  }

  wake(): void {
    this.#loop.wake();
  }

  async #step(): Promise<void> {
    const { isOutside, owner, leaseMs } = this.#options;
    const { outbox } = this.#deps;
    this.#hasMore = true;
    const start = this.#after;
    for (let page = 0; page < MAX_PAGES && !this.#slots.isFull; page++) {
      const lanes = await outbox.dueLanes(isOutside, this.#after, this.#slots.busyAccounts(), LANES);
      const places = this.#slots.placesIn(lanes);
      const claimed = places.length === 0 ? [] : await outbox.claim(owner, isOutside, places, leaseMs);
      for (const one of claimed) this.#start(one);
      this.#after = lanes.length < LANES ? undefined : lanes.at(-1);
      if (claimed.length > 0) return this.#loop.wake();
      if (this.#after === undefined && (start === undefined || page > 0)) {
        return await this.#sleepUntilDue();
      }
    }
  }

  async #sleepUntilDue(): Promise<void> {
    const ms = await this.#deps.outbox.nextDueInMs(this.#options.isOutside);
    // What is due by now waits for an attempt to end, or has become due since this step looked.
    this.#hasMore = ms !== undefined && ms <= 0;
    if (ms !== undefined) this.#wakeIn(this.#hasMore && this.#running.size > 0 ? RECHECK_MS : ms);
  }

  #wakeIn(ms: number): void {
    const { clock } = this.#deps;
    const atMs = clock.monotonicMs() + Math.max(ms, SOONEST_MS);
    if (this.#stop.signal.aborted || (this.#timer && this.#timer.atMs <= atMs)) return;
    this.#timer?.after[Symbol.dispose]();
    const after = clock.after(Math.max(ms, SOONEST_MS), () => {
      this.#timer = undefined;
      this.#loop.wake();
    });
    this.#timer = { atMs, after };
  }

  #start(claimed: ClaimedDelivery): void {
    const slot = this.#slots.take(claimed.lane);
    const running = this.#deps
      .send(claimed, this.#stop.signal)
      .then((dueInMs) => {
        if (dueInMs !== undefined) this.#wakeIn(dueInMs);
      })
      .catch((error: unknown) => {
        // Its lease ends, and it is tried again.
        this.#deps.logger.warn({ err: error, id: claimed.message.id }, "could not work on a message of the outbox");
      })
      .finally(() => {
        slot[Symbol.dispose]();
        this.#running.delete(running);
        if (this.#hasMore) this.#loop.wake();
      });
    this.#running.add(running);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#loop[Symbol.asyncDispose]();
    this.#stop.abort(new Error("Hearth stops"));
    this.#timer?.after[Symbol.dispose]();
    await Promise.all(this.#running);
  }
}
