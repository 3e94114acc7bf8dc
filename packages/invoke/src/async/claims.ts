import { BackgroundLoop, type Clock, type Logger } from "@hearth/kit";
import type { ClaimedEvent, FunctionKey, EventStore } from "@hearth/store";
import type { Shares } from "./shares.ts";

export interface ClaimsOptions {
  /** Names the worker in the rows of its events. */
  readonly owner: string;
  readonly leaseMs: number;
  /** Runs a claimed event and settles it. Never rejects. */
  readonly run: (event: ClaimedEvent) => Promise<void>;
  /** Called when an event has been settled and its slot is free again. */
  readonly onReleased: () => void;
}

export interface ClaimsDeps {
  readonly shares: Shares;
  readonly events: Pick<EventStore, "claim" | "claimNext" | "renew">;
  readonly clock: Clock;
  readonly logger: Logger;
}

interface Held {
  readonly event: ClaimedEvent;
  readonly done: Promise<void>;
}

/**
 * The events that a worker holds. Claims them in PostgreSQL under a lease, runs each at once, and renews the leases until the events are settled. When the
 * process dies the leases end, and another worker claims the events.
 */
export class Claims implements AsyncDisposable {
  readonly #options: ClaimsOptions;
  readonly #deps: ClaimsDeps;
  readonly #held = new Map<string, Held>();
  #renewing: BackgroundLoop | undefined;

  constructor(options: ClaimsOptions, deps: ClaimsDeps) {
    this.#options = options;
    this.#deps = deps;
  }

  /** Starts to renew leases. */
  start(): void {
    this.#renewing = new BackgroundLoop("event leases", this.#options.leaseMs / 3, () => this.#renew(), this.#deps);
  }

  get size(): number {
    return this.#held.size;
  }

  has(id: string): boolean {
    return this.#held.has(id);
  }

  /** The events that run now. */
  get events(): readonly ClaimedEvent[] {
    return [...this.#held.values()].map(({ event }) => event);
  }

  /** Resolves when all events that run now are settled. */
  async settled(): Promise<void> {
    await Promise.all([...this.#held.values()].map(({ done }) => done));
  }

  /** Claims those of the events `ids` that are due, at most `slots`, within the shares of their functions. */
  async claim(ids: readonly string[], slots: number): Promise<readonly ClaimedEvent[]> {
    const { events, shares } = this.#deps;
    const { owner, leaseMs } = this.#options;
    const limits = shares.all();
    return await this.#hold(slots, () => events.claim(owner, ids, slots, leaseMs, limits));
  }

  /** Claims the next events of `fn` that are due, at most `slots`. */
  async claimNext(fn: FunctionKey, slots: number): Promise<readonly ClaimedEvent[]> {
    const { owner, leaseMs } = this.#options;
    return await this.#hold(slots, () => this.#deps.events.claimNext(owner, fn, slots, leaseMs));
  }

  /** Reserves `slots` while `claim` runs, and starts what it claimed. */
  async #hold(slots: number, claim: () => Promise<readonly ClaimedEvent[]>): Promise<readonly ClaimedEvent[]> {
    const { shares } = this.#deps;
    shares.reserve(slots);
    let claimed: readonly ClaimedEvent[] = [];
    try {
      claimed = await claim();
    } finally {
      shares.assign(slots, claimed);
    }
    for (const event of claimed) this.#start(event);
    return claimed;
  }

  #start(event: ClaimedEvent): void {
    const done = this.#options.run(event).finally(() => {
      this.#held.delete(event.id);
      this.#deps.shares.release(event);
      this.#options.onReleased();
    });
    this.#held.set(event.id, { event, done });
  }

  async #renew(): Promise<void> {
    if (this.#held.size === 0) return;
    const ids = [...this.#held.keys()];
    const own = await this.#deps.events.renew(this.#options.owner, ids, this.#options.leaseMs);
    const lost = ids.filter((id) => !own.has(id) && this.#held.has(id));
    if (lost.length > 0)
      this.#deps.logger.debug({ lost }, "could not renew the leases of events: they are settled or have another owner");
  }

  /** Stops to renew leases. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#renewing?.[Symbol.asyncDispose]();
  }
}
