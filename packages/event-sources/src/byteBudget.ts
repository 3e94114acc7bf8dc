/**
 * What the records that a process holds may take in memory. A mapping gets at most half of what the others leave free, and always one batch: a source with
 * large records cannot fill the process, nor stop the others.
 */
export class ByteBudget {
  readonly #limitBytes: number;
  readonly #used = new Map<string, number>();
  #total = 0;
  #freed = Promise.withResolvers<void>();

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  get usedBytes(): number {
    return this.#total;
  }

  /** Resolves when the mapping may take records, or `signal` aborts. */
  async room(UUID: string, signal: AbortSignal): Promise<void> {
    if (this.#hasRoom(UUID)) return;
    const aborted = Promise.withResolvers<void>();
    const onAbort = (): void => aborted.resolve();
    signal.addEventListener("abort", onAbort, { once: true });
    while (!this.#hasRoom(UUID) && !signal.aborted) await Promise.race([this.#freed.promise, aborted.promise]);
    signal.removeEventListener("abort", onAbort);
  }

  /** Counts bytes that were taken, until disposed. */
  hold(UUID: string, bytes: number): Disposable {
    this.#add(UUID, bytes);
    let held = true;
    return {
      [Symbol.dispose]: () => {
        if (!held) return;
        held = false;
        this.#add(UUID, -bytes);
        this.#freed.resolve();
        this.#freed = Promise.withResolvers();
      },
    };
  }

  #hasRoom(UUID: string): boolean {
    const own = this.#used.get(UUID) ?? 0;
    if (own === 0) return this.#total < this.#limitBytes;
    return own < (this.#limitBytes - (this.#total - own)) / 2;
  }

  #add(UUID: string, bytes: number): void {
    this.#total += bytes;
    const own = (this.#used.get(UUID) ?? 0) + bytes;
    if (own === 0) this.#used.delete(UUID);
    else this.#used.set(UUID, own);
  }
}
