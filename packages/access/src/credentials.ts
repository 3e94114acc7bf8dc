import type { Random } from "@hearth/kit";

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** 20 characters: `AKIA…` for a lasting key, `ASIA…` for a session's. */
export function newAccessKeyId(prefix: "AKIA" | "ASIA", random: Random): string {
  const bytes = Buffer.from(random.hex(16), "hex");
  return prefix + Array.from(bytes, (byte) => LETTERS[byte % LETTERS.length]).join("");
}

/** 40 characters. */
export function newSecretAccessKey(random: Random): string {
  return Buffer.from(random.hex(30), "hex").toString("base64");
}
