import type { EventSourceMapping } from "@hearth/store";
import type { OpenStream, StreamSource } from "../eventSource.ts";

interface Shared {
  readonly opening: Promise<OpenStream>;
  readonly stop: AbortController;
  users: number;
}

/** A stream that a unit uses. Disposing it closes the stream when no other unit of the mapping uses it. */
export interface BorrowedStream extends AsyncDisposable {
  readonly stream: OpenStream;
  /** It has failed: who borrows next gets a new one. */
  broken(): void;
}

/** All shards of a mapping that a process reads share one open stream, and with it the connections to a server. */
export class OpenStreams {
  readonly #shared = new Map<string, Shared>();

  /** Rejects when the source cannot be reached. */
  async borrow(mapping: EventSourceMapping, source: StreamSource): Promise<BorrowedStream> {
    const key = `${mapping.UUID}:${mapping.revision}`;
    let shared = this.#shared.get(key);
    if (!shared) {
      const stop = new AbortController();
      shared = { opening: source.open(mapping, stop.signal), stop, users: 0 };
      this.#shared.set(key, shared);
    }
    const entry = shared;
    entry.users++;
    const forget = (): void => {
      if (this.#shared.get(key) === entry) this.#shared.delete(key);
    };
    try {
      const stream = await entry.opening;
      return {
        stream,
        broken: forget,
        [Symbol.asyncDispose]: async () => {
          if (--entry.users > 0) return;
          forget();
          entry.stop.abort(new Error("the stream is not read any longer"));
          await stream[Symbol.asyncDispose]();
        },
      };
    } catch (error) {
      entry.users--;
      forget();
      throw error;
    }
  }
}
