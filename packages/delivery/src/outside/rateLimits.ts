import type { Clock, Random } from "@hearth/kit";
import type { OutboundRateStore } from "@hearth/store";
import { DeliveryDelayed } from "../deliveryDelayed.ts";

export interface RateLimitsDeps {
  readonly rates: Pick<OutboundRateStore, "take" | "forget">;
  readonly clock: Clock;
  readonly random: Random;
}

const FORGET_EVERY_MS = 60_000;
const FORGET_LIMIT = 1_000;
/** Messages that wait come back spread over the time in which the limit would allow some of them. */
const SPREAD_USES = 20;
const MAX_SPREAD_MS = 60_000;

/** Limits of targets outside that say how often per second they may be used. They hold for all processes together. */
export class RateLimits {
  readonly #deps: RateLimitsDeps;
  #forgetAt = 0;

  constructor(deps: RateLimitsDeps) {
    this.#deps = deps;
  }

  /** Rejects with DeliveryDelayed when `perSecond` does not allow a use of `key` now. */
  async take(key: string, perSecond: number): Promise<void> {
    const { rates, random } = this.#deps;
    const waitMs = await rates.take(key, perSecond);
    await this.#forget();
    if (waitMs === 0) return;
    const spreadMs = Math.min(MAX_SPREAD_MS, Math.max(1_000, (SPREAD_USES * 1_000) / perSecond));
    throw new DeliveryDelayed(`the limit of ${perSecond} per second is reached`, {
      atLeastMs: waitMs + random.fraction() * spreadMs,
      isAttempt: false,
    });
  }

  async #forget(): Promise<void> {
    const now = this.#deps.clock.monotonicMs();
    if (now < this.#forgetAt) return;
    this.#forgetAt = now + FORGET_EVERY_MS;
    await this.#deps.rates.forget(FORGET_LIMIT);
  }
}
