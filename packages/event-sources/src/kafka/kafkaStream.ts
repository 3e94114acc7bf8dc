import type { Consumer, RecordsBatch } from "@platformatic/kafka";
import type { OpenStream, ReadOptions, ReadResult, Shard, StartingPoint } from "../eventSource.ts";
import { kafkaRecords, offsetAfter } from "./toKafkaRecord.ts";

export interface KafkaStreamOptions {
  readonly topics: readonly string[];
  readonly shardsEveryMs: number;
  /** The group may have offsets of its own, at which the mapping goes on. */
  readonly hasOwnGroup: boolean;
}

const FETCH_WAIT_MS = 5_000;
const EARLIEST = -2n;
const LATEST = -1n;
const NO_EPOCH = -1;
const READ_COMMITTED = 1;

/**
 * Topics of a Kafka cluster, whose partitions are the shards `<topic>-<partition>`. Positions are offsets. The group's offsets are written for tools that show them; what counts
 * is what the pipeline has stored.
 */
export class KafkaStream implements OpenStream {
  readonly shardsEveryMs: number;
  readonly #client: Consumer;
  readonly #connect: () => Consumer;
  readonly #options: KafkaStreamOptions;
  /** A broker answers one request of a connection after the other, so that each waiting partition has a connection of its own. */
  readonly #readers = new Map<string, Consumer>();
  #isClosed = false;

  constructor(connect: () => Consumer, options: KafkaStreamOptions) {
    this.#connect = connect;
    this.#client = connect();
    // A consumer that is no member of its group may commit in this way only.
    this.#client.generationId = -1;
    this.#client.memberId = "";
    this.#options = options;
    this.shardsEveryMs = options.shardsEveryMs;
  }

  async shards(): Promise<readonly Shard[]> {
    const { topics } = this.#options;
    const metadata = await reasoned(this.#client.metadata({ topics: [...topics], forceUpdate: true }));
    return topics.flatMap((topic) => {
      const { partitionsCount = 0 } = metadata.topics.get(topic) ?? {};
      return Array.from({ length: partitionsCount }, (_, partition) => ({ id: `${topic}-${partition}` }));
    });
  }

  async begin(shard: string, at: StartingPoint): Promise<string> {
    const { topic, partition } = partsOf(shard);
    if (this.#options.hasOwnGroup) {
      const topics = [{ topic, partitions: [partition] }];
      const committed = await reasoned(this.#client.listCommittedOffsets({ topics }));
      const offset = [...committed.values()].flat().at(0) ?? -1n;
      if (offset >= 0n) return String(offset);
    }
    const wanted = { TRIM_HORIZON: EARLIEST, LATEST, AT_TIMESTAMP: at.kind === "AT_TIMESTAMP" ? BigInt(at.atMs) : 0n };
    const offset = await this.#offset(topic, partition, wanted[at.kind]);
    // No record is as late as the time.
    return String(offset < 0n ? await this.#offset(topic, partition, LATEST) : offset);
  }

  async #offset(topic: string, partition: number, timestamp: bigint): Promise<bigint> {
    const options = { topics: [topic], partitions: { [topic]: [partition] }, timestamp };
    const offsets = await reasoned(this.#client.listOffsets(options));
    return offsets.get(topic)?.[partition] ?? -1n;
  }

  async read(shard: string, position: string, options: ReadOptions, signal: AbortSignal): Promise<ReadResult> {
    const aborted = Promise.withResolvers<undefined>();
    const onAbort = (): void => aborted.resolve(undefined);
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
    try {
      while (!signal.aborted) {
        const reading = this.#fetch(shard, BigInt(position), options);
        reading.catch(() => undefined); // when `signal` aborts first
        const found = await Promise.race([reading, aborted.promise]);
        if (found && (found.records.length > 0 || found.position !== position)) return found;
      }
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
    return { records: [], position };
  }

  async #fetch(shard: string, from: bigint, { limit, maxBytes }: ReadOptions): Promise<ReadResult> {
    const { topic, partition } = partsOf(shard);
    if (this.#isClosed) throw new Error("the stream is closed");
    let reader = this.#readers.get(shard);
    if (!reader) this.#readers.set(shard, (reader = this.#connect()));
    const { id: topicId = "", partitions = [] } =
      (await reasoned(reader.metadata({ topics: [topic] }))).topics.get(topic) ?? {};
    const { leader } = partitions[partition] ?? {};
    if (leader === undefined) throw new Error(`there is no partition ${shard}`);
    const asked = {
      partition,
      fetchOffset: from,
      partitionMaxBytes: maxBytes,
      currentLeaderEpoch: NO_EPOCH,
      lastFetchedEpoch: NO_EPOCH,
    };
    const request = { maxWaitTime: FETCH_WAIT_MS, minBytes: 1, maxBytes, isolationLevel: READ_COMMITTED };
    let batches: readonly RecordsBatch[];
    try {
      const response = await reader.fetch({ ...request, node: leader, topics: [{ topicId, partitions: [asked] }] });
      batches = response.responses.flatMap((one) => one.partitions.flatMap(({ records }) => records ?? []));
    } catch (error) {
      if (!isOutOfRange(error)) throw withReason(error);
      // The records at the position are deleted, or the topic was made anew: what is there is read.
      return { records: [], position: String(await this.#offset(topic, partition, EARLIEST)) };
    }
    const records = batches.flatMap((batch) => kafkaRecords(batch, topic, partition, from));
    const last = batches.at(-1);
    if (records.length > limit) {
      const taken = records.slice(0, limit);
      return { records: taken, position: taken.at(-1)?.position ?? String(from) };
    }
    const end = last ? offsetAfter(last) : from;
    return { records, position: String(end > from ? end : from) };
  }

  async committed(shard: string, position: string): Promise<void> {
    const { topic, partition } = partsOf(shard);
    const offset = { topic, partition, offset: BigInt(position), leaderEpoch: NO_EPOCH };
    await reasoned(this.#client.commit({ offsets: [offset] }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    await Promise.allSettled([this.#client, ...this.#readers.values()].map((client) => client.connections.close()));
  }
}

function partsOf(shard: string): { readonly topic: string; readonly partition: number } {
  const dash = shard.lastIndexOf("-");
  return { topic: shard.slice(0, dash), partition: Number(shard.slice(dash + 1)) };
}

async function reasoned<T>(promise: Promise<T>): Promise<T> {
  try {
    return await promise;
  } catch (error) {
    throw withReason(error);
  }
}

/** The library's errors say "… failed 1 times."; what a reader needs is the innermost reason. */
function withReason(error: unknown): Error {
  const reason = causesOf(error).at(-1);
  if (!(reason instanceof Error)) return new Error(String(error));
  return reason === error ? reason : new Error(reason.message, { cause: reason });
}

function isOutOfRange(error: unknown): boolean {
  return causesOf(error).some((one) => (one as { readonly apiId?: unknown }).apiId === "OFFSET_OUT_OF_RANGE");
}

/** The error and those inside it, the innermost last. */
function causesOf(error: unknown): readonly unknown[] {
  if (typeof error !== "object" || error === null) return [error];
  const { errors = [], cause } = error as { readonly errors?: readonly unknown[]; readonly cause?: unknown };
  return [error, ...[...errors, ...(cause === undefined ? [] : [cause])].flatMap(causesOf)];
}
