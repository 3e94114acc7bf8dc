import type { Random } from "@hearth/kit";

const RANDOM_BYTES = 16;
const FORM = /^[A-Za-z0-9_-]{32}$/;

/** The id of a version: its number, and random bytes so that it cannot be guessed. */
export function newVersionId(seq: bigint, random: Random): string {
  const bytes = Buffer.alloc(8 + RANDOM_BYTES);
  bytes.writeBigUInt64BE(seq);
  Buffer.from(random.hex(RANDOM_BYTES), "hex").copy(bytes, 8);
  return bytes.toString("base64url");
}

/** The number in a version's id; `undefined` for a text that is none. */
export function seqOf(versionId: string): bigint | undefined {
  return FORM.test(versionId)
    ? Buffer.from(versionId, "base64url").readBigUInt64BE() & 0x7fff_ffff_ffff_ffffn
    : undefined;
}
