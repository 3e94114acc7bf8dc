/** Calls a handler of wake-ups, one at a time. */
export class Turns {
  readonly #handler: (ids: readonly string[]) => Promise<void>;
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  constructor(handler: (ids: readonly string[]) => Promise<void>) {
    this.#handler = handler;
  }

  get isIdle(): boolean {
    return this.#waiting === 0;
  }

  /** Resolves when the handler has taken these ids. Rejects as it does. */
  async take(ids: readonly string[]): Promise<void> {
    const taken = this.#afterLast(ids);
    this.#last = taken.catch(() => undefined);
    await taken;
  }

  /** Resolves when nothing is being taken. */
  async idle(): Promise<void> {
    await this.#last;
  }

  async #afterLast(ids: readonly string[]): Promise<void> {
    this.#waiting++;
    try {
      await this.#last;
      await this.#handler(ids);
    } finally {
      this.#waiting--;
    }
  }
}
