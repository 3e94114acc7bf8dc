import { type Clock, Mutex } from "@hearth/kit";

/** AWS's quota of one connection. */
const PER_SECOND = 100;
const BURST = 200;

/** Makes a client that publishes too quickly wait: its further packets are not read meanwhile. */
export class PublishRate {
  readonly #clock: Clock;
  readonly #turn = new Mutex();
  #tokens = BURST;
  #filledAtMs: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#filledAtMs = clock.monotonicMs();
  }

  /** Resolves when the next message may be published. */
  async wait(): Promise<void> {
    if (this.#tokens >= 1) {
      this.#tokens--;
      return;
    }
    using _turn = await this.#turn.acquire();
    this.#fill();
    if (this.#tokens < 1) {
      const { promise, resolve } = Promise.withResolvers<void>();
      using _timer = this.#clock.after(((1 - this.#tokens) * 1000) / PER_SECOND, resolve);
      await promise;
      this.#fill();
    }
    this.#tokens--;
  }

  #fill(): void {
    const now = this.#clock.monotonicMs();
    this.#tokens = Math.min(BURST, this.#tokens + ((now - this.#filledAtMs) * PER_SECOND) / 1000);
    this.#filledAtMs = now;
  }
}
