/** Who waits for records in this process, by stream. Waiting costs memory and no query. */
export class Arrivals {
  readonly #waiting = new Map<string, Set<() => void>>();

  /** Calls `onArrival` after each arrival in the stream until disposed. */
  watch(streamId: string, onArrival: () => void): Disposable {
    let watchers = this.#waiting.get(streamId);
    if (!watchers) this.#waiting.set(streamId, (watchers = new Set()));
    const own = watchers;
    own.add(onArrival);
    return {
      [Symbol.dispose]: () => {
        own.delete(onArrival);
        if (own.size === 0 && this.#waiting.get(streamId) === own) this.#waiting.delete(streamId);
      },
    };
  }

  wake(streamId: string): void {
    for (const onArrival of this.#waiting.get(streamId) ?? []) onArrival();
  }

  wakeAll(): void {
    for (const streamId of this.#waiting.keys()) this.wake(streamId);
  }
}
