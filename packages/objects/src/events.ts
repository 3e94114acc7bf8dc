import type { Transaction } from "@hearth/store";
import type { Bucket } from "./bucket.ts";

/** Something that has happened to an object. */
export interface ObjectEvent {
  /** Without `s3:`: `ObjectCreated:Put`. */
  readonly name: string;
  readonly key: string;
  readonly size?: number;
  readonly etag?: string;
  readonly versionId?: string | undefined;
  /** Orders the events of one key. */
  readonly seq: bigint;
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly request: EventRequest;
}

/** The request that has caused it. */
export interface EventRequest {
  readonly requestId: string;
  readonly principalId: string;
  /** Account. */
  readonly requester: string;
  readonly traceId?: string;
  readonly sourceIp: string;
}

/** Messages that are written in the transaction that causes them. */
export interface PreparedEvents {
  write(tx: Transaction): Promise<unknown>;
  committed(): void;
}

/** Tells the targets of a bucket's notifications. */
export interface EventPort {
  /** Whether a notification of the bucket is about such events of the key. */
  isAwaited(bucket: Bucket, event: Pick<ObjectEvent, "name" | "key">): boolean;
  /** `undefined` where no notification is configured. */
  prepare(bucket: Bucket, events: readonly ObjectEvent[]): Promise<PreparedEvents | undefined>;
}
