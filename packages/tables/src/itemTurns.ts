/**
 * Lets the writes of this process that look at an item change it one after the other, first come first served. Without turns, all of many callers that change
 * one item would read it, one of them would write, and the others would have to begin again: most of a hot item's callers would fail.
 */
export class ItemTurns {
  readonly #waiting = new Map<string, (() => void)[]>();

  /** The turn of an item of this name. It ends when it is disposed. */
  take(name: string): Disposable | Promise<Disposable> {
    const waiting = this.#waiting.get(name);
    if (waiting) return new Promise((resolve) => waiting.push(() => resolve(this.#turn(name))));
    this.#waiting.set(name, []);
    return this.#turn(name);
  }

  /** The turns of several items. They are taken in the order of their names, so that two callers never wait for each other. */
  async takeAll(names: readonly string[]): Promise<Disposable> {
    const taken = new DisposableStack();
    for (const name of [...new Set(names)].toSorted()) taken.use(await this.take(name));
    return taken;
  }

  #turn(name: string): Disposable {
    return {
      [Symbol.dispose]: () => {
        const next = this.#waiting.get(name)?.shift();
        if (next) next();
        else this.#waiting.delete(name);
      },
    };
  }
}
