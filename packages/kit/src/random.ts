import { randomBytes, randomFillSync, randomUUID } from "node:crypto";

/** Randomness as a dependency. */
export interface Random {
  /** A version 4 UUID. */
  uuid(): string;
  /** `bytes` random bytes in lower-case hexadecimal. */
  hex(bytes: number): string;
  /** A number in [0, 1). */
  fraction(): number;
}

export const systemRandom: Random = {
  uuid: () => randomUUID(),
  hex: (bytes) => pooledHex(bytes),
  fraction: () => Math.random(),
};

/** Random bytes that were drawn ahead, as one draw costs as much for four thousand bytes as for a few. Each is used once. */
const pool = Buffer.alloc(4_096);
let used = pool.length;

function pooledHex(bytes: number): string {
  if (bytes > pool.length) return randomBytes(bytes).toString("hex");
  if (used + bytes > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const text = pool.toString("hex", used, used + bytes);
  pool.fill(0, used, used + bytes);
  used += bytes;
  return text;
}
