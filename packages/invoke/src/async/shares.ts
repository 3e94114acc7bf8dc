import type { ClaimShares, FunctionKey } from "@hearth/store";

interface Used extends FunctionKey {
  slots: number;
}

/**
 * Divides a worker's slots among functions; an event runs in one slot. A function gets at most half of the slots that the other functions leave free, and
 * always at least one: a slow function with many events cannot block the events of another one.
 */
export class Shares {
  #free: number;
  readonly #used = new Map<string, Used>();
  #freed = Promise.withResolvers<void>();

  constructor(slots: number) {
    this.#free = slots;
  }

  get free(): number {
    return this.#free;
  }

  /** Resolves when a slot is released, or when `wakeWaiting` is called. */
  get freed(): Promise<void> {
    return this.#freed.promise;
  }

  /** Resolves the `freed` promise of everyone who waits. */
  wakeWaiting(): void {
    this.#freed.resolve();
    this.#freed = Promise.withResolvers();
  }

  /** How many more slots `fn` may take. */
  shareOf(fn: FunctionKey): number {
    const own = this.#used.get(keyOf(fn))?.slots ?? 0;
    if (this.#free === 0) return 0;
    return Math.max(own === 0 ? 1 : 0, Math.ceil((this.#free - own) / 2));
  }

  /** `shareOf` every function, in the form that `EventStore.claim` takes. */
  all(): ClaimShares {
    const of = [...this.#used.values()].map((fn) => ({
      accountId: fn.accountId,
      region: fn.region,
      FunctionName: fn.FunctionName,
      most: this.shareOf(fn),
    }));
    return { most: Math.ceil(this.#free / 2), of };
  }

  /** Sets slots aside for a claim that has been sent; `assign` ends that. */
  reserve(slots: number): void {
    this.#free -= slots;
  }

  /** Assigns one of the reserved slots to the function of each claimed event; the rest of them become free. */
  assign(reserved: number, claimed: readonly FunctionKey[]): void {
    this.#free += reserved - claimed.length;
    for (const fn of claimed) {
      const { accountId, region, FunctionName } = fn;
      const used = this.#used.get(keyOf(fn));
      if (used) used.slots++;
      else this.#used.set(keyOf(fn), { accountId, region, FunctionName, slots: 1 });
    }
  }

  /** Releases one slot of `fn`. */
  release(fn: FunctionKey): void {
    const used = this.#used.get(keyOf(fn));
    if (used && --used.slots === 0) this.#used.delete(keyOf(fn));
    this.#free++;
    this.wakeWaiting();
  }
}

export function keyOf({ accountId, region, FunctionName }: FunctionKey): string {
  return `${accountId}:${region}:${FunctionName}`;
}
