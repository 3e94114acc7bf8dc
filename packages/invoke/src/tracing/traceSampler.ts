import type { Clock, Random } from "@hearth/kit";

const SHARE = 0.05;

/** Decides which requests of functions with active tracing are sampled: of each function the first of a second, and 5 % of the others, as on AWS. */
export class TraceSampler {
  readonly #clock: Pick<Clock, "monotonicMs">;
  readonly #random: Pick<Random, "fraction">;
  /** Functions that have had their first request of the second. */
  readonly #had = new Set<string>();
  #second = -1;

  constructor(clock: Pick<Clock, "monotonicMs">, random: Pick<Random, "fraction">) {
    this.#clock = clock;
    this.#random = random;
  }

  /** Whether a request of the function that `key` names is sampled. */
  decide(key: string): boolean {
    const second = Math.floor(this.#clock.monotonicMs() / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#had.clear();
    }
    if (this.#had.has(key)) return this.#random.fraction() < SHARE;
    this.#had.add(key);
    return true;
  }
}
