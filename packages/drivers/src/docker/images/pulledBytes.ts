/** What the engine says of a pull, as far as it is looked at. */
export interface PullMessage {
  readonly id?: string;
  readonly progressDetail?: { readonly total?: number };
}

/** How much a pull fetches, by what the engine says of each layer while it does. */
export class PulledBytes {
  readonly #layers = new Map<string, number>();
  #total = 0;

  /** The sum so far. */
  add({ id, progressDetail }: PullMessage): number {
    const total = progressDetail?.total;
    if (id === undefined || typeof total !== "number") return this.#total;
    const before = this.#layers.get(id) ?? 0;
    if (total > before) {
      this.#layers.set(id, total);
      this.#total += total - before;
    }
    return this.#total;
  }
}
