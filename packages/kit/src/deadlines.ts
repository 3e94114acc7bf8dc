import type { Clock } from "./clock.ts";

const LOOK_MS = 1_000;

class Call implements Disposable {
  readonly endMs: number;
  readonly onLate: () => void;
  readonly #calls: Set<Call>;

  constructor(calls: Set<Call>, endMs: number, onLate: () => void) {
    this.#calls = calls;
    this.endMs = endMs;
    this.onLate = onLate;
  }

  [Symbol.dispose](): void {
    this.#calls.delete(this);
  }
}

/**
 * Deadlines of very many calls, nearly all of which end long before: instead of setting a timer for each, all are looked at once a second, while there are any.
 * So a call may go on for up to a second longer.
 */
export class Deadlines {
  readonly #clock: Pick<Clock, "after" | "monotonicMs">;
  readonly #calls = new Set<Call>();
  #isLooking = false;

  constructor(clock: Pick<Clock, "after" | "monotonicMs">) {
    this.#clock = clock;
  }

  /** A call begins; disposal ends it. `onLate` is called at most once, when it has not ended after `ms`. */
  begin(ms: number, onLate: () => void): Disposable {
    const call = new Call(this.#calls, this.#clock.monotonicMs() + ms, onLate);
    this.#calls.add(call);
    if (!this.#isLooking) this.#lookLater();
    return call;
  }

  #lookLater(): void {
    this.#isLooking = true;
    this.#clock.after(LOOK_MS, () => {
      const nowMs = this.#clock.monotonicMs();
      for (const call of this.#calls) {
        if (call.endMs > nowMs) continue;
        this.#calls.delete(call);
        call.onLate();
      }
      this.#isLooking = false;
      if (this.#calls.size > 0) this.#lookLater();
    });
  }
}
