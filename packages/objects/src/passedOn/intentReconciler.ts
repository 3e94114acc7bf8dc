import { BackgroundLoop, type Clock, type Logger } from "@hearth/kit";
import type { Database, S3BucketStore, S3IntentRecord, S3IntentStore, S3SeenStore, Transaction } from "@hearth/store";
import { toBucket } from "../bucketDirectory.ts";
import type { EventPort, EventRequest } from "../events.ts";
import type { Happened } from "./announcedWrites.ts";
import type { ObjectServer } from "./objectServer.ts";
import { type Marker, markerOf } from "./markerOf.ts";
import { type ObjectState, stateOf } from "./objectState.ts";

export interface IntentReconcilerDeps {
  readonly database: Database;
  readonly buckets: Pick<S3BucketStore, "findById">;
  readonly intents: S3IntentStore;
  readonly seen: S3SeenStore;
  readonly events: EventPort;
  readonly server: Pick<ObjectServer, "send">;
  readonly nextSeq: () => Promise<bigint>;
  readonly isWatched: (bucket: string) => boolean;
  readonly clock: Clock;
  readonly logger: Logger;
}

const EVERY_MS = 5_000;
const AT_ONCE = 20;
const LEASE_MS = 60_000;
const MAX_BACKOFF_MS = 600_000;
/** `Last-Modified` has no fractions of a second, and servers set it a little before or after they answer. */
const ROUNDING_MS = 2_000;

/**
 * Finds out what became of writes whose process has died, or whose answer never came, by asking the server for the object: those that were done are announced. An event
 * may come twice, and it is never missing.
 */
export class IntentReconciler implements AsyncDisposable {
  readonly #deps: IntentReconcilerDeps;
  readonly #loop: BackgroundLoop;

  constructor(deps: IntentReconcilerDeps) {
    this.#deps = deps;
    this.#loop = new BackgroundLoop("writes that were passed on", EVERY_MS, (signal) => this.#run(signal), deps);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#loop[Symbol.asyncDispose]();
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const due = await this.#deps.intents.claim(AT_ONCE, LEASE_MS);
      if (due.length === 0) return;
      await Promise.all(due.map((intent) => this.#reconcile(intent)));
    }
  }

  async #reconcile(intent: S3IntentRecord): Promise<void> {
    const { database, buckets, intents, seen, events, server, nextSeq, isWatched, clock, logger } = this.#deps;
    try {
      const record = await buckets.findById(intent.bucketId);
      if (!record) return await intents.remove([intent.id]);
      const bucket = toBucket(record);
      const place = { bucket: bucket.name, key: intent.key, versionId: intent.versionId };
      const state = await stateOf(server, place, clock);
      const mayBeMarker = !state && intent.event.startsWith("ObjectRemoved:") && intent.versionId === undefined;
      const marker = mayBeMarker ? await markerOf(server, place) : undefined;
      const happened = happenedTo(intent, state, marker);
      const { key } = intent;
      const event = happened && {
        ...{ ...happened, key, seq: await nextSeq(), time: clock.now() },
        request: intent.request as EventRequest,
      };
      const prepared = event && (await events.prepare(bucket, [event]));
      await database.transaction(async (tx: Transaction) => {
        await intents.remove([intent.id], tx);
        if (event && isWatched(bucket.name)) {
          await seen.lock(tx, bucket.id, key);
          await seen.put(tx, bucket.id, { key, etag: state?.etag ?? null, modifiedAt: state?.lastModified ?? null });
        }
        await prepared?.write(tx);
      });
      prepared?.committed();
      logger.info({ bucket: bucket.name, key, event: intent.event, wasDone: happened !== undefined }, SETTLED);
    } catch (error) {
      logger.warn({ err: error, bucketId: String(intent.bucketId), key: intent.key }, FAILED);
      await intents.renew([intent.id], Math.min(5_000 * 2 ** Math.min(intent.attempts, 10), MAX_BACKOFF_MS));
    }
  }
}

const SETTLED = "found out what became of a write that was passed on and interrupted";
const FAILED = "the object store does not tell what became of a write that was interrupted; it is asked again later";

const MARKER_MADE = "ObjectRemoved:DeleteMarkerCreated";

/** What the object's present state says about a write. */
export function happenedTo(
  { event, versionId, begunAt }: Pick<S3IntentRecord, "event" | "versionId" | "begunAt">,
  state: ObjectState | undefined,
  marker?: Marker,
): Happened {
  if (event.startsWith("ObjectRemoved:")) {
    if (state) return undefined;
    // In a bucket with versions, a deletion that names none makes a marker.
    return marker ? { name: MARKER_MADE, versionId: marker.versionId } : { name: event, versionId };
  }
  if (!state) return undefined;
  const told = { name: event, size: state.size, etag: state.etag, versionId: state.versionId };
  // Nothing shows when tags were set.
  if (event.startsWith("ObjectTagging:")) return told;
  return state.modifiedAt >= begunAt - ROUNDING_MS ? told : undefined;
}
