/** Executions that count against one limit, and the invocations that wait for one of them to end. */
export class Counter {
  /** Executions that hold a slot, including those that have their answer. */
  running = 0;
  /** Executions that have their answer and are over in a moment. */
  finishing = 0;
  readonly #waiters = new Set<() => boolean>();

  /** Whether one more invocation may wait: each has an execution that is about to end. */
  get mayWait(): boolean {
    return this.#waiters.size < this.finishing;
  }

  /** Calls `retry` when a slot becomes free, until it returns true or the function that this returns is called. */
  wait(retry: () => boolean): () => void {
    this.#waiters.add(retry);
    return () => void this.#waiters.delete(retry);
  }

  /** An execution has ended: the invocation that has waited longest gets its slot. */
  released(): void {
    for (const retry of this.#waiters) {
      if (!retry()) continue;
      this.#waiters.delete(retry);
      return;
    }
  }
}

/** One execution's slot. Holds the counters that it has incremented: a reservation may be set or removed while the invocation runs. */
export class Lease implements Disposable {
  #own: Counter | undefined;
  readonly #shared: Counter | undefined;
  #isFinishing = false;

  constructor(own: Counter, shared: Counter | undefined) {
    own.running++;
    if (shared) shared.running++;
    this.#own = own;
    this.#shared = shared;
  }

  /** The execution has its answer and goes on holding the slot until its runtime asks for the next event. */
  finishing(): void {
    if (!this.#own || this.#isFinishing) return;
    this.#isFinishing = true;
    this.#own.finishing++;
    if (this.#shared) this.#shared.finishing++;
  }

  [Symbol.dispose](): void {
    const own = this.#own;
    const shared = this.#shared;
    if (!own) return;
    this.#own = undefined;
    own.running--;
    if (shared) shared.running--;
    if (this.#isFinishing) {
      own.finishing--;
      if (shared) shared.finishing--;
    }
    own.released();
    shared?.released();
  }
}
