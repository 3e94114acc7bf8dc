import { hash } from "node:crypto";

export const MAX_HASH_KEY = 2n ** 128n - 1n;

export interface HashRange {
  /** Both inclusive. */
  readonly fromHash: bigint;
  readonly toHash: bigint;
}

/** Where a partition key lies. https://docs.aws.amazon.com/streams/latest/dev/key-concepts.html#partition-key */
export function hashKeyOf(partitionKey: string): bigint {
  return BigInt(`0x${hash("md5", partitionKey, "hex")}`);
}

/** An explicit hash key; `undefined` when it is no number of 128 bits. */
export function parseHashKey(text: string): bigint | undefined {
  if (!/^(0|[1-9]\d{0,38})$/.test(text)) return undefined;
  const key = BigInt(text);
  return key <= MAX_HASH_KEY ? key : undefined;
}

/** All hash keys in `count` ranges of the same size. */
export function evenRanges(count: number): readonly HashRange[] {
  const size = (MAX_HASH_KEY + 1n) / BigInt(count);
  return Array.from({ length: count }, (_one, at) => ({
    fromHash: size * BigInt(at),
    toHash: at === count - 1 ? MAX_HASH_KEY : size * BigInt(at + 1) - 1n,
  }));
}

export function overlaps(a: HashRange, b: HashRange): boolean {
  return a.fromHash <= b.toHash && b.fromHash <= a.toHash;
}
