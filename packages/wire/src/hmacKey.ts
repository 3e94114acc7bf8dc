import { hash, timingSafeEqual } from "node:crypto";

const BLOCK_BYTES = 64;
const HASH_BYTES = 32;
const INNER_PAD = 0x36;
const OUTER_PAD = 0x5c;
/** What `verifies` compares. */
const ACTUAL = Buffer.alloc(HASH_BYTES);
const EXPECTED = Buffer.alloc(HASH_BYTES);

/**
 * HMAC-SHA256 with one key (RFC 2104). The key is combined with both pads once, so that a digest is two hashes in one call each: an `Hmac` object of
 * node:crypto takes twice as long for texts as short as those of signatures.
 */
export class HmacKey {
  readonly #inner = Buffer.alloc(BLOCK_BYTES, INNER_PAD);
  /** The outer block, and room for the inner hash. */
  readonly #outer = Buffer.alloc(BLOCK_BYTES + HASH_BYTES, OUTER_PAD);

  /** `key` is a hash or shorter. */
  constructor(key: Uint8Array) {
    if (key.length > BLOCK_BYTES) throw new Error("a key longer than a block is hashed first");
    for (let at = 0; at < key.length; at++) {
      const byte = key[at] as number;
      this.#inner[at] = byte ^ INNER_PAD;
      this.#outer[at] = byte ^ OUTER_PAD;
    }
  }

  /** In hexadecimal. `text` is hashed as UTF-8. */
  digest(text: string): string {
    return this.#digest(text, "hex");
  }

  /** Whether `given`, in hexadecimal, is the digest of `text`; takes as long wherever they differ. */
  verifies(text: string, given: string): boolean {
    if (given.length !== 2 * HASH_BYTES || ACTUAL.write(given, "hex") !== HASH_BYTES) return false;
    EXPECTED.write(this.#digest(text, "binary"), "latin1");
    return timingSafeEqual(ACTUAL, EXPECTED);
  }

  #digest(text: string, encoding: "hex" | "binary"): string {
    const message = Buffer.allocUnsafe(BLOCK_BYTES + Buffer.byteLength(text));
    message.set(this.#inner);
    message.write(text, BLOCK_BYTES);
    // Bytes as text: a buffer of its own for each hash would take longer.
    this.#outer.write(hash("sha256", message, "binary"), BLOCK_BYTES, "latin1");
    return hash("sha256", this.#outer, encoding);
  }
}
