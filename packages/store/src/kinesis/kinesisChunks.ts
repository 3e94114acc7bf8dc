import { type Clock, errorCode } from "@hearth/kit";
import type { Database } from "../postgres/database.ts";

import type { Connection, Transaction } from "../postgres/queryable.ts";
import { Batcher, type BatcherLimits } from "../postgres/batcher.ts";
import { decodeChunk, encodeChunk, type KinesisRecord, type NewKinesisRecord, storedBytes } from "./chunkFormat.ts";
import { firstSeqOf, type ShardPlace } from "./kinesisStream.ts";
import { NOW_SEQ } from "./kinesisStreams.ts";

/** `"kinesis"` in hexadecimal, as far as it fits. */
export const KINESIS_PARTITION_LOCK = 0x6b696e65n;
const DAY_MS = 86_400_000;
const MB = 1024 * 1024;

/** Requests that arrive together for a shard share one row and one commit. */
const BATCH: BatcherLimits<readonly NewKinesisRecord[]> = {
  items: 1_000,
  weight: 4 * MB,
  weigh: (records) => records.reduce((sum, record) => sum + storedBytes(record), 0),
};
const MAX_CHUNKS_READ = 256;
/** Batchers of shards are made when they are needed; all are forgotten when there are this many. */
const MAX_BATCHERS = 10_000;
const CHECK_VIOLATION = "23514";

export interface KinesisRead {
  readonly streamId: string;
  readonly shardNo: number;
  /** Records after this place. */
  readonly afterSeq: bigint;
  /** Records that arrived before this time, in milliseconds since the epoch, have expired. */
  readonly notBeforeMs: number;
  readonly maxRecords: number;
  readonly maxBytes: number;
}

interface ChunkRow {
  readonly last_seq: bigint;
  readonly records: number;
  readonly arrived_ms: bigint;
  readonly data: Buffer;
}

/** The table of records. */
export class KinesisChunkStore {
  readonly #database: Database;
  readonly #batchers = new Map<string, Batcher<readonly NewKinesisRecord[], bigint | undefined>>();
  readonly #clock: Clock;
  #partitionsMadeOn = -1;

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  /**
   * Appends records to a shard, in their order. Resolves when they are committed with the place of the first; the others follow it. Resolves with
   * `undefined` when the shard is closed or gone.
   */
  async put(streamId: string, shardNo: number, records: readonly NewKinesisRecord[]): Promise<bigint | undefined> {
    const key = `${streamId}:${shardNo}`;
    let batcher = this.#batchers.get(key);
    if (!batcher) {
      if (this.#batchers.size >= MAX_BATCHERS) this.#batchers.clear();
      batcher = new Batcher(BATCH, (batch) => this.#write(streamId, shardNo, batch));
      this.#batchers.set(key, batcher);
    }
    return await batcher.add(records);
  }

  /** As `put`, in the caller's transaction: the shard takes no other records until it ends. */
  async putWithin(
    tx: Transaction,
    streamId: string,
    shardNo: number,
    records: readonly NewKinesisRecord[],
  ): Promise<bigint | undefined> {
    await this.#ensurePartitions();
    return await append(tx, streamId, shardNo, records);
  }

  /** For a statement that makes records itself and appends them. */
  async prepareFor(place: ShardPlace): Promise<ShardPlace> {
    await this.#ensurePartitions();
    return place;
  }

  /** For a statement that appends records besides what else it does. */
  async prepare(streamId: string, shardNo: number, records: readonly NewKinesisRecord[]): Promise<ShardAppend> {
    await this.#ensurePartitions();
    return { streamId, shardNo, records: records.length, data: encodeChunk(records) };
  }

  async #write(
    streamId: string,
    shardNo: number,
    batch: readonly (readonly NewKinesisRecord[])[],
  ): Promise<readonly (bigint | undefined)[]> {
    await this.#ensurePartitions();
    let next = await append(this.#database, streamId, shardNo, batch.flat());
    return batch.map((records) => {
      const first = next;
      if (next !== undefined) next += BigInt(records.length);
      return first;
    });
  }

  /** The next records of a shard, in order; the first of them also when it is larger than `maxBytes`. */
  async read({
    streamId,
    shardNo,
    afterSeq,
    notBeforeMs,
    maxRecords,
    maxBytes,
  }: KinesisRead): Promise<readonly KinesisRecord[]> {
    const oldest = firstSeqOf(notBeforeMs) - 1n;
    const after = afterSeq > oldest ? afterSeq : oldest;
    const rows = await this.#database.prepared<ChunkRow>(
      `SELECT last_seq, records, arrived_ms, data FROM (
         SELECT last_seq, records, arrived_ms, data, sum(bytes) OVER earlier AS bytes_before, sum(records) OVER earlier AS records_before FROM (
           SELECT * FROM kinesis_chunks WHERE stream_id = $1 AND shard_no = $2 AND last_seq > $3 ORDER BY last_seq LIMIT ${MAX_CHUNKS_READ}) AS next
         WINDOW earlier AS (ORDER BY last_seq ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)) AS counted
        WHERE coalesce(bytes_before, 0) < $4 AND coalesce(records_before, 0) < $5 ORDER BY last_seq`,
      // The first chunk may begin with records that were read before.
      [streamId, shardNo, after, maxBytes + 4 * MB, maxRecords + 10_000],
    );
    const found: KinesisRecord[] = [];
    let bytes = 0;
    for (const { last_seq, records, arrived_ms, data } of rows) {
      const arrivedMs = Number(arrived_ms);
      if (arrivedMs < notBeforeMs) continue;
      for (const record of decodeChunk(data, last_seq - BigInt(records) + 1n, arrivedMs)) {
        if (record.seq <= after) continue;
        bytes += record.data.byteLength + record.partitionKey.length;
        if (found.length === maxRecords || (found.length > 0 && bytes > maxBytes)) return found;
        found.push(record);
      }
    }
    return found;
  }

  /** The partitions of today and of the next two days. */
  async #ensurePartitions(): Promise<void> {
    const today = Math.floor(this.#clock.now() / DAY_MS);
    if (this.#partitionsMadeOn === today) return;
    for (let day = today; day <= today + 2; day++) await this.#makePartition(day);
    this.#partitionsMadeOn = today;
  }

  async #makePartition(day: number): Promise<void> {
    const [from, to] = [firstSeqOf(day * DAY_MS), firstSeqOf((day + 1) * DAY_MS)];
    try {
      await this.#database.transaction(async (tx) => {
        await tx.query("SELECT pg_advisory_xact_lock($1)", [KINESIS_PARTITION_LOCK]);
        await tx.query(
          `CREATE TABLE IF NOT EXISTS ${kinesisPartitionOf(day)} PARTITION OF kinesis_chunks FOR VALUES FROM (${from}) TO (${to})`,
        );
      });
    } catch (error) {
      // The default partition holds records of that day already, and goes on to take them.
      if (errorCode(error) !== CHECK_VIOLATION) throw error;
    }
  }
}

/** Records that a statement appends to a shard, besides what else it does. */
export interface ShardAppend extends ShardPlace {
  /** Their number. */
  readonly records: number;
  readonly data: Buffer;
}

type AppendParameters = Readonly<Record<"streamId" | "shardNo" | "records" | "bytes" | "data", string>>;

/**
 * The steps of a statement that append records; `appended` then has one row, or none where the shard is closed or gone, or `condition` is not true. With `from`,
 * another step of the statement, of one row, the parameters and the condition may be its columns.
 */
export function appendSteps(
  { streamId, shardNo, records, bytes, data }: AppendParameters,
  { condition = "true", from }: { readonly condition?: string; readonly from?: string } = {},
): string {
  return `shard AS (
       UPDATE kinesis_shards SET last_seq = greatest(last_seq, ${NOW_SEQ}) + ${records}, last_day_bytes = last_day_bytes + ${bytes}${from ? ` FROM ${from}` : ""}
        WHERE stream_id = ${streamId} AND shard_no = ${shardNo} AND closed_at IS NULL AND ${condition} RETURNING last_seq${from ? `, ${from}.*` : ""}),
     appended AS (
       INSERT INTO kinesis_chunks (stream_id, shard_no, last_seq, records, arrived_ms, bytes, data)
       SELECT ${streamId}, ${shardNo}, last_seq, ${records}, (extract(epoch FROM clock_timestamp()) * 1000)::bigint, ${bytes}, ${data} FROM shard RETURNING last_seq)`;
}

const APPEND = `WITH ${appendSteps({ streamId: "$1", shardNo: "$2", records: "$3", bytes: "$4", data: "$5" })} SELECT last_seq FROM appended`;

/** Resolves with the place of the first record; `undefined` when the shard is closed or gone. */
async function append(
  connection: Connection,
  streamId: string,
  shardNo: number,
  records: readonly NewKinesisRecord[],
): Promise<bigint | undefined> {
  const data = encodeChunk(records);
  const [written] = await connection.prepared<{ last_seq: bigint }>(APPEND, [
    streamId,
    shardNo,
    records.length,
    data.byteLength,
    data,
  ]);
  return written && written.last_seq - BigInt(records.length) + 1n;
}

/** The partition of a day, counted since the epoch. */
export function kinesisPartitionOf(day: number): string {
  return `kinesis_chunks_${new Date(day * DAY_MS).toISOString().slice(0, 10).replaceAll("-", "_")}`;
}
