import type { Clock } from "@hearth/kit";

/** Lets through `perSecond` on average, and up to `burst` at once. */
export class TokenBucket {
  readonly #clock: Clock;
  readonly #perMs: number;
  readonly #burst: number;
  #tokens: number;
  #filledAt: number;

  constructor(clock: Clock, perSecond: number, burst: number) {
    this.#clock = clock;
    this.#perMs = perSecond / 1000;
    this.#burst = burst;
    this.#tokens = burst;
    this.#filledAt = clock.monotonicMs();
  }

  /** The clock is only read when the tokens that were there at the last reading are used up. */
  take(): boolean {
    if (this.#tokens < 1) {
      const now = this.#clock.monotonicMs();
      this.#tokens = Math.min(this.#burst, this.#tokens + (now - this.#filledAt) * this.#perMs);
      this.#filledAt = now;
      if (this.#tokens < 1) return false;
    }
    this.#tokens--;
    return true;
  }
}
