import type { AccountRegion, EventSourceSettings } from "@hearth/model";

/** What tells a source apart: the two members of a mapping that name it. */
export interface SourceName {
  readonly EventSourceArn?: string | undefined;
  readonly settings: EventSourceSettings;
}

/** A mapping as its source sees it. */
export interface MappedSource extends SourceName, AccountRegion {
  readonly UUID: string;
  readonly FunctionName: string;
  readonly Qualifier?: string | undefined;
}

/** What the function's execution role must be allowed to do. */
export interface NeededPermission {
  /** Such as `sqs:ReceiveMessage`. */
  readonly action: string;
  /** ARN. */
  readonly resource: string;
}

/** A record as the pipeline handles it, whatever source it is from. */
export interface SourceRecord {
  /** The record as the function gets it, as JSON. It is made once, and its length counts towards the batch's 6 MB. */
  readonly json: string;
  /** What the function names the record by in `batchItemFailures`: the message id, or the sequence number. */
  readonly id: string;
  /** What filter patterns are matched against. Called only when the mapping has filters. */
  matched(): Matched;
  /** The trace header that came with the record. Its lineage stops a function that triggers itself. */
  readonly traceId?: string | undefined;
}

/**
 * What filter patterns see of a record: the whole record, with the member `dataKey` replaced by what the record carries. A pattern for the data that is an
 * object is matched against the data parsed as JSON, any other against its text.
 */
export interface Matched {
  readonly event: Readonly<Record<string, unknown>>;
  /** Such as `body`; absent when nothing is parsed. */
  readonly dataKey?: string;
  /** The data as text; `undefined` when it is not UTF-8. */
  readonly data?: string | undefined;
}

/** A record of a queue: settled by itself, in any order. */
export interface QueueRecord extends SourceRecord {
  /** By which the source knows this delivery of the record; opaque to the pipeline. */
  readonly receipt: string;
  /** Records of one group are handled in order; absent where order does not matter. */
  readonly groupId?: string | undefined;
}

/** A record of a shard. */
export interface StreamRecord extends SourceRecord {
  /** The position right after this record, as `OpenStream.read` takes it. */
  readonly position: string;
  /** Records of one key are handled in order, also with a ParallelizationFactor. */
  readonly partitionKey: string;
  /** When the source took it, milliseconds since the epoch. */
  readonly arrivedAtMs: number;
}

/** What a server keeps for a mapping, and could delete without it. */
export interface Kept {
  readonly connection: string;
  readonly bytes: number;
}

export interface Upkeep {
  /** Which mappings: a pattern of LIKE for their ARNs. */
  readonly arns: string;
  /** Called every minute with all of these mappings, the disabled ones too, in each process. Resolves with what their servers keep. */
  look(mappings: readonly MappedSource[]): Promise<readonly Kept[]>;
}

/** What all sources have in common. Making one opens nothing: it is also used to check new mappings. */
interface AnySource {
  /** As logs and metrics name it, such as `sqs`. */
  readonly name: string;
  /** Whether this is the source of such a mapping. The first source of the list that says so is used. */
  serves(source: SourceName): boolean;
  /** What the function's role needs, checked when a mapping is made and while it is polled. */
  permissions(mapping: MappedSource): readonly NeededPermission[] | Promise<readonly NeededPermission[]>;
  /** AWS's message for a role that lacks one of them. */
  refusal(needed: NeededPermission): string;
  /**
   * Rejects with AWS's error when the source does not exist, or does not suit the function. Called when a mapping is made. Sources that cannot be looked at
   * in a moment, such as brokers, check what they can.
   */
  check(mapping: MappedSource, fn: { readonly timeoutSeconds: number }): Promise<void>;
  /** Removes what the source keeps for a mapping that is deleted, such as a consumer group. Called when it is polled no longer, until it resolves. */
  forget?(mapping: MappedSource): Promise<void>;
  /** Present when servers keep more and more for mappings that are not read. */
  readonly upkeep?: Upkeep;
  /** The event for a batch: `{"Records":[…]}` where this is absent. Returns JSON, made of the `json` of the records. */
  event?(mapping: MappedSource, records: readonly SourceRecord[]): string;
}

/** A source whose records are received under a lease and settled one by one: SQS, MQ, consumer groups of Redis and NATS, MQTT. */
export interface QueueSource extends AnySource {
  readonly shape: "queue";
  /** Batches of a mapping that may run at a time; absent: as for SQS. */
  readonly concurrency?: number;
  /** Rejects when the source cannot be reached; it is tried again later. */
  open(mapping: MappedSource, signal: AbortSignal): Promise<OpenQueue>;
}

export interface ReceiveOptions {
  /** Limit of records. */
  readonly limit: number;
  /** How long to wait when there are none; Infinity waits until `signal` aborts. Waiting must cost nothing on a hosted source. */
  readonly waitMs: number;
}

export interface OpenQueue extends AsyncDisposable {
  /** Resolves with none when the time is over or `signal` aborts. Rejects when the source cannot be reached. Called by several pollers at a time. */
  receive(options: ReceiveOptions, signal: AbortSignal): Promise<readonly QueueRecord[]>;
  /**
   * Ends records: those in `done` are never delivered again; those in `failed` come back, by the source's own rules. Idempotent, because it is called again
   * after an error.
   */
  settle(outcome: { readonly done: readonly QueueRecord[]; readonly failed: readonly QueueRecord[] }): Promise<void>;
  /** How long received records stay with their receiver; absent when they do so until they are settled. */
  readonly leaseMs?: number;
  /** Lets the receiver keep them for another `leaseMs`. Called while a function runs. */
  extend?(records: readonly QueueRecord[]): Promise<void>;
  /** Failed records are delivered again at once, so that the pipeline waits before it settles them. */
  readonly redeliversAtOnce?: boolean;
}

/** Where a mapping begins to read a shard. */
export type StartingPoint =
  | { readonly kind: "TRIM_HORIZON" | "LATEST" }
  | { readonly kind: "AT_TIMESTAMP"; readonly atMs: number };

/** A shard, partition or slot: what is read in order. */
export interface Shard {
  readonly id: string;
  /** Shards that must be read to their end first. */
  readonly parents?: readonly string[];
  /** It takes no more records. A mapping that begins at LATEST does not read it. */
  readonly isClosed?: boolean;
}

/** A source whose records stay where they are and are read by position: Kinesis, DynamoDB streams, Kafka, changes of PostgreSQL. */
export interface StreamSource extends AnySource {
  readonly shape: "stream";
  /** Rejects when the source cannot be reached; it is tried again later. */
  open(mapping: MappedSource, signal: AbortSignal): Promise<OpenStream>;
  /** The id of the record that an `itemIdentifier` of `batchItemFailures` means; absent: it is the id. `undefined` when it means none. */
  idOf?(itemIdentifier: unknown): string | undefined;
  /** How often a batch is tried again when the mapping has an on-failure destination and no limit of its own; absent: without limit. */
  readonly retriesBeforeDestination?: number;
  /** What AWS tells an on-failure destination about a batch, such as `{ KinesisBatchInfo: {…} }`. */
  batchInfo(mapping: MappedSource, shard: string, records: readonly StreamRecord[]): Readonly<Record<string, unknown>>;
}

export interface ReadOptions {
  /** Limit of records. */
  readonly limit: number;
  /** Limit of bytes; one record may exceed it. */
  readonly maxBytes: number;
}

export interface ReadResult {
  readonly records: readonly StreamRecord[];
  /** The position after all of it, also where nothing was found. */
  readonly position: string;
  /** Nothing will come after this: the shard was closed, and is read to its end. */
  readonly isAtEnd?: boolean;
}

export interface OpenStream extends AsyncDisposable {
  /** The shards that there are. Called when the mapping is opened, when a shard was read to its end, and every `shardsEveryMs`. */
  shards(signal: AbortSignal): Promise<readonly Shard[]>;
  /** How often `shards` may change without the end of a shard; absent: never. */
  readonly shardsEveryMs?: number;
  /** The position at which a shard begins. It is stored before the first record is read. */
  begin(shard: string, at: StartingPoint, signal: AbortSignal): Promise<string>;
  /**
   * Reads on after `position`. Waits until there are records, the shard has ended, or `signal` aborts; waiting must cost nothing on a hosted source. Rejects
   * when the source cannot be reached; it is read again later.
   */
  read(shard: string, position: string, options: ReadOptions, signal: AbortSignal): Promise<ReadResult>;
  /** Tells the source how far a shard was read, after that was stored: for servers that show it, such as Kafka. Its errors are logged only. */
  committed?(shard: string, position: string): Promise<void>;
}

export type EventSource = QueueSource | StreamSource;
