import type { Clock } from "@hearth/kit";
import { firstSeqOf, type KinesisRecord, type KinesisShard, type KinesisStreamKey } from "@hearth/store";
import type { Stream, Streams } from "@hearth/streams";
import type { OpenStream, ReadOptions, ReadResult, Shard, StartingPoint, StreamRecord } from "../eventSource.ts";

export interface HostedStreamDeps {
  readonly streams: Streams;
  readonly clock: Clock;
}

/** How shards and records of a stream are shown. */
export interface HostedStreamWords {
  shardId(shard: KinesisShard): string;
  record(record: KinesisRecord, shard: KinesisShard): StreamRecord;
}

/** A wake-up may be lost between processes: a shard is looked at again after this time. */
const LOOK_AGAIN_MS = 20_000;

/** A stream of Hearth's own, straight from its tables: of Kinesis, or the changes of a table. Positions are places. Waiting costs no query. */
export class HostedStream implements OpenStream {
  readonly #key: KinesisStreamKey;
  readonly #id: string;
  readonly #words: HostedStreamWords;
  readonly #deps: HostedStreamDeps;
  #arrived = Promise.withResolvers<void>();
  #watching: Disposable | undefined;

  private constructor(stream: Stream, words: HostedStreamWords, deps: HostedStreamDeps) {
    const { accountId, region, StreamName } = stream;
    this.#key = { accountId, region, StreamName };
    this.#id = stream.id;
    this.#words = words;
    this.#deps = deps;
  }

  /** Rejects when there is no such stream. */
  static async open(key: KinesisStreamKey, words: HostedStreamWords, deps: HostedStreamDeps): Promise<HostedStream> {
    const stream = await deps.streams.find(key);
    if (!stream) throw new Error(`the stream ${key.StreamName} does not exist`);
    const opened = new HostedStream(stream, words, deps);
    opened.#watching = await deps.streams.watch(stream.id, () => {
      opened.#arrived.resolve();
      opened.#arrived = Promise.withResolvers();
    });
    return opened;
  }

  async shards(): Promise<readonly Shard[]> {
    const all = await this.#deps.streams.shards((await this.#stream()).id);
    const names = new Map(all.map((shard) => [shard.shardNo, this.#words.shardId(shard)]));
    return all.map((shard) => ({
      id: this.#words.shardId(shard),
      parents: shard.parents.flatMap((parent) => names.get(parent) ?? []),
      isClosed: shard.closedAt !== null,
    }));
  }

  async begin(id: string, at: StartingPoint): Promise<string> {
    const shard = await this.#shard(id);
    if (at.kind === "LATEST") return String(shard.lastSeq);
    return String(at.kind === "AT_TIMESTAMP" ? firstSeqOf(at.atMs) - 1n : shard.firstSeq - 1n);
  }

  async read(id: string, position: string, options: ReadOptions, signal: AbortSignal): Promise<ReadResult> {
    const afterSeq = BigInt(position);
    while (!signal.aborted) {
      const arrived = this.#arrived.promise; // what arrives while this looks is seen by the next look
      const stream = await this.#stream();
      const shard = await this.#shard(id);
      const found = await this.#deps.streams.read(stream, {
        shardNo: shard.shardNo,
        afterSeq,
        maxRecords: options.limit,
        maxBytes: options.maxBytes,
      });
      const last = found.at(-1)?.seq ?? afterSeq;
      const isAtEnd = shard.closedAt !== null && (last >= shard.lastSeq || found.length === 0);
      if (found.length > 0 || isAtEnd) {
        const records = found.map((record) => this.#words.record(record, shard));
        return { records, position: String(last), isAtEnd };
      }
      await this.#pause(arrived, signal);
    }
    return { records: [], position };
  }

  /** Rejects when the stream was deleted, also when it was created again: it is opened anew then. */
  async #stream(): Promise<Stream> {
    const stream = await this.#deps.streams.find(this.#key);
    if (stream?.id !== this.#id) throw new Error(`the stream ${this.#key.StreamName} was deleted`);
    return stream;
  }

  async #shard(id: string): Promise<KinesisShard> {
    const shard = (await this.#deps.streams.shards(this.#id)).find((one) => this.#words.shardId(one) === id);
    if (!shard) throw new Error(`the stream ${this.#key.StreamName} has no shard ${id}`);
    return shard;
  }

  async #pause(arrived: Promise<void>, signal: AbortSignal): Promise<void> {
    const timeUp = Promise.withResolvers<void>();
    const onAbort = (): void => timeUp.resolve();
    using _timer = this.#deps.clock.after(LOOK_AGAIN_MS, timeUp.resolve);
    signal.addEventListener("abort", onAbort, { once: true });
    await Promise.race([arrived, timeUp.promise]);
    signal.removeEventListener("abort", onAbort);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#watching?.[Symbol.dispose]();
  }
}
