import type { Clock } from "@hearth/kit";

/** Parsing JSON may take 30 ns a byte, on the thread that serves all functions: one environment may use it for about 4 ms in 100. */
const WINDOW_MS = 100;
const MAX_PARSED_PER_WINDOW = 128 * 1024;
const MAX_PARSED_LINE = 32 * 1024;

/** Decides which of an environment's lines may be parsed. */
export class ParseBudget {
  readonly #clock: Clock;
  #windowEndsAt = -Infinity;
  #parsed = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  take(line: string): boolean {
    if (line.length > MAX_PARSED_LINE) return false;
    const now = this.#clock.monotonicMs();
    if (now >= this.#windowEndsAt) {
      this.#windowEndsAt = now + WINDOW_MS;
      this.#parsed = 0;
    }
    this.#parsed += line.length;
    return this.#parsed <= MAX_PARSED_PER_WINDOW;
  }
}
