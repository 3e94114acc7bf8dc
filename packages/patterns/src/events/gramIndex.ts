import { push } from "./affixIndex.ts";

const LONGEST_GRAM = 3;

/** Finds entries that may be about a part of a text, by the first characters of the part. What it finds has to be checked. */
export class GramIndex<T> {
  readonly #byLength = new Map<number, Map<string, T[]>>();

  add(part: string, entry: T): void {
    const gram = part.slice(0, LONGEST_GRAM);
    let grams = this.#byLength.get(gram.length);
    if (!grams) this.#byLength.set(gram.length, (grams = new Map()));
    push(grams, gram, entry);
  }

  find(text: string, found: (entries: readonly T[]) => void): void {
    for (const [length, grams] of this.#byLength) {
      const seen = new Set<string>();
      for (let at = 0; at + length <= text.length && seen.size < grams.size; at++) {
        const gram = text.slice(at, at + length);
        const entries = grams.get(gram);
        if (!entries || seen.has(gram)) continue;
        seen.add(gram);
        found(entries);
      }
    }
  }
}
