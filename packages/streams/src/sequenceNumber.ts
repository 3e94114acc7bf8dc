/**
 * A place as clients see it: 56 digits that grow with time within a shard and from a shard to those that replace it. They hold the place and the shard's
 * number.
 */
export function sequenceNumber(seq: bigint, shardNo: number): string {
  return `49${String(seq).padStart(24, "0")}${"0".repeat(20)}${String(shardNo).padStart(10, "0")}`;
}

export interface Place {
  readonly seq: bigint;
  readonly shardNo: number;
}

/** The place in a sequence number; `undefined` when `sequenceNumber` did not make it. */
export function parseSequenceNumber(text: string): Place | undefined {
  const [, seq, shardNo] = /^49(\d{24})0{20}(\d{10})$/.exec(text) ?? [];
  if (seq === undefined || shardNo === undefined) return undefined;
  const place = { seq: BigInt(seq), shardNo: Number(shardNo) };
  return place.seq < 2n ** 63n ? place : undefined;
}
