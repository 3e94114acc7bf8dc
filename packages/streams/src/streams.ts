import type { Clock, Logger, Random } from "@hearth/kit";
import {
  type Database,
  KinesisChunkStore,
  KinesisConsumerStore,
  type KinesisRecord,
  type KinesisShard,
  type KinesisStreamKey,
  KinesisStreamStore,
  type NewKinesisRecord,
  type ShardAppend,
  type ShardPlace,
  type Transaction,
  WakeChannel,
} from "@hearth/store";
import { Arrivals } from "./arrivals.ts";
import { hashKeyOf } from "./hashKeys.ts";
import { parseStreamArn, type Stream } from "./stream.ts";
import { StreamDirectory } from "./streamDirectory.ts";

const CHANNEL = "hearth_kinesis";

export interface StreamsDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** A record to be put, and where it belongs when its producer says so. */
export interface RoutedRecord extends NewKinesisRecord {
  readonly explicitHashKey?: bigint;
}

export interface PutPlace {
  readonly seq: bigint;
  readonly shardNo: number;
}

export interface ReadRequest {
  readonly shardNo: number;
  readonly afterSeq: bigint;
  readonly maxRecords: number;
  readonly maxBytes: number;
}

/** How often a put follows a stream whose shards are being replaced. */
const MAX_REROUTES = 5;
const HOUR_MS = 3_600_000;

/** A shard was closed between the look at its stream and the write. */
export class ShardsReplaced extends Error {
  override readonly name = "ShardsReplaced";
}

/** The streams of Kinesis below its API: putting and reading records, and waiting for them. PostgreSQL is the truth. */
export class Streams implements AsyncDisposable {
  readonly store: KinesisStreamStore;
  readonly consumers: KinesisConsumerStore;
  readonly directory: StreamDirectory;
  readonly #chunks: KinesisChunkStore;
  readonly #clock: Clock;
  readonly #arrivals = new Arrivals();
  readonly #wakes: WakeChannel;

  constructor({ database, clock, random, logger }: StreamsDeps) {
    this.store = new KinesisStreamStore(database);
    this.consumers = new KinesisConsumerStore(database);
    this.directory = new StreamDirectory(this.store, clock);
    this.#chunks = new KinesisChunkStore(database, clock);
    this.#clock = clock;
    this.#wakes = new WakeChannel(CHANNEL, {
      database,
      clock,
      logger,
      processId: random.hex(8),
      onWake: (streamId) => this.#arrivals.wake(streamId),
      onGap: () => this.#arrivals.wakeAll(),
    });
  }

  async find(key: KinesisStreamKey): Promise<Stream | undefined> {
    return await this.directory.find(key);
  }

  async findByArn(arn: string): Promise<Stream | undefined> {
    const key = parseStreamArn(arn);
    return key && (await this.find(key));
  }

  /**
   * Puts records, each into the shard of its hash key and in their order. Resolves when all are committed, with where each is; `undefined` for those of a
   * stream that was deleted meanwhile.
   */
  async put(stream: Stream, records: readonly RoutedRecord[]): Promise<readonly (PutPlace | undefined)[]> {
    const places: (PutPlace | undefined)[] = records.map(() => undefined);
    let current: Stream | undefined = stream;
    let left = records.map((record, at) => ({
      record,
      at,
      hash: record.explicitHashKey ?? hashKeyOf(record.partitionKey),
    }));
    for (let attempt = 0; current && left.length > 0 && attempt < MAX_REROUTES; attempt++) {
      const byShard = Map.groupBy(left, ({ hash }) => openShardOf(current as Stream, hash)?.shardNo ?? -1);
      const { id } = current;
      const again = await Promise.all(
        [...byShard].map(async ([shardNo, routed]) => {
          const first =
            shardNo < 0
              ? undefined
              : await this.#chunks.put(
                  id,
                  shardNo,
                  routed.map(({ record }) => record),
                );
          if (first === undefined) return routed; // the shard was closed meanwhile
          routed.forEach(({ at }, index) => (places[at] = { seq: first + BigInt(index), shardNo }));
          return [];
        }),
      );
      if (again.some((routed) => routed.length === 0)) this.#announce(id);
      left = again.flat();
      if (left.length === 0) break;
      this.directory.forget(stream);
      current = await this.directory.find(stream);
    }
    return places;
  }

  /**
   * Puts records in the caller's transaction, in their order. Resolves with what is to be called after the commit. Rejects with ShardsReplaced when a shard
   * of them is being replaced: a later attempt finds the new ones.
   */
  async putWithin(tx: Transaction, stream: Stream, records: readonly RoutedRecord[]): Promise<() => void> {
    const byShard = Map.groupBy(
      records,
      (record) => openShardOf(stream, record.explicitHashKey ?? hashKeyOf(record.partitionKey))?.shardNo ?? -1,
    );
    // In the order of their numbers, as every transaction locks them.
    for (const [shardNo, routed] of [...byShard].toSorted(([a], [b]) => a - b)) {
      if (shardNo >= 0 && (await this.#chunks.putWithin(tx, stream.id, shardNo, routed)) !== undefined) continue;
      this.directory.forget(stream);
      throw new ShardsReplaced(`the shard of stream ${stream.StreamName} that takes a record was closed`);
    }
    return () => this.#announce(stream.id);
  }

  /**
   * For a statement that puts records besides what else it does. Resolves with what is to be appended and what is to be called after the commit; `undefined`
   * for records of several shards.
   */
  async appendOf(
    stream: Stream,
    records: readonly RoutedRecord[],
  ): Promise<{ readonly append: ShardAppend; readonly announce: () => void } | undefined> {
    const [shardNo, ...others] = new Set(
      records.map((record) => openShardOf(stream, record.explicitHashKey ?? hashKeyOf(record.partitionKey))?.shardNo),
    );
    if (shardNo === undefined || others.length > 0) return undefined;
    const append = await this.#chunks.prepare(stream.id, shardNo, records);
    return { append, announce: () => this.#announce(stream.id) };
  }

  /**
   * For a statement that makes records of these partition keys itself. Resolves with the shard that takes them and what is to be called after the commit;
   * `undefined` where several shards do.
   */
  async placeOf(
    stream: Stream,
    partitionKeys: readonly string[],
  ): Promise<{ readonly place: ShardPlace; readonly announce: () => void } | undefined> {
    const open = stream.shards.filter(({ closedAt }) => closedAt === null);
    const [shard, ...others] =
      open.length === 1
        ? open
        : new Set(partitionKeys.map((partitionKey) => openShardOf(stream, hashKeyOf(partitionKey))));
    if (!shard || others.length > 0) return undefined;
    const place = await this.#chunks.prepareFor({ streamId: stream.id, shardNo: shard.shardNo });
    return { place, announce: () => this.#announce(stream.id) };
  }

  /** The next records of a shard that have not expired. */
  async read(stream: Stream, request: ReadRequest): Promise<readonly KinesisRecord[]> {
    const notBeforeMs = this.#clock.now() - stream.retentionHours * HOUR_MS;
    return await this.#chunks.read({ streamId: stream.id, notBeforeMs, ...request });
  }

  /** The shards as they are now. */
  async shards(streamId: string): Promise<readonly KinesisShard[]> {
    return await this.store.shards(streamId);
  }

  /** Calls `onArrival` when records may have arrived in the stream, here or in another process, until disposed. */
  async watch(streamId: string, onArrival: () => void): Promise<Disposable> {
    const watching = this.#arrivals.watch(streamId, onArrival);
    await this.#wakes.listen();
    return watching;
  }

  /** The shards of a stream were replaced: consumers look at them anew. */
  changed(stream: KinesisStreamKey & { readonly id: string }): void {
    this.directory.forget(stream);
    this.#announce(stream.id);
  }

  #announce(streamId: string): void {
    this.#arrivals.wake(streamId);
    this.#wakes.announce(streamId);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#wakes[Symbol.asyncDispose]();
  }
}

function openShardOf({ shards }: Stream, hash: bigint): KinesisShard | undefined {
  return shards.find(({ closedAt, fromHash, toHash }) => closedAt === null && fromHash <= hash && hash <= toHash);
}
