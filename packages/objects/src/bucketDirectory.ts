import type { Clock } from "@hearth/kit";
import type { S3BucketRecord, S3BucketStore } from "@hearth/store";
import type { Bucket, BucketSettings } from "./bucket.ts";

interface Known {
  readonly bucket: Promise<Bucket | undefined>;
  readonly readAtMs: number;
}

/** Changes made by another process are seen after this time. */
const FRESH_MS = 1_000;
const MAX_BUCKETS = 10_000;

/** Buckets by name, kept in memory for a moment. What writes to a bucket reads its versioning again in its transaction. */
export class BucketDirectory {
  readonly #store: Pick<S3BucketStore, "find">;
  readonly #clock: Clock;
  readonly #known = new Map<string, Known>();

  constructor(store: Pick<S3BucketStore, "find">, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** Resolves with the same object while the bucket is remembered and unchanged. */
  async find(name: string): Promise<Bucket | undefined> {
    const nowMs = this.#clock.monotonicMs();
    const known = this.#known.get(name);
    if (known && nowMs - known.readAtMs < FRESH_MS) return await known.bucket;
    const entry = { bucket: this.#read(name, known?.bucket), readAtMs: nowMs };
    if (this.#known.size >= MAX_BUCKETS) this.#known.clear();
    this.#known.set(name, entry);
    try {
      const found = await entry.bucket;
      if (!found && this.#known.get(name) === entry) this.#known.delete(name);
      return found;
    } catch (error) {
      if (this.#known.get(name) === entry) this.#known.delete(name);
      throw error;
    }
  }

  /** The bucket was made, changed or deleted: the next `find` reads it. */
  forget(name: string): void {
    this.#known.delete(name);
  }

  async #read(name: string, previous: Promise<Bucket | undefined> | undefined): Promise<Bucket | undefined> {
    const record = await this.#store.find(name);
    if (!record) return undefined;
    const before = await previous?.catch(() => undefined);
    // The same object for an unchanged bucket: policies are compiled once per object.
    return before && before.id === record.id && before.revision === record.revision ? before : toBucket(record);
  }
}

export function toBucket(record: S3BucketRecord): Bucket {
  const settings = record.settings as BucketSettings;
  return {
    ...record,
    settings,
    policy: settings.policy === undefined ? undefined : (JSON.parse(settings.policy) as object),
  };
}
