import { type CrcExports, crcModule, STRIDE, TABLE_BYTES } from "./crcModule.ts";

const DATA = STRIDE * TABLE_BYTES;

/** A CRC with a reflected polynomial of 32 or 64 bits, whose state begins and ends inverted. */
export class TableCrc {
  readonly #bits: 32 | 64;
  readonly #ones: bigint;
  readonly #continue: CrcExports["crc"];
  /** Where the module reads data. */
  readonly #data: Uint8Array;

  constructor(polynomial: bigint, bits: 32 | 64) {
    this.#bits = bits;
    this.#ones = (1n << BigInt(bits)) - 1n;
    const { memory, crc } = crcModule();
    this.#continue = crc;
    this.#data = new Uint8Array(memory.buffer, DATA);
    fill(new Int32Array(memory.buffer, 0, DATA / 4), polynomial);
  }

  /** A new checksum. Several can be computed at the same time. */
  begin(): { update(data: Uint8Array): void; digest(): Buffer } {
    let state = this.#ones;
    return {
      update: (data) => void (state = this.#after(state, data)),
      digest: () => {
        const bytes = Buffer.alloc(8);
        bytes.writeBigUInt64BE(BigInt.asUintN(64, state) ^ this.#ones);
        return bytes.subarray(8 - this.#bits / 8);
      },
    };
  }

  #after(before: bigint, data: Uint8Array): bigint {
    let state = before;
    for (let at = 0; at < data.length; at += this.#data.length) {
      const piece = data.subarray(at, at + this.#data.length);
      this.#data.set(piece);
      state = this.#continue(DATA, DATA + piece.length, state);
    }
    return state;
  }
}

/** Writes the tables. A value is two numbers, the lower half first: one of 64 bits is slow. */
function fill(tables: Int32Array, polynomial: bigint): void {
  const polynomialLow = Number(polynomial & 0xffffffffn);
  const polynomialHigh = Number(polynomial >> 32n);
  for (let i = 0; i < 256; i++) {
    let low = i;
    let high = 0;
    for (let bit = 0; bit < 8; bit++) {
      const carry = low & 1;
      low = (low >>> 1) | (high << 31);
      high >>>= 1;
      if (carry === 1) {
        low ^= polynomialLow;
        high ^= polynomialHigh;
      }
    }
    tables[2 * i] = low;
    tables[2 * i + 1] = high;
  }
  for (let i = 256; i < STRIDE * 256; i++) {
    const low = tables[2 * (i - 256)] ?? 0;
    const high = tables[2 * (i - 256) + 1] ?? 0;
    const shifted = 2 * (low & 255);
    tables[2 * i] = (tables[shifted] ?? 0) ^ ((low >>> 8) | (high << 24));
    tables[2 * i + 1] = (tables[shifted + 1] ?? 0) ^ (high >>> 8);
  }
}
