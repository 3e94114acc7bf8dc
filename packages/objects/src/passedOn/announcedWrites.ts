import type { Clock, Logger } from "@hearth/kit";
import { AwsError } from "@hearth/model";
import type { Database, S3IntentStore, S3SeenStore, Transaction } from "@hearth/store";
import { ClientGone } from "@hearth/wire";
import type { Bucket } from "../bucket.ts";
import type { EventPort, EventRequest, ObjectEvent } from "../events.ts";
import type { OpenWrites } from "./openWrites.ts";
import { mayBeDone } from "./serverErrors.ts";

export interface AnnouncedWritesDeps {
  readonly database: Database;
  readonly intents: S3IntentStore;
  readonly open: OpenWrites;
  readonly seen: S3SeenStore;
  readonly events: EventPort;
  /** A number above those of all events until now. */
  readonly nextSeq: () => Promise<bigint>;
  /** Whether others write to the bucket too, so that its state has to be known. */
  readonly isWatched: (bucket: string) => boolean;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A write that is about to be passed on. */
export interface Intended {
  /** `ObjectCreated:Put` and others. */
  readonly name: string;
  /** Another name that it may turn out to have. */
  readonly orName?: string;
  readonly key: string;
  /** The version that the request names. */
  readonly versionId?: string | undefined;
}

/** What became of it. `undefined`: nothing was written. */
export type Happened = Pick<ObjectEvent, "name" | "size" | "etag" | "versionId"> | undefined;

/** A lease is renewed several times before it ends. */
export const LEASE_MS = 15_000;
const RENEW_MS = 4_000;

/**
 * Writes on another server whose events are not lost: an intent is committed before the write is passed on, and is replaced by the event, in one transaction, once
 * the server has answered. A process that dies in between leaves the intent, and `IntentReconciler` finds out what became of it. Costs nothing where no notification
 * is about the key.
 */
export class AnnouncedWrites {
  readonly #deps: AnnouncedWritesDeps;
  readonly #inFlight = new Set<bigint>();
  #isRenewing = false;

  constructor(deps: AnnouncedWritesDeps) {
    this.#deps = deps;
  }

  /**
   * Passes writes of one request on. `pass` resolves with its result and with what happened to each of `intended`. Rejects as `pass` does; the intents are given up
   * when nothing was done, and left to the reconciler when that is not known. Rejects with SlowDown when too many of the account are open.
   */
  async pass<Result>(
    bucket: Bucket,
    intended: readonly Intended[],
    request: EventRequest,
    pass: (isAnnounced: boolean) => Promise<{ readonly result: Result; readonly happened: readonly Happened[] }>,
  ): Promise<Result> {
    const { events, intents, open, clock } = this.#deps;
    const { accountId } = bucket;
    const isAwaited = intended.some(({ name, orName = name, key }) =>
      [name, orName].some((one) => events.isAwaited(bucket, { name: one, key })),
    );
    if (!isAwaited) return (await pass(false)).result;
    const begunAt = clock.now();
    const rows = intended.map(({ name, key, versionId }) => {
      return { bucketId: bucket.id, key, event: name, versionId, request, begunAt };
    });
    await open.begin(accountId, rows.length);
    const ids = await intents.add(rows, LEASE_MS);
    this.#hold(ids);
    try {
      const { result, happened } = await pass(true);
      await this.#announce(bucket, ids, intended, happened, request);
      open.end(accountId, ids.length);
      return result;
    } catch (error) {
      if (isRefusal(error)) {
        await intents.remove(ids);
        open.end(accountId, ids.length);
      } else await intents.renew(ids, 0).catch(() => undefined); // then the lease ends by itself
      throw error;
    } finally {
      for (const id of ids) this.#inFlight.delete(id);
    }
  }

  async #announce(
    bucket: Bucket,
    ids: readonly bigint[],
    intended: readonly Intended[],
    happened: readonly Happened[],
    request: EventRequest,
  ): Promise<void> {
    const { database, intents, seen, events, nextSeq, isWatched, clock } = this.#deps;
    const list: ObjectEvent[] = [];
    for (const [index, { key }] of intended.entries()) {
      const one = happened[index];
      if (one) list.push({ ...one, key, seq: await nextSeq(), time: clock.now(), request });
    }
    try {
      const prepared = await events.prepare(bucket, list);
      await database.transaction(async (tx: Transaction) => {
        await intents.remove(ids, tx);
        if (isWatched(bucket.name)) {
          for (const { key, etag = null } of list) {
            await seen.lock(tx, bucket.id, key);
            await seen.put(tx, bucket.id, { key, etag, modifiedAt: null });
          }
        }
        await prepared?.write(tx);
      });
      prepared?.committed();
    } catch (error) {
      throw new NotAnnounced("a write was passed on, and its event could not be stored", { cause: error });
    }
  }

  #hold(ids: readonly bigint[]): void {
    for (const id of ids) this.#inFlight.add(id);
    if (this.#isRenewing) return;
    this.#isRenewing = true;
    this.#deps.clock.after(RENEW_MS, () => this.#renew());
  }

  #renew(): void {
    this.#isRenewing = this.#inFlight.size > 0;
    if (!this.#isRenewing) return;
    const { intents, clock, logger } = this.#deps;
    clock.after(RENEW_MS, () => this.#renew());
    intents.renew([...this.#inFlight], LEASE_MS).catch((error: unknown) => {
      logger.warn({ err: error }, "leases of writes that are passed on could not be renewed");
    });
  }
}

/** The write was done; the client gets an error, because its event is not on disk. */
class NotAnnounced extends Error {}

/** Nothing was written for certain: the server has refused it, or the body did not arrive. */
function isRefusal(error: unknown): boolean {
  return (error instanceof AwsError && !mayBeDone(error)) || error instanceof ClientGone;
}
