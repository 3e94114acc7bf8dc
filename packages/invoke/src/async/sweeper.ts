import type { Bus } from "@hearth/bus";
import { BackgroundLoop, type Clock, Gauge, type Logger, type Registry } from "@hearth/kit";
import type { ClockWatch, EventDepth, EventPayloads, EventStore } from "@hearth/store";

export interface SweeperOptions {
  readonly everyMs?: number;
  /** When an event was not claimed for this long after its wake-up, another one is sent. */
  readonly patienceMs?: number;
  /** How long finished events can be looked at and replayed. */
  readonly keepFinishedMs?: number;
  /** How long finished events keep their payloads at most. */
  readonly keepPayloadsMs?: number;
}

export interface SweeperDeps {
  readonly bus: Pick<Bus, "wake">;
  readonly events: Pick<EventStore, "sweep" | "depth">;
  readonly payloads: Pick<EventPayloads, "forgetFinished" | "dropOld">;
  readonly clockWatch: Pick<ClockWatch, "look">;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly registry: Registry;
}

const SWEEP_LIMIT = 500;
const FORGET_LIMIT = 1_000;
const FORGET_EVERY_MS = 60_000;
const DEPTH_EVERY_MS = 5_000;
const DAY_MS = 86_400_000;

/**
 * Sends wake-ups for events that are due and had none: retries whose time has come, events of workers that died, and events whose wake-up the bus has lost.
 * Deletes finished events after `keepFinishedMs`, their payloads after `keepPayloadsMs`, and measures the queue.
 */
export class Sweeper implements AsyncDisposable {
  readonly #deps: SweeperDeps;
  readonly #patienceMs: number;
  readonly #keepFinishedMs: number;
  readonly #keepPayloadsMs: number;
  readonly #loop: BackgroundLoop;
  #unsent: readonly string[] = [];
  #depth: EventDepth = { unfinished: 0, oldestAgeMs: 0 };
  #forgetAt = Number.NEGATIVE_INFINITY;
  #depthAt = Number.NEGATIVE_INFINITY;

  constructor(
    { everyMs = 1_000, patienceMs = 15_000, keepFinishedMs = 7 * DAY_MS, keepPayloadsMs = DAY_MS }: SweeperOptions,
    deps: SweeperDeps,
  ) {
    this.#deps = deps;
    this.#patienceMs = patienceMs;
    this.#keepFinishedMs = keepFinishedMs;
    this.#keepPayloadsMs = keepPayloadsMs;
    gauge(
      deps.registry,
      "hearth_event_queue_depth",
      "Asynchronous invocations that are not finished.",
      () => this.#depth.unfinished,
    );
    gauge(
      deps.registry,
      "hearth_event_queue_oldest_age_seconds",
      "Age of the oldest unfinished asynchronous invocation.",
      () => this.#depth.oldestAgeMs / 1000,
    );
    this.#loop = new BackgroundLoop("event sweeper", everyMs, () => this.#step(), deps);
  }

  async #step(): Promise<void> {
    const { bus, events, payloads, clock, clockWatch } = this.#deps;
    // First, because after a jump of the clock other events would seem to be due.
    await clockWatch.look();
    const ids = this.#unsent.length > 0 ? this.#unsent : await events.sweep(SWEEP_LIMIT, this.#patienceMs);
    // PostgreSQL has marked them as woken: keep the ids here until the bus has accepted them.
    this.#unsent = ids;
    if (ids.length > 0) await bus.wake(ids);
    this.#unsent = [];
    if (ids.length === SWEEP_LIMIT) this.#loop.wake();
    const now = clock.monotonicMs();
    if (now >= this.#depthAt + DEPTH_EVERY_MS) {
      this.#depth = await events.depth();
      this.#depthAt = now;
    }
    if (now >= this.#forgetAt + FORGET_EVERY_MS) {
      const forgotten = await payloads.forgetFinished(this.#keepFinishedMs, FORGET_LIMIT);
      const dropped = await payloads.dropOld(this.#keepPayloadsMs, FORGET_LIMIT);
      if (forgotten < FORGET_LIMIT && dropped < FORGET_LIMIT) this.#forgetAt = now;
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
