import type { Random } from "@hearth/kit";

const LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789";

/** An id as AWS's: ten lower-case letters and digits for an API, which are part of its host name, seven for its parts. */
export function newApiId(random: Pick<Random, "hex">, length = 10): string {
  const bytes = Buffer.from(random.hex(length), "hex");
  // 256 is no multiple of 36; the ids need not be equally likely, and are no secrets.
  const text = [...bytes].map((byte) => LETTERS[byte % LETTERS.length]).join("");
  return text.replace(/^\d/, (digit) => LETTERS[Number(digit)] ?? "a");
}
