interface Connectable {
  on(event: "error", listener: (error: Error) => void): unknown;
  waitUntilReady(): Promise<unknown>;
  close(): Promise<void>;
}

/**
 * A queue or worker of BullMQ that is made again when its first connection fails. BullMQ itself remembers that failure for ever, and its workers
 * then try again without a pause.
 */
export class Connecting<T extends Connectable> implements AsyncDisposable {
  readonly #make: () => T;
  #current: Promise<T> | undefined;

  constructor(make: () => T) {
    this.#make = make;
  }

  /** Rejects when it cannot connect; the next call tries again. */
  connected(): Promise<T> {
    return (this.#current ??= this.#connect());
  }

  async #connect(): Promise<T> {
    const made = this.#make();
    try {
      await made.waitUntilReady();
      return made;
    } catch (error) {
      this.#current = undefined;
      await made.close();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const connected = await this.#current?.catch(() => undefined);
    await connected?.close();
  }
}
