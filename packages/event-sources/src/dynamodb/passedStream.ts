import type { Clock } from "@hearth/kit";
import { InvalidParameterValueException } from "@hearth/model";
import { parseTableArn, type PassedTables, TableServerError } from "@hearth/tables";
import type {
  MappedSource,
  OpenStream,
  ReadOptions,
  ReadResult,
  Shard,
  StartingPoint,
  StreamRecord,
} from "../eventSource.ts";
import { passedRecord, type ServerRecord } from "./passedRecord.ts";

const API = "DynamoDBStreams_20120810";
/** AWS's mappings poll a shard four times a second. https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html */
const POLL_MS = 250;
const SHARDS_EVERY_MS = 60_000;
const MAX_RECORDS = 1_000;

export interface PassedStreamDeps {
  readonly tables: PassedTables;
  readonly clock: Clock;
}

interface Place {
  readonly position: string;
  readonly iterator: string;
}

/**
 * The stream of a table on the server that HEARTH_DYNAMODB_ENDPOINT names. Positions are `after:<sequence number>`, `begin`, and `since:<milliseconds>` for a mapping
 * that begins at LATEST: the server's iterators do not last, so a process that goes on with such a position reads the shard and leaves out what is older.
 */
export class PassedStream implements OpenStream {
  readonly shardsEveryMs = SHARDS_EVERY_MS;
  readonly #mapping: MappedSource;
  readonly #deps: PassedStreamDeps;
  readonly #serverArn: string;
  readonly #hashName: string;
  readonly #places = new Map<string, Place>();

  private constructor(mapping: MappedSource, deps: PassedStreamDeps, serverArn: string, hashName: string) {
    this.#mapping = mapping;
    this.#deps = deps;
    this.#serverArn = serverArn;
    this.#hashName = hashName;
  }

  static async open(mapping: MappedSource, deps: PassedStreamDeps): Promise<PassedStream> {
    const serverArn = await serverArnOf(deps.tables, mapping);
    if (serverArn === undefined) throw new Error(`the stream ${mapping.EventSourceArn} does not exist`);
    const { KeySchema } = await describe(deps.tables, serverArn);
    return new PassedStream(mapping, deps, serverArn, KeySchema?.[0]?.AttributeName ?? "");
  }

  /** Rejects with AWS's error when there is no such stream. */
  static async check(tables: PassedTables, mapping: MappedSource): Promise<void> {
    const missing = new InvalidParameterValueException(`Stream not found: ${mapping.EventSourceArn}`);
    const serverArn = await serverArnOf(tables, mapping);
    if (serverArn === undefined) throw missing;
    try {
      await describe(tables, serverArn);
    } catch (error) {
      if (error instanceof TableServerError && error.fault === "client") throw missing;
      throw error;
    }
  }

  async shards(): Promise<readonly Shard[]> {
    const all: Shard[] = [];
    let after: string | undefined;
    do {
      const { Shards = [], LastEvaluatedShardId } = await describe(this.#deps.tables, this.#serverArn, after);
      for (const { ShardId, ParentShardId, SequenceNumberRange } of Shards) {
        all.push({
          id: ShardId,
          ...(ParentShardId !== undefined && { parents: [ParentShardId] }),
          isClosed: SequenceNumberRange?.EndingSequenceNumber !== undefined,
        });
      }
      after = LastEvaluatedShardId;
    } while (after !== undefined);
    const known = new Set(all.map(({ id }) => id));
    // The server forgets a parent after a day, before its children.
    return all.map(({ parents = [], ...shard }) => ({ ...shard, parents: parents.filter((id) => known.has(id)) }));
  }

  async begin(shard: string, at: StartingPoint): Promise<string> {
    if (at.kind === "TRIM_HORIZON") return "begin";
    const position = `since:${at.kind === "AT_TIMESTAMP" ? at.atMs : this.#deps.clock.now()}`;
    if (at.kind === "LATEST") this.#places.set(shard, { position, iterator: await this.#iterator(shard, "LATEST") });
    return position;
  }

  async read(shard: string, position: string, options: ReadOptions, signal: AbortSignal): Promise<ReadResult> {
    const known = this.#places.get(shard);
    let iterator = known?.position === position ? known.iterator : await this.#iteratorAt(shard, position);
    this.#places.delete(shard);
    while (!signal.aborted) {
      const { Records = [], NextShardIterator } = await this.#records(shard, position, iterator, options);
      const fresh = Records.map((one) => this.#record(one)).filter((one) => !isOlder(one, position));
      if (fresh.length > 0) {
        const records = withinBytes(fresh, options.maxBytes);
        const last = records.at(-1)?.position ?? position;
        const isAll = records.length === fresh.length;
        if (isAll && NextShardIterator !== undefined)
          this.#places.set(shard, { position: last, iterator: NextShardIterator });
        return { records, position: last, ...(isAll && NextShardIterator === undefined && { isAtEnd: true }) };
      }
      if (NextShardIterator === undefined) return { records: [], position, isAtEnd: true };
      iterator = NextShardIterator;
      this.#places.set(shard, { position, iterator });
      if (Records.length === 0) await this.#pause(signal);
    }
    return { records: [], position };
  }

  async #records(shard: string, position: string, iterator: string, { limit }: ReadOptions): Promise<Page> {
    const body = (ShardIterator: string) => ({ ShardIterator, Limit: Math.min(limit, MAX_RECORDS) });
    try {
      return await this.#deps.tables.server.call("GetRecords", body(iterator), API);
    } catch (error) {
      if (!isCode(error, "ExpiredIteratorException")) throw error;
      return await this.#deps.tables.server.call("GetRecords", body(await this.#iteratorAt(shard, position)), API);
    }
  }

  async #iteratorAt(shard: string, position: string): Promise<string> {
    const [kind, SequenceNumber] = position.split(":");
    if (kind !== "after") return await this.#iterator(shard, "TRIM_HORIZON");
    try {
      return await this.#iterator(shard, "AFTER_SEQUENCE_NUMBER", SequenceNumber);
    } catch (error) {
      // The record is older than a day: what is left of the shard comes after it.
      if (isCode(error, "TrimmedDataAccessException")) return await this.#iterator(shard, "TRIM_HORIZON");
      throw error;
    }
  }

  async #iterator(ShardId: string, ShardIteratorType: string, SequenceNumber?: string): Promise<string> {
    const body = { StreamArn: this.#serverArn, ShardId, ShardIteratorType, SequenceNumber };
    const { ShardIterator } = await this.#deps.tables.server.call("GetShardIterator", body, API);
    if (typeof ShardIterator !== "string")
      throw new Error("the server has answered GetShardIterator without an iterator");
    return ShardIterator;
  }

  /** Ends early when `signal` aborts. */
  async #pause(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    using _timer = this.#deps.clock.after(POLL_MS, resolve);
    const onAbort = (): void => resolve();
    signal.addEventListener("abort", onAbort, { once: true });
    await promise;
    signal.removeEventListener("abort", onAbort);
  }

  #record(record: ServerRecord): StreamRecord {
    return passedRecord(record, this.#mapping, this.#hashName);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#places.clear();
  }
}

interface Page {
  readonly Records?: readonly ServerRecord[];
  readonly NextShardIterator?: string;
}

interface Description {
  readonly KeySchema?: readonly { readonly AttributeName: string }[];
  readonly Shards?: readonly {
    readonly ShardId: string;
    readonly ParentShardId?: string;
    readonly SequenceNumberRange?: { readonly EndingSequenceNumber?: string };
  }[];
  readonly LastEvaluatedShardId?: string;
}

async function describe(tables: PassedTables, StreamArn: string, after?: string): Promise<Description> {
  const body = { StreamArn, ExclusiveStartShardId: after };
  const { StreamDescription } = await tables.server.call("DescribeStream", body, API);
  return (StreamDescription ?? {}) as Description;
}

/** The stream's ARN on the server; `undefined` when the table is no account's. */
async function serverArnOf(tables: PassedTables, { EventSourceArn = "" }: MappedSource): Promise<string | undefined> {
  const named = parseTableArn(EventSourceArn);
  const table = named?.stream === undefined ? undefined : await tables.find(named.table);
  return table && `${await tables.serverArn(table)}/stream/${named?.stream}`;
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof TableServerError && error.code === code;
}

/** Whether a record is older than a position that names a time. Times of records have whole seconds. */
function isOlder({ arrivedAtMs }: StreamRecord, position: string): boolean {
  const [kind, ms] = position.split(":");
  return kind === "since" && Math.floor(arrivedAtMs / 1000) < Math.floor(Number(ms) / 1000);
}

function withinBytes(records: readonly StreamRecord[], maxBytes: number): readonly StreamRecord[] {
  let bytes = 0;
  const taken = records.findIndex(({ json }, at) => (bytes += json.length) > maxBytes && at > 0);
  return taken === -1 ? records : records.slice(0, taken);
}
