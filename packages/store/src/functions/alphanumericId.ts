import type { Random } from "@hearth/kit";

/** `length` random characters of 0-9 and a-z, made from 256 random bits; `length` is at most 48. */
export function alphanumericId(random: Random, length: number): string {
  const number = BigInt(`0x${random.hex(32)}`);
  return number.toString(36).padStart(length, "0").slice(-length);
}
