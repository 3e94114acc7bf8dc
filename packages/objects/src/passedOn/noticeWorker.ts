import { BackgroundLoop, type Clock, type Logger } from "@hearth/kit";
import type { S3BucketStore, S3NoticeRecord, S3NoticeStore, S3SeenStore } from "@hearth/store";
import { toBucket } from "../bucketDirectory.ts";
import type { ObjectServer } from "./objectServer.ts";
import { stateOf } from "./objectState.ts";
import type { OutsideWrites } from "./outsideWrites.ts";

export interface NoticeWorkerDeps {
  readonly buckets: Pick<S3BucketStore, "findById">;
  readonly notices: S3NoticeStore;
  readonly seen: Pick<S3SeenStore, "forget">;
  readonly outside: Pick<OutsideWrites, "announce">;
  readonly server: Pick<ObjectServer, "send">;
  /** Whether the bucket is listed, so that its state has to be kept. */
  readonly isListed: (bucket: string) => boolean;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What another process has received is found after this time. */
const EVERY_MS = 5_000;
const AT_ONCE = 20;
const LEASE_MS = 60_000;
const AGAIN_MS = 1_000;
const MAX_BACKOFF_MS = 600_000;
/** So long after a write a server may report it, without its being announced twice. */
const SEEN_MS = 3_600_000;

/** Looks at the objects that servers have reported, and announces those that have changed. */
export class NoticeWorker implements AsyncDisposable {
  readonly #deps: NoticeWorkerDeps;
  readonly #loop: BackgroundLoop;

  constructor(deps: NoticeWorkerDeps) {
    this.#deps = deps;
    this.#loop = new BackgroundLoop("objects that servers report", EVERY_MS, (signal) => this.#run(signal), deps);
  }

  wake(): void {
    this.#loop.wake();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#loop[Symbol.asyncDispose]();
  }

  async #run(signal: AbortSignal): Promise<void> {
    const touched = new Map<bigint, string>();
    while (!signal.aborted) {
      const due = await this.#deps.notices.claim(AT_ONCE, LEASE_MS);
      if (due.length === 0) break;
      await Promise.all(due.map((notice) => this.#look(notice, touched)));
    }
    for (const [id, name] of touched) {
      if (!this.#deps.isListed(name)) await this.#deps.seen.forget(id, SEEN_MS, true);
    }
  }

  async #look(notice: S3NoticeRecord, touched: Map<bigint, string>): Promise<void> {
    const { buckets, notices, outside, server, clock, logger } = this.#deps;
    const { bucketId, key } = notice;
    try {
      const record = await buckets.findById(bucketId);
      if (!record) return; // its notices are deleted with it
      const bucket = toBucket(record);
      touched.set(bucketId, bucket.name);
      const state = await stateOf(server, { bucket: bucket.name, key }, clock);
      const isRemoval = notice.event.startsWith("ObjectRemoved:");
      // Another reading of the key, or an object that is gone again: its removal is reported too.
      const isNothing = !state && !isRemoval;
      const name = state && isRemoval ? "ObjectCreated:Put" : notice.event;
      const told = {
        key,
        etag: state?.etag ?? null,
        modifiedAt: state?.lastModified ?? null,
        ...(state && { size: state.size, versionId: state.versionId }),
      };
      const isDone = isNothing
        ? await notices.end(notice)
        : await outside.announce(bucket, told, name, async (tx) => await notices.remove(tx, notice));
      if (!isDone) await notices.postpone(notice, AGAIN_MS);
    } catch (error) {
      logger.warn({ err: error, bucketId: String(bucketId), key }, "an object that was reported cannot be looked at");
      await notices.postpone(notice, Math.min(1_000 * 2 ** Math.min(notice.attempts, 10), MAX_BACKOFF_MS));
    }
  }
}
