import type { Clock } from "@hearth/kit";

export interface OutputLimits {
  readonly windowMs: number;
  readonly maxLines: number;
  readonly maxBytes: number;
}

/** Lines cost more than bytes: each passes filter and log writer by itself. 10 ms of these keep the event loop busy for a few milliseconds. */
const LIMITS: OutputLimits = { windowMs: 10, maxLines: 2_000, maxBytes: 512 * 1024 };

/**
 * Limits how much output of all sandboxes together is read in a window, and shares it among them in turns: a flood in some of them must not
 * keep the event loop from serving the others.
 */
export class OutputBudget {
  readonly #clock: Clock;
  readonly #limits: OutputLimits;
  readonly #queue = new Set<() => void>();
  #windowEndsAt = -Infinity;
  #lines = 0;
  #bytes = 0;
  /** The one that is called now may read once, whoever waits behind it. */
  #isTurn = false;
  #timer: Disposable | undefined;

  constructor(clock: Clock, limits: OutputLimits = LIMITS) {
    this.#clock = clock;
    this.#limits = limits;
  }

  /** Whether the caller may read a little now. If not, `onTurn` is called once it may; a call again before that changes nothing. */
  mayRead(onTurn: () => void): boolean {
    if (this.#isTurn || (this.#queue.size === 0 && this.#hasRoom())) {
      this.#isTurn = false;
      return true;
    }
    this.#queue.add(onTurn);
    this.#serveLater();
    return false;
  }

  /** Counts what was read. */
  used(lines: number, bytes: number): void {
    this.#renew();
    this.#lines += lines;
    this.#bytes += bytes;
  }

  /** `onTurn` will not be called. */
  leave(onTurn: () => void): void {
    this.#queue.delete(onTurn);
  }

  #serve(): void {
    this.#timer = undefined;
    for (const onTurn of this.#queue) {
      if (!this.#hasRoom()) break;
      this.#queue.delete(onTurn);
      this.#isTurn = true;
      onTurn();
      this.#isTurn = false;
    }
    if (this.#queue.size > 0) this.#serveLater();
  }

  #serveLater(): void {
    if (this.#timer) return;
    this.#timer = this.#clock.after(this.#leftMs(), () => this.#serve());
  }

  #hasRoom(): boolean {
    this.#renew();
    return this.#lines < this.#limits.maxLines && this.#bytes < this.#limits.maxBytes;
  }

  #leftMs(): number {
    return Math.max(1, this.#windowEndsAt - this.#clock.monotonicMs());
  }

  #renew(): void {
    const now = this.#clock.monotonicMs();
    if (now < this.#windowEndsAt) return;
    this.#windowEndsAt = now + this.#limits.windowMs;
    this.#lines = 0;
    this.#bytes = 0;
  }
}
