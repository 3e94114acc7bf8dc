import type { Clock } from "@hearth/kit";
import type { EventSourceSettings } from "@hearth/model";

/** https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html */
const START = 5;
const GROWTH_PER_MINUTE = 300;
const MAX_CONCURRENCY = 1_250;
/** https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html#sqs-provisioned-mode */
const BATCHES_PER_POLLER = 10;
const PROVISIONED_GROWTH_PER_MINUTE = 1_000;
const DEFAULT_MINIMUM_POLLERS = 2;
const DEFAULT_MAXIMUM_POLLERS = 200;

interface Bounds {
  readonly start: number;
  readonly max: number;
  readonly perMinute: number;
}

function boundsOf({ ProvisionedPollerConfig, ScalingConfig }: EventSourceSettings): Bounds {
  if (ProvisionedPollerConfig) {
    const { MinimumPollers = DEFAULT_MINIMUM_POLLERS, MaximumPollers } = ProvisionedPollerConfig;
    const maximum = Math.max(MinimumPollers, MaximumPollers ?? DEFAULT_MAXIMUM_POLLERS);
    return {
      start: MinimumPollers * BATCHES_PER_POLLER,
      max: maximum * BATCHES_PER_POLLER,
      perMinute: PROVISIONED_GROWTH_PER_MINUTE,
    };
  }
  const max = ScalingConfig?.MaximumConcurrency ?? MAX_CONCURRENCY;
  return { start: Math.min(START, max), max, perMinute: GROWTH_PER_MINUTE };
}

/**
 * How many batches of a mapping may run at a time. It begins with AWS's number, grows at AWS's rate while all of them are in use, shrinks when the function
 * fails or is throttled, and goes back to the start when the backlog is worked off.
 */
export class PollerScaling {
  readonly #clock: Clock;
  readonly #bounds: Bounds;
  #allowed: number;
  #grewAtMs: number;

  constructor(settings: EventSourceSettings, clock: Clock) {
    this.#clock = clock;
    this.#bounds = boundsOf(settings);
    this.#allowed = this.#bounds.start;
    this.#grewAtMs = clock.monotonicMs();
  }

  get allowed(): number {
    return Math.floor(this.#allowed);
  }

  /** All batches that are allowed run, and there are more records. */
  saturated(): void {
    const now = this.#clock.monotonicMs();
    // The time before the first backlog does not count.
    const passedMs = Math.min(now - this.#grewAtMs, 1_000);
    this.#grewAtMs = now;
    this.#allowed = Math.min(this.#bounds.max, this.#allowed + (passedMs / 60_000) * this.#bounds.perMinute);
  }

  /** The function failed or was throttled. */
  failed(): void {
    this.#allowed = Math.max(1, this.#allowed * 0.8);
  }

  /** The function ran a batch without failing. What failures took away comes back step by step. */
  succeeded(): void {
    if (this.#allowed < this.#bounds.start) this.#allowed = Math.min(this.#bounds.start, this.#allowed + 0.5);
  }

  /** There are no more records. */
  idle(): void {
    this.#allowed = Math.min(this.#allowed, this.#bounds.start);
    this.#grewAtMs = this.#clock.monotonicMs();
  }
}
