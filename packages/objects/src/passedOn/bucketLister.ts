import { BackgroundLoop, type Clock, type Logger } from "@hearth/kit";
import type { Database, S3BucketStore, S3IntentStore, S3SeenStore } from "@hearth/store";
import type { Bucket } from "../bucket.ts";
import { toBucket } from "../bucketDirectory.ts";
import { listPage } from "./listPage.ts";
import type { ObjectServer } from "./objectServer.ts";
import { stateOf } from "./objectState.ts";
import { isSame, type OutsideState, type OutsideWrites, toSecond } from "./outsideWrites.ts";

export interface BucketListerDeps {
  readonly database: Database;
  readonly buckets: Pick<S3BucketStore, "passedOn">;
  readonly intents: Pick<S3IntentStore, "isOpen">;
  readonly seen: S3SeenStore;
  readonly outside: Pick<OutsideWrites, "announce">;
  readonly server: Pick<ObjectServer, "send">;
  /** Seconds between listings of a bucket; `undefined`: it is not listed. */
  readonly listedEvery: (bucket: string) => number | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
}

const TICK_MS = 1_000;
/** A listing reads every key, and Hearth keeps a row for each. */
const MAX_KEYS = 100_000;
const FORGET_GONE_MS = 3_600_000;

/** Lists buckets at intervals, for servers that report nothing, and announces what has changed since the last time. */
export class BucketLister implements AsyncDisposable {
  readonly #deps: BucketListerDeps;
  readonly #loop: BackgroundLoop;

  constructor(deps: BucketListerDeps) {
    this.#deps = deps;
    this.#loop = new BackgroundLoop("listings of buckets", TICK_MS, (signal) => this.#run(signal), deps);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#loop[Symbol.asyncDispose]();
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { buckets, seen, listedEvery, logger } = this.#deps;
    for (const bucket of (await buckets.passedOn()).map(toBucket)) {
      const everySeconds = listedEvery(bucket.name);
      if (everySeconds === undefined || signal.aborted) continue;
      // Without a target of notifications nothing has to be known; the first listing after one is set is the beginning.
      const begun = await seen.beginListing(bucket.id, everySeconds * 1_000);
      if (!begun) continue;
      try {
        await this.#list(bucket, begun.isKnown, signal);
      } catch (error) {
        if (!signal.aborted) logger.warn({ err: error, bucket: bucket.name }, "a bucket could not be listed");
      }
    }
  }

  async #list(bucket: Bucket, isKnown: boolean, signal: AbortSignal): Promise<void> {
    const { server, seen, logger } = this.#deps;
    let after = "";
    let token: string | undefined;
    let keys = 0;
    do {
      signal.throwIfAborted();
      const page = await listPage(server, bucket.name, token);
      keys += page.objects.length;
      if (keys > MAX_KEYS) {
        logger.warn({ bucket: bucket.name, limit: MAX_KEYS }, "the bucket has too many keys to be watched by listing");
        return;
      }
      const last = page.objects.at(-1)?.key;
      const to = page.next === undefined ? undefined : last;
      if (page.next !== undefined && last === undefined) return;
      await this.#compare(bucket, page.objects, after, to, isKnown);
      after = last ?? after;
      token = page.next;
    } while (token !== undefined);
    if (!isKnown) await seen.endListing(bucket.id);
    await seen.forget(bucket.id, FORGET_GONE_MS, false);
  }

  /** One page of the listing with what is known of the same range of keys. */
  async #compare(
    bucket: Bucket,
    objects: readonly OutsideState[],
    after: string,
    to: string | undefined,
    isKnown: boolean,
  ): Promise<void> {
    const { database, seen, outside, server, clock } = this.#deps;
    if (!isKnown) {
      const rows = objects.map(({ key, etag, modifiedAt }) => ({ key, etag, modifiedAt: toSecond(modifiedAt) }));
      return await seen.putAll(database, bucket.id, rows);
    }
    const known = new Map(
      (await seen.between(bucket.id, after, to, MAX_KEYS + 1)).map((record) => [record.key, record]),
    );
    for (const state of objects) {
      const before = known.get(state.key);
      known.delete(state.key);
      if (before && before.modifiedAt !== null && isSame(before, state)) continue;
      await outside.announce(bucket, state, "ObjectCreated:Put");
    }
    for (const { key } of known.values()) {
      // It may have been written after the page was made.
      if (await stateOf(server, { bucket: bucket.name, key }, clock)) continue;
      await outside.announce(bucket, { key, etag: null, modifiedAt: null }, "ObjectRemoved:Delete");
    }
  }
}
