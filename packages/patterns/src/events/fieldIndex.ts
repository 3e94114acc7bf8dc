import { AffixIndex, push } from "./affixIndex.ts";
import { foldCase, type NumberRange, type ValueTest } from "./eventPattern.ts";
import { GramIndex } from "./gramIndex.ts";
import { networkOf, parseIp } from "./ipAddress.ts";
import { isWithin, type Scalar } from "./passesTest.ts";
import type { Wildcard } from "./wildcard.ts";

/** Finds by a value of one field the entries whose tests it may pass: every entry that it passes, and few others. */
export class FieldIndex<T> {
  readonly #equal = new Map<Scalar, T[]>();
  readonly #folded = new Map<string, T[]>();
  readonly #prefixes = new AffixIndex<T>("prefix");
  readonly #suffixes = new AffixIndex<T>("suffix");
  readonly #foldedPrefixes = new AffixIndex<T>("prefix");
  readonly #foldedSuffixes = new AffixIndex<T>("suffix");
  readonly #parts = new GramIndex<T>();
  /** By family and length of the network's prefix, such as "4/24". */
  readonly #networks = new Map<string, { family: 4 | 6; prefixLength: number; entries: Map<bigint, T[]> }>();
  readonly #ranges: { range: NumberRange; entries: T[] }[] = [];
  readonly #any: T[] = [];

  add(test: ValueTest, entry: T): void {
    switch (test.kind) {
      case "equals":
        return push(this.#equal, test.value, entry);
      case "ignoreCase":
        return push(this.#folded, test.folded, entry);
      case "prefix":
        return (test.ignoreCase ? this.#foldedPrefixes : this.#prefixes).add(test.text, entry);
      case "suffix":
        return (test.ignoreCase ? this.#foldedSuffixes : this.#suffixes).add(test.text, entry);
      case "wildcard":
        return this.#addWildcard(test.wildcard, entry);
      case "ip":
        return this.#addNetwork(test, entry);
      case "range":
        this.#ranges.push({ range: test.range, entries: [entry] });
        return;
      case "anythingBut":
      case "exists":
        this.#any.push(entry);
    }
  }

  find(value: Scalar, found: (entries: readonly T[]) => void): void {
    if (this.#any.length > 0) found(this.#any);
    const equal = this.#equal.get(value);
    if (equal) found(equal);
    if (typeof value === "number") {
      for (const { range, entries } of this.#ranges) if (isWithin(range, value)) found(entries);
    } else if (typeof value === "string") this.#findText(value, found);
  }

  #findText(value: string, found: (entries: readonly T[]) => void): void {
    this.#prefixes.find(value, found);
    this.#suffixes.find(value, found);
    this.#parts.find(value, found);
    if (this.#folded.size > 0 || !this.#foldedPrefixes.isEmpty || !this.#foldedSuffixes.isEmpty) {
      const folded = foldCase(value);
      const same = this.#folded.get(folded);
      if (same) found(same);
      this.#foldedPrefixes.find(folded, found);
      this.#foldedSuffixes.find(folded, found);
    }
    const ip = this.#networks.size > 0 ? parseIp(value) : undefined;
    if (!ip) return;
    for (const { family, prefixLength, entries } of this.#networks.values()) {
      const inside = family === ip.family ? entries.get(networkOf(ip, prefixLength)) : undefined;
      if (inside) found(inside);
    }
  }

  /** A wildcard is found by the longest of its literal texts. */
  #addWildcard({ literals }: Wildcard, entry: T): void {
    const [first = ""] = literals;
    if (literals.length === 1) return push(this.#equal, first, entry);
    const longest = literals.reduce((a, b) => (b.length > a.length ? b : a));
    if (longest === "") this.#prefixes.add("", entry);
    else if (first === longest) this.#prefixes.add(longest, entry);
    else if (literals.at(-1) === longest) this.#suffixes.add(longest, entry);
    else this.#parts.add(longest, entry);
  }

  #addNetwork({ family, first, prefixLength }: Extract<ValueTest, { kind: "ip" }>, entry: T): void {
    const key = `${family}/${prefixLength}`;
    let network = this.#networks.get(key);
    if (!network) this.#networks.set(key, (network = { family, prefixLength, entries: new Map() }));
    push(network.entries, first, entry);
  }
}
