import type { ShardPlace } from "../kinesis/kinesisStream.ts";

/** Where an item lies. */
export interface DynamoKey {
  /** The beginning of the hash of the partition key. */
  readonly place: number;
  /** Bytes whose order is that of the values. `range` is empty without a sort key. */
  readonly hash: Buffer;
  readonly range: Buffer;
}

/** An item of a secondary index. */
export interface DynamoIndexEntry {
  readonly indexId: string;
  readonly key: DynamoKey;
}

export interface NewDynamoIndexEntry extends DynamoIndexEntry {
  readonly item: string;
  readonly bytes: number;
}

/** A change of one item, which happens only if the item is as it was read. */
export interface DynamoWrite {
  readonly key: DynamoKey;
  /** The version that was read; "absent" when there was no item, "any" for a write that does not look at it. */
  readonly expected: string;
  /** Absent: the item is deleted. */
  readonly item?: string;
  readonly bytes?: number;
  /** Seconds since the epoch. */
  readonly expiresAt?: number | undefined;
  readonly removed: readonly DynamoIndexEntry[];
  readonly added: readonly NewDynamoIndexEntry[];
}

/** A write that does not look at the item, without entries of indexes; and what the record of the change says beside the item's images. */
export interface BlindDynamoWrite {
  readonly write: DynamoWrite;
  readonly event: {
    /** 32 hexadecimal digits. */
    readonly id: string;
    /** JSON of the key's attributes. */
    readonly keys: string;
    /** As DynamoDB counts them. */
    readonly keyBytes: number;
  };
}

/** Where the records of changes go, and what they say. */
export interface RecordedIn {
  readonly place: ShardPlace;
  /** Seconds since the epoch. */
  readonly at: number;
  readonly hasNewImage: boolean;
  readonly hasOldImage: boolean;
}

/** What was replaced; no bytes when there was nothing. */
export interface Replaced {
  readonly bytes: number | undefined;
}
