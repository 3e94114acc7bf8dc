/**
 * Filters are evaluated on the one thread that serves all accounts. An evaluation that has gone on for a while waits for its turn: in each turn of the event loop
 * one of those that wait goes on, so that everything else waits for one slice at most, however many such queries there are.
 */
export class EvaluationTurns {
  #last: Promise<void> = Promise.resolve();

  /** Resolves when the caller may go on for a slice. */
  next(): Promise<void> {
    this.#last = this.#last.then(() => new Promise((resolve) => setImmediate(resolve)));
    return this.#last;
  }
}
