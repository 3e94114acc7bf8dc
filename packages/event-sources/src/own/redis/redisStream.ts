import { type Clock, type Logger, Mutex, type Random } from "@hearth/kit";
import type { Redis } from "ioredis";
import type { MappedSource, OpenQueue, QueueRecord, ReceiveOptions } from "../../eventSource.ts";
import type { SecurePlace } from "../ownSource.ts";
import { BlockingReads } from "./blockingReads.ts";
import { redisClient } from "./redisClient.ts";
import { type Entry, toRedisRecord } from "./toRedisRecord.ts";

export interface RedisStreamOptions {
  readonly leaseMs: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** `XAUTOCLAIM` looks at so many entries at a time. */
const MAX_CLAIM = 100;

/**
 * A stream of Redis, read as a consumer of the mapping's group. Entries that were received stay with this consumer while it extends their lease: their idle time
 * is set back. Those whose idle time reaches the lease are claimed: of consumers that died, and of batches that failed.
 */
export class RedisStream implements OpenQueue {
  readonly leaseMs: number;
  readonly redeliversAtOnce = true;
  readonly #place: SecurePlace;
  readonly #group: string;
  readonly #consumer: string;
  readonly #redis: Redis;
  readonly #reads: BlockingReads;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #claiming = new Mutex();
  /** Failed entries may be claimed at once; so may those of a consumer that has died. */
  #claimAtMs = 0;

  private constructor(redis: Redis, mapping: MappedSource, place: SecurePlace, options: RedisStreamOptions) {
    this.leaseMs = options.leaseMs;
    this.#place = place;
    this.#group = groupOf(mapping);
    this.#consumer = options.random.uuid();
    this.#redis = redis;
    this.#reads = new BlockingReads(() => redisClient(place), redis, options);
    this.#clock = options.clock;
    this.#logger = options.logger;
  }

  /** Makes the consumer group, and the stream, where there is none. Rejects when the server cannot be reached. */
  static async open(mapping: MappedSource, place: SecurePlace, options: RedisStreamOptions): Promise<RedisStream> {
    const redis = await redisClient(place);
    try {
      await redis.xgroup("CREATE", place.rest, groupOf(mapping), firstId(mapping), "MKSTREAM");
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith("BUSYGROUP"))) {
        redis.disconnect();
        throw error;
      }
    }
    return new RedisStream(redis, mapping, place, options);
  }

  /** Deletes the consumer group of a mapping. */
  static async forget(mapping: MappedSource, place: SecurePlace): Promise<void> {
    const redis = await redisClient(place);
    try {
      if ((await redis.exists(place.rest)) > 0) await redis.xgroup("DESTROY", place.rest, groupOf(mapping));
    } finally {
      redis.disconnect();
    }
  }

  async receive({ limit, waitMs }: ReceiveOptions, signal: AbortSignal): Promise<readonly QueueRecord[]> {
    const endMs = this.#clock.monotonicMs() + waitMs;
    while (!signal.aborted) {
      const claimed = await this.#claim(limit);
      if (claimed.length > 0) return claimed;
      const leftMs = endMs - this.#clock.monotonicMs();
      const blockMs = Math.floor(Math.min(leftMs, this.leaseMs, this.#claimAtMs - this.#clock.monotonicMs()));
      const group = ["GROUP", this.#group, this.#consumer, "COUNT", limit] as const;
      const rest = ["STREAMS", this.#place.rest, ">"] as const;
      const answer =
        blockMs < 1
          ? await this.#redis.callBuffer("XREADGROUP", [...group, ...rest])
          : await this.#reads.read(["XREADGROUP", [...group, "BLOCK", blockMs, ...rest]], blockMs, signal);
      const entries = (answer as readonly [Buffer, readonly Entry[]][] | null)?.[0]?.[1] ?? [];
      if (entries.length > 0) return this.#records(entries);
      if (this.#clock.monotonicMs() >= endMs) break;
    }
    return [];
  }

  /** Takes entries whose consumer has gone, when it is time to look for them. */
  async #claim(limit: number): Promise<readonly QueueRecord[]> {
    if (this.#clock.monotonicMs() < this.#claimAtMs) return [];
    using _turn = await this.#claiming.acquire();
    if (this.#clock.monotonicMs() < this.#claimAtMs) return [];
    let cursor = "0-0";
    do {
      const count = Math.min(limit, MAX_CLAIM);
      const args = [this.#place.rest, this.#group, this.#consumer, this.leaseMs, cursor, "COUNT", count] as const;
      const [next, entries] = (await this.#redis.callBuffer("XAUTOCLAIM", [...args])) as [Buffer, readonly Entry[]];
      const records = this.#records(entries);
      if (records.length > 0) return records;
      cursor = next.toString();
    } while (cursor !== "0-0");
    this.#claimAtMs = this.#clock.monotonicMs() + this.leaseMs;
    return [];
  }

  #records(entries: readonly Entry[]): readonly QueueRecord[] {
    // Entries that were deleted from the stream have no fields; they are in no group from Redis 7 on.
    return entries.filter((entry) => entry?.[1]).map((entry) => toRedisRecord(entry, this.#place));
  }

  async settle({ done, failed }: Parameters<OpenQueue["settle"]>[0]): Promise<void> {
    const { rest: key } = this.#place;
    if (done.length > 0) await this.#redis.xack(key, this.#group, ...done.map(({ receipt }) => receipt));
    if (failed.length === 0) return;
    await this.#own(failed, this.leaseMs);
    this.#claimAtMs = 0;
    await this.#reads.wake();
  }

  async extend(records: readonly QueueRecord[]): Promise<void> {
    await this.#own(records, 0);
  }

  /** Sets the idle time of entries that were not acknowledged. */
  async #own(records: readonly QueueRecord[], idleMs: number): Promise<void> {
    const ids = records.map(({ receipt }) => receipt);
    const owner = [this.#place.rest, this.#group, this.#consumer] as const;
    await this.#redis.call("XCLAIM", ...owner, 0, ...ids, "IDLE", idleMs, "JUSTID");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#reads[Symbol.dispose]();
    try {
      await this.#leave();
    } catch (error) {
      this.#logger.debug(
        { err: error, arn: this.#place.arn },
        "could not leave a consumer group; its entries are claimed later",
      );
    }
    this.#redis.disconnect();
  }

  /** Removes this consumer. What it had received without processing it can be claimed at once by the next one. */
  async #leave(): Promise<void> {
    if (this.#redis.status !== "ready") return;
    const { rest: key } = this.#place;
    const pending = (await this.#redis.xpending(key, this.#group, "-", "+", 10_000, this.#consumer)) as [string][];
    if (pending.length === 0) {
      await this.#redis.xgroup("DELCONSUMER", key, this.#group, this.#consumer);
      return;
    }
    await this.#own(
      pending.map(([receipt]) => ({ receipt }) as QueueRecord),
      this.leaseMs,
    );
  }
}

function groupOf({ UUID }: MappedSource): string {
  return `hearth-${UUID}`;
}

/** Entries after this id are read by a new group. */
function firstId({ settings: { StartingPosition, StartingPositionTimestamp = 0 } }: MappedSource): string {
  if (StartingPosition === "LATEST") return "$";
  return StartingPosition === "AT_TIMESTAMP"
    ? `${Math.max(0, Math.ceil(StartingPositionTimestamp * 1000) - 1)}-18446744073709551615`
    : "0";
}
