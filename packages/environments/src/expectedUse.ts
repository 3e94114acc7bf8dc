/** What is expected of another account's function that was never measured is halved each time it has run for this long without taking it. */
const HALF_LIFE_MS = 3_000;
/** Of the host's memory, what one account's expected use may keep from another account's start, and what that of all others may. */
const MAX_SHARE = 0.25;
const MAX_SHARE_OF_OTHERS = 0.5;

/** Adds up the memory that is expected to be taken soon, as far as it counts against a start of one account: its own in full, that of others within bounds. */
export class ExpectedUse {
  readonly #accountId: string;
  readonly #totalMemoryMb: number;
  readonly #nowMs: number;
  readonly #others = new Map<string, number>();
  #ownMb = 0;

  constructor(accountId: string, totalMemoryMb: number, nowMs: number) {
    this.#accountId = accountId;
    this.#totalMemoryMb = totalMemoryMb;
    this.#nowMs = nowMs;
  }

  /** `sinceMs`: since when it has been expected; now, where it is certain enough not to become less. */
  add(accountId: string, mb: number, sinceMs: number): void {
    if (accountId === this.#accountId) {
      this.#ownMb += mb;
      return;
    }
    const counted = mb * 0.5 ** (Math.max(0, this.#nowMs - sinceMs) / HALF_LIFE_MS);
    this.#others.set(accountId, (this.#others.get(accountId) ?? 0) + counted);
  }

  get mb(): number {
    let others = 0;
    for (const mb of this.#others.values()) others += Math.min(mb, this.#totalMemoryMb * MAX_SHARE);
    return this.#ownMb + Math.min(others, this.#totalMemoryMb * MAX_SHARE_OF_OTHERS);
  }
}
