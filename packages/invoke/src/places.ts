import type { ClaimShares, EventsFunction } from "@hearth/store";

interface Taken extends EventsFunction {
  places: number;
}

/**
 * The places of a worker, in which events run. A function may take at most half of what the others leave free, but always one: however
 * many events of a slow function there are, those of another one find a place.
 */
export class Places {
  #free: number;
  readonly #taken = new Map<string, Taken>();
  #freed = Promise.withResolvers<void>();

  constructor(places: number) {
    this.#free = places;
  }

  get free(): number {
    return this.#free;
  }

  /** Resolves when there is one, or `release` is called. */
  get freed(): Promise<void> {
    return this.#freed.promise;
  }

  /** Lets those go on who wait for a place. */
  release(): void {
    this.#freed.resolve();
    this.#freed = Promise.withResolvers();
  }

  /** How many more `fn` may take. */
  shareOf(fn: EventsFunction): number {
    const own = this.#taken.get(keyOf(fn))?.places ?? 0;
    if (this.#free === 0) return 0;
    return Math.max(own === 0 ? 1 : 0, Math.ceil((this.#free - own) / 2));
  }

  /** The same for every function. */
  shares(): ClaimShares {
    const of = [...this.#taken.values()].map(({ accountId, FunctionName }) => ({
      accountId,
      FunctionName,
      most: this.shareOf({ accountId, FunctionName }),
    }));
    return { most: Math.ceil(this.#free / 2), of };
  }

  /** Sets places aside until it is known what they are for; given back by `settle`. */
  reserve(places: number): void {
    this.#free -= places;
  }

  /** Of the places that were set aside, those for `taken` are theirs, one each; the rest is free again. */
  settle(reserved: number, taken: readonly EventsFunction[]): void {
    this.#free += reserved - taken.length;
    for (const fn of taken) {
      const { accountId, FunctionName } = fn;
      const entry = this.#taken.get(keyOf(fn));
      if (entry) entry.places++;
      else this.#taken.set(keyOf(fn), { accountId, FunctionName, places: 1 });
    }
  }

  /** Gives one of its places back. */
  leave(fn: EventsFunction): void {
    const entry = this.#taken.get(keyOf(fn));
    if (entry && --entry.places === 0) this.#taken.delete(keyOf(fn));
    this.#free++;
    this.release();
  }
}

function keyOf({ accountId, FunctionName }: EventsFunction): string {
  return `${accountId}:${FunctionName}`;
}
