import type { Clock } from "@hearth/kit";

interface Kept {
  readonly body: string;
  readonly untilMs: number;
}

/** Answers of one sandbox's extension, the least recently used ones dropped first, by number and by size. */
export class ValueCache {
  readonly #clock: Pick<Clock, "monotonicMs">;
  readonly #maxItems: number;
  readonly #maxChars: number;
  readonly #kept = new Map<string, Kept>();
  #chars = 0;

  constructor(clock: Pick<Clock, "monotonicMs">, maxItems: number, maxChars: number) {
    this.#clock = clock;
    this.#maxItems = maxItems;
    this.#maxChars = maxChars;
  }

  get(key: string): string | undefined {
    const found = this.#kept.get(key);
    if (!found) return undefined;
    this.#remove(key, found);
    if (this.#clock.monotonicMs() >= found.untilMs) return undefined;
    this.#add(key, found);
    return found.body;
  }

  put(key: string, body: string, ttlMs: number): void {
    const old = this.#kept.get(key);
    if (old) this.#remove(key, old);
    if (ttlMs === 0 || this.#maxItems === 0) return;
    this.#add(key, { body, untilMs: this.#clock.monotonicMs() + ttlMs });
    for (const [name, kept] of this.#kept) {
      if (this.#kept.size <= this.#maxItems && this.#chars <= this.#maxChars) return;
      this.#remove(name, kept);
    }
  }

  #add(key: string, kept: Kept): void {
    this.#kept.set(key, kept);
    this.#chars += kept.body.length;
  }

  #remove(key: string, kept: Kept): void {
    this.#kept.delete(key);
    this.#chars -= kept.body.length;
  }
}
