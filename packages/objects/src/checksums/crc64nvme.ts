/** The reflected polynomial of CRC-64/NVME, in two halves: numbers of 64 bits are slow. */
const POLYNOMIAL_HIGH = 0x9a6c9329;
const POLYNOMIAL_LOW = 0xac4bc9b5;

const HIGH = Array.from({ length: 8 }, () => new Int32Array(256));
const LOW = Array.from({ length: 8 }, () => new Int32Array(256));
for (let i = 0; i < 256; i++) {
  let high = 0;
  let low = i;
  for (let bit = 0; bit < 8; bit++) {
    const carry = low & 1;
    low = (low >>> 1) | (high << 31);
    high >>>= 1;
    if (carry === 1) {
      high ^= POLYNOMIAL_HIGH;
      low ^= POLYNOMIAL_LOW;
    }
  }
  (HIGH[0] as Int32Array)[i] = high;
  (LOW[0] as Int32Array)[i] = low;
}
for (let table = 1; table < 8; table++) {
  for (let i = 0; i < 256; i++) {
    const high = HIGH[table - 1]?.[i] ?? 0;
    const low = LOW[table - 1]?.[i] ?? 0;
    (LOW[table] as Int32Array)[i] = (LOW[0]?.[low & 255] ?? 0) ^ ((low >>> 8) | (high << 24));
    (HIGH[table] as Int32Array)[i] = (HIGH[0]?.[low & 255] ?? 0) ^ (high >>> 8);
  }
}
const [L0, L1, L2, L3, L4, L5, L6, L7] = LOW as [
  ...[Int32Array, Int32Array, Int32Array, Int32Array],
  ...[Int32Array, Int32Array, Int32Array, Int32Array],
];
const [H0, H1, H2, H3, H4, H5, H6, H7] = HIGH as typeof LOW &
  [...[Int32Array, Int32Array, Int32Array, Int32Array], ...[Int32Array, Int32Array, Int32Array, Int32Array]];
const at = (table: Int32Array, index: number): number => table[index & 255] as number;

/** CRC-64/NVME, eight bytes at a time. */
export class Crc64Nvme {
  #high = -1;
  #low = -1;

  update(data: Uint8Array): void {
    let high = this.#high;
    let low = this.#low;
    const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
    let i = 0;
    for (; i + 8 <= data.length; i += 8) {
      const a = low ^ view.getInt32(i, true);
      const b = high ^ view.getInt32(i + 4, true);
      low =
        at(L7, a) ^
        at(L6, a >>> 8) ^
        at(L5, a >>> 16) ^
        at(L4, a >>> 24) ^
        at(L3, b) ^
        at(L2, b >>> 8) ^
        at(L1, b >>> 16) ^
        at(L0, b >>> 24);
      high =
        at(H7, a) ^
        at(H6, a >>> 8) ^
        at(H5, a >>> 16) ^
        at(H4, a >>> 24) ^
        at(H3, b) ^
        at(H2, b >>> 8) ^
        at(H1, b >>> 16) ^
        at(H0, b >>> 24);
    }
    for (; i < data.length; i++) {
      const index = low ^ (data[i] as number);
      low = at(L0, index) ^ ((low >>> 8) | (high << 24));
      high = at(H0, index) ^ (high >>> 8);
    }
    this.#high = high;
    this.#low = low;
  }

  digest(): Buffer {
    const bytes = Buffer.alloc(8);
    bytes.writeInt32BE(~this.#high, 0);
    bytes.writeInt32BE(~this.#low, 4);
    return bytes;
  }
}
