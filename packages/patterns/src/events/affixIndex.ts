/** Finds entries by the beginning (or end) of a text, with one look-up per length that entries have. */
export class AffixIndex<T> {
  readonly #byLength = new Map<number, Map<string, T[]>>();
  readonly #atEnd: boolean;

  constructor(side: "prefix" | "suffix") {
    this.#atEnd = side === "suffix";
  }

  get isEmpty(): boolean {
    return this.#byLength.size === 0;
  }

  add(affix: string, entry: T): void {
    let texts = this.#byLength.get(affix.length);
    if (!texts) this.#byLength.set(affix.length, (texts = new Map()));
    push(texts, affix, entry);
  }

  find(text: string, found: (entries: readonly T[]) => void): void {
    for (const [length, texts] of this.#byLength) {
      if (length > text.length) continue;
      const entries = texts.get(this.#atEnd ? text.slice(text.length - length) : text.slice(0, length));
      if (entries) found(entries);
    }
  }
}

export function push<K, T>(map: Map<K, T[]>, key: K, entry: T): void {
  const entries = map.get(key);
  if (entries) entries.push(entry);
  else map.set(key, [entry]);
}
