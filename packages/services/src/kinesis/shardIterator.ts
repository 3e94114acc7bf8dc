import { decodeCursor, encodeCursor, type AccountRegion } from "@hearth/model";
import type { KinesisStreamKey } from "@hearth/store";
import { InvalidArgumentException } from "./errors.ts";

/** How long an iterator can be used. https://docs.aws.amazon.com/kinesis/latest/APIReference/API_GetShardIterator.html */
export const ITERATOR_MS = 300_000;

export interface ShardPosition extends KinesisStreamKey {
  readonly streamId: string;
  readonly shardNo: number;
  /** Records after this place come next. */
  readonly afterSeq: bigint;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}

/** An iterator is opaque to clients, and no secret: who may use it is decided by the stream that it names. */
export function encodeIterator(position: ShardPosition): string {
  const { accountId, region, StreamName, streamId, shardNo, afterSeq, createdAt } = position;
  return encodeCursor([accountId, region, StreamName, streamId, shardNo, String(afterSeq), createdAt]);
}

/** `undefined` for a text that `encodeIterator` has not made. */
export function decodeIterator(iterator: string): ShardPosition | undefined {
  const types = ["string", "string", "string", "string", "number", "string", "number"] as const;
  const key = decodeCursor(iterator, types);
  if (!key) return undefined;
  const [accountId, region, StreamName, streamId, shardNo, afterSeq, createdAt] = key;
  if (!/^\d{1,18}$/.test(streamId) || !/^\d{1,18}$|^[1-8]\d{18}$/.test(afterSeq) || shardNo < 0 || shardNo >= 2 ** 31)
    return undefined;
  return { accountId, region, StreamName, streamId, shardNo, afterSeq: BigInt(afterSeq), createdAt };
}

/** The position of an iterator that was made for a stream of this account and region. Throws AWS's error otherwise. */
export function positionOf(iterator: string, { accountId, region }: AccountRegion): ShardPosition {
  const position = decodeIterator(iterator);
  if (!position || position.accountId !== accountId || position.region !== region) {
    throw new InvalidArgumentException("Invalid ShardIterator.");
  }
  return position;
}
