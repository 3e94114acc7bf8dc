import type { Clock } from "@hearth/kit";

/**
 * A deadline that is set and cleared for each of many invocations without starting a timer for each: a timer that already runs is kept,
 * and checks the deadline when it fires.
 */
export class Deadline implements Disposable {
  readonly #clock: Clock;
  readonly #onReached: () => void;
  readonly #fire = (): void => this.#fired();
  #atMs = Infinity;
  #timer: Disposable | undefined;
  #timerAtMs = Infinity;

  constructor(clock: Clock, onReached: () => void) {
    this.#clock = clock;
    this.#onReached = onReached;
  }

  /** Calls `onReached` after `ms`, unless the deadline is set again or cleared before. */
  set(ms: number): void {
    this.#atMs = this.#clock.monotonicMs() + ms;
    if (this.#timer && this.#timerAtMs <= this.#atMs) return;
    this.#start(ms);
  }

  clear(): void {
    this.#atMs = Infinity;
  }

  [Symbol.dispose](): void {
    this.clear();
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
  }

  #start(ms: number): void {
    this.#timer?.[Symbol.dispose]();
    this.#timerAtMs = this.#clock.monotonicMs() + ms;
    this.#timer = this.#clock.after(ms, this.#fire);
  }

  #fired(): void {
    this.#timer = undefined;
    if (this.#atMs === Infinity) return;
    const leftMs = this.#atMs - this.#clock.monotonicMs();
    // A timer may fire up to a millisecond early.
    if (leftMs >= 1) {
      this.#start(leftMs);
      return;
    }
    this.#atMs = Infinity;
    this.#onReached();
  }
}
