import type { Clock } from "@hearth/kit";
import type { KinesisStreamKey, KinesisStreamStore } from "@hearth/store";
import { type Stream, streamArn } from "./stream.ts";

/** A change of a stream in another process is seen after this time. */
const FRESH_MS = 2_000;
const MAX_STREAMS = 10_000;

interface Known {
  readonly stream: Promise<Stream | undefined>;
  readonly readAtMs: number;
}

/** Streams by name, kept in memory for a short time. */
export class StreamDirectory {
  readonly #store: Pick<KinesisStreamStore, "find" | "shards">;
  readonly #clock: Clock;
  readonly #known = new Map<string, Known>();

  constructor(store: Pick<KinesisStreamStore, "find" | "shards">, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  async find(key: KinesisStreamKey): Promise<Stream | undefined> {
    const name = nameOf(key);
    const nowMs = this.#clock.monotonicMs();
    const known = this.#known.get(name);
    if (known && nowMs - known.readAtMs < FRESH_MS) return await known.stream;
    const stream = this.#read(key);
    if (this.#known.size >= MAX_STREAMS) this.#known.clear();
    const entry = { stream, readAtMs: nowMs };
    this.#known.set(name, entry);
    const forget = (): void => {
      if (this.#known.get(name) === entry) this.#known.delete(name);
    };
    try {
      const found = await stream;
      if (!found) forget();
      return found;
    } catch (error) {
      forget();
      throw error;
    }
  }

  async #read(key: KinesisStreamKey): Promise<Stream | undefined> {
    const record = await this.#store.find(key);
    return record && { ...record, arn: streamArn(record), shards: await this.#store.shards(record.id) };
  }

  /** The stream was changed: the next `find` reads it. */
  forget(key: KinesisStreamKey): void {
    this.#known.delete(nameOf(key));
  }
}

function nameOf({ accountId, region, StreamName }: KinesisStreamKey): string {
  return `${accountId} ${region} ${StreamName}`;
}
