import type { AccountRegion } from "@hearth/model";

export interface KinesisStreamKey extends AccountRegion {
  readonly StreamName: string;
}

export interface KinesisStreamRecord extends KinesisStreamKey {
  readonly id: string;
  readonly mode: "PROVISIONED" | "ON_DEMAND";
  readonly retentionHours: number;
  readonly maxRecordKib: number;
  /** The KMS key that the owner has named; absent without encryption. */
  readonly keyId: string | null;
  /** Shard-level metrics that the owner has switched on. */
  readonly metrics: readonly string[];
  readonly tags: Readonly<Record<string, string>>;
  readonly policy: string | null;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly consumers: number;
  /** Of the stream of a table of DynamoDB: what its engine notes of the table. */
  readonly ofTable: object | null;
  /** When the table stopped writing it, in milliseconds since the epoch. */
  readonly endedAt: number | null;
}

/** Names a shard. */
export interface ShardPlace {
  readonly streamId: string;
  readonly shardNo: number;
}

/** A range of hash keys of a stream. Places (`seq`) are positions within a shard; they grow with time. */
export interface KinesisShard {
  readonly shardNo: number;
  /** The shards that it replaced: read to their ends before this one. */
  readonly parents: readonly number[];
  /** 128-bit numbers, both inclusive. */
  readonly fromHash: bigint;
  readonly toHash: bigint;
  readonly firstSeq: bigint;
  /** The place of its last record. */
  readonly lastSeq: bigint;
  /** Milliseconds since the epoch; `null` while it is open. */
  readonly closedAt: number | null;
}

export interface KinesisConsumerRecord {
  readonly streamId: string;
  readonly ConsumerName: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly policy: string | null;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}

export interface NewKinesisShard {
  readonly parents: readonly number[];
  readonly fromHash: bigint;
  readonly toHash: bigint;
}

/** Places hold the time of arrival in their upper bits. */
const COUNTER_BITS = 20n;

/** The first place of a time in milliseconds since the epoch. */
export function firstSeqOf(epochMs: number): bigint {
  return BigInt(Math.max(0, Math.floor(epochMs))) << COUNTER_BITS;
}
