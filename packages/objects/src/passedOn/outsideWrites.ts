import type { Clock, Logger, Random } from "@hearth/kit";
import type { Database, S3IntentStore, S3SeenRecord, S3SeenStore, Transaction } from "@hearth/store";
import type { Bucket } from "../bucket.ts";
import type { EventPort, ObjectEvent } from "../events.ts";

export interface OutsideWritesDeps {
  readonly database: Database;
  readonly intents: Pick<S3IntentStore, "isOpen">;
  readonly seen: S3SeenStore;
  readonly events: EventPort;
  readonly nextSeq: () => Promise<bigint>;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** An object as the server has it; without an ETag there is none. */
export interface OutsideState {
  readonly key: string;
  readonly etag: string | null;
  /** As the server says it, in milliseconds since the epoch. */
  readonly modifiedAt: number | null;
  readonly size?: number;
  readonly versionId?: string | undefined;
}

const ATTEMPTS = 5;

/** Announces changes of objects that Hearth has not made itself, each once: what was announced last is remembered per key. */
export class OutsideWrites {
  readonly #deps: OutsideWritesDeps;

  constructor(deps: OutsideWritesDeps) {
    this.#deps = deps;
  }

  /**
   * Announces the state unless it is known. `also` is done in the same transaction, whether it is announced or not. Resolves with false, and does nothing, while a write
   * through Hearth of the same key is under way: that announces itself.
   */
  async announce(
    bucket: Bucket,
    state: OutsideState,
    name: string,
    also: (tx: Transaction) => Promise<void> = async () => undefined,
  ): Promise<boolean> {
    const { database, intents, seen, events } = this.#deps;
    const { key } = state;
    for (let attempt = 1; ; attempt++) {
      if (await intents.isOpen(bucket.id, key)) return false;
      const before = await seen.find(bucket.id, key);
      const event = isSame(before, state) ? undefined : await this.#event(state, name, bucket);
      const prepared = event && (await events.prepare(bucket, [event]));
      const isDone = await database.transaction(async (tx: Transaction) => {
        const now = await seen.lock(tx, bucket.id, key);
        if (now?.etag !== before?.etag || now?.modifiedAt !== before?.modifiedAt) return false;
        await seen.put(tx, bucket.id, { key, etag: state.etag, modifiedAt: toSecond(state.modifiedAt) });
        await prepared?.write(tx);
        await also(tx);
        return true;
      });
      if (isDone) {
        prepared?.committed();
        return true;
      }
      if (attempt === ATTEMPTS) return false;
    }
  }

  async #event(
    { key, etag, size, versionId }: OutsideState,
    name: string,
    { accountId }: Bucket,
  ): Promise<ObjectEvent> {
    const { nextSeq, clock, random } = this.#deps;
    return {
      ...{ name, key, versionId, seq: await nextSeq(), time: clock.now() },
      ...(etag !== null && { etag }),
      ...(size !== undefined && etag !== null && { size }),
      // Who has written it is not known.
      request: { requestId: random.uuid(), principalId: `AWS:${accountId}`, requester: accountId, sourceIp: "" },
    };
  }
}

/** Whether the state was announced before. A write through Hearth knows no time. */
export function isSame(before: S3SeenRecord | undefined, now: Pick<OutsideState, "etag" | "modifiedAt">): boolean {
  if (!before || before.etag !== now.etag) return false;
  return now.etag === null || before.modifiedAt === null || before.modifiedAt === toSecond(now.modifiedAt);
}

/** Headers have whole seconds, listings have fractions. */
export function toSecond(time: number | null): number | null {
  return time === null ? null : Math.floor(time / 1_000) * 1_000;
}
