import type { Clock } from "@hearth/kit";

const LOOK_AT_ALL_MS = 5_000;
const MARGIN_MS = 2_000;
const MAX_QUEUES = 10_000;

interface Floor {
  /** Messages that became visible before this were all claimed, but for stragglers. */
  fromMs: number | undefined;
  lookedAtAllMs: number;
}

/**
 * From which time of becoming visible on a queue is worth looking at. Claims take the messages that became visible first, so what lies before those is dead rows,
 * which PostgreSQL cannot remove while some transaction is open: without this, every claim would read all of them. Stragglers, such as the messages of a
 * transaction that took long, are found because a queue is looked at as a whole every 5 seconds.
 */
export class VisibleFrom {
  readonly #clock: Clock;
  readonly #floors = new Map<string, Floor>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** `undefined`: to be looked at as a whole. */
  of(queueId: string): number | undefined {
    const nowMs = this.#clock.monotonicMs();
    const floor = this.#floors.get(queueId);
    if (floor && nowMs - floor.lookedAtAllMs < LOOK_AT_ALL_MS) return floor.fromMs;
    if (floor) floor.lookedAtAllMs = nowMs;
    else {
      if (this.#floors.size >= MAX_QUEUES) this.#floors.clear();
      this.#floors.set(queueId, { fromMs: undefined, lookedAtAllMs: nowMs });
    }
    return undefined;
  }

  /** A claim took messages of which the last had become visible at this time. */
  claimed(queueId: string, lastVisibleAtMs: number): void {
    const floor = this.#floors.get(queueId);
    if (floor) floor.fromMs = lastVisibleAtMs - MARGIN_MS;
  }
}
