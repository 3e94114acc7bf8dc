import type { KinesisShard } from "@hearth/store";

// Names of shards and places of a table's stream.

/** `shardId-00000001700000000000-0000002a`: the time at which it began, and its number. */
export function shardName({ shardNo, firstSeq }: Pick<KinesisShard, "shardNo" | "firstSeq">): string {
  return `shardId-${String(firstSeq >> 20n).padStart(20, "0")}-${shardNo.toString(16).padStart(8, "0")}`;
}

export function shardNoOf(name: string): number | undefined {
  const [, digits] = /^shardId-\d{20}-([0-9a-f]{8})$/.exec(name) ?? [];
  return digits === undefined ? undefined : Number.parseInt(digits, 16);
}

/** 21 digits or more that grow with time. */
export function changeNumber(seq: bigint): string {
  return `1${String(seq).padStart(21, "0")}`;
}

export function seqOfNumber(text: string): bigint | undefined {
  const [, digits] = /^1(\d{21})$/.exec(text) ?? [];
  return digits === undefined ? undefined : BigInt(digits);
}
