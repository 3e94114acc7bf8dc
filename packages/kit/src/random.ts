import { randomBytes, randomUUID } from "node:crypto";

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
  hex: (bytes) => randomBytes(bytes).toString("hex"),
  fraction: () => Math.random(),
};
