import type { Bus } from "@hearth/bus";
import { BackgroundLoop, type Clock, Gauge, type Logger, type Registry } from "@hearth/kit";
import type { EventDepth, EventStore } from "@hearth/store";

export interface SweeperOptions {
  readonly everyMs?: number;
  /** How long a wake-up may take to lead to a claim before another one is sent. */
  readonly patienceMs?: number;
  /** How long finished events can be looked at and replayed. */
  readonly keepFinishedMs?: number;
}

export interface SweeperDeps {
  readonly bus: Pick<Bus, "wake">;
  readonly events: Pick<EventStore, "sweep" | "forgetFinished" | "depth">;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly registry: Registry;
}

const SWEEP_MOST = 500;
const FORGET_MOST = 1_000;
const FORGET_EVERY_MS = 60_000;
const DEPTH_EVERY_MS = 5_000;
const DAY_MS = 86_400_000;

/**
 * Wakes workers for events that fell due and that nobody was woken for: retries whose time has come, events of workers that died, and all that a wiped
 * or absent bus has forgotten. Forgets finished events in time, and measures the queue.
 */
export class Sweeper implements AsyncDisposable {
  readonly #deps: SweeperDeps;
  readonly #patienceMs: number;
  readonly #keepFinishedMs: number;
  readonly #loop: BackgroundLoop;
  #unsent: readonly string[] = [];
  #depth: EventDepth = { unfinished: 0, oldestAgeMs: 0 };
  #forgetAt = Number.NEGATIVE_INFINITY;
  #depthAt = Number.NEGATIVE_INFINITY;

  constructor(
    { everyMs = 1_000, patienceMs = 15_000, keepFinishedMs = 7 * DAY_MS }: SweeperOptions,
    deps: SweeperDeps,
  ) {
    this.#deps = deps;
    this.#patienceMs = patienceMs;
    this.#keepFinishedMs = keepFinishedMs;
    gauge(
      deps.registry,
      "hearth_event_queue_depth",
      "Asynchronous invocations that are not finished.",
      () => this.#depth.unfinished,
    );
    gauge(
      deps.registry,
      "hearth_event_queue_oldest_age_ms",
      "Age of the oldest unfinished asynchronous invocation.",
      () => this.#depth.oldestAgeMs,
    );
    this.#loop = new BackgroundLoop("event sweeper", everyMs, () => this.#step(), deps);
  }

  async #step(): Promise<void> {
    const { bus, events, clock } = this.#deps;
    const ids = this.#unsent.length > 0 ? this.#unsent : await events.sweep(SWEEP_MOST, this.#patienceMs);
    // Marked as woken in PostgreSQL: kept here until the bus has taken them.
    this.#unsent = ids;
    if (ids.length > 0) await bus.wake(ids);
    this.#unsent = [];
    if (ids.length === SWEEP_MOST) this.#loop.wake();
    const now = clock.monotonicMs();
    if (now >= this.#depthAt + DEPTH_EVERY_MS) {
      this.#depth = await events.depth();
      this.#depthAt = now;
    }
    if (now >= this.#forgetAt + FORGET_EVERY_MS) {
      const forgotten = await events.forgetFinished(this.#keepFinishedMs, FORGET_MOST);
      if (forgotten < FORGET_MOST) this.#forgetAt = now;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#loop[Symbol.asyncDispose]();
  }
}

function gauge(registry: Registry, name: string, help: string, read: () => number): void {
  new Gauge({
    name,
    help,
    registers: [registry],
    collect() {
      this.set(read());
    },
  });
}
