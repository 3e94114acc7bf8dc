/** Tables for eight bytes at a time, of a reflected 32-bit polynomial. */
function tablesOf(polynomial: number): readonly Uint32Array[] {
  const tables = Array.from({ length: 8 }, () => new Uint32Array(256));
  const [first = new Uint32Array()] = tables;
  for (let i = 0; i < 256; i++) {
    let value = i;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ polynomial : value >>> 1;
    first[i] = value;
  }
  for (let table = 1; table < 8; table++) {
    for (let i = 0; i < 256; i++) {
      const before = tables[table - 1]?.[i] ?? 0;
      (tables[table] as Uint32Array)[i] = (first[before & 255] ?? 0) ^ (before >>> 8);
    }
  }
  return tables;
}

const [T0, T1, T2, T3, T4, T5, T6, T7] = tablesOf(0x82f63b78) as [
  ...[Uint32Array, Uint32Array, Uint32Array, Uint32Array],
  ...[Uint32Array, Uint32Array, Uint32Array, Uint32Array],
];
const at = (table: Uint32Array, index: number): number => table[index & 255] as number;

/** CRC-32C (Castagnoli) of `data` after what has the CRC `previous`. */
export function crc32c(data: Uint8Array, previous = 0): number {
  let crc = ~previous;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  let i = 0;
  for (; i + 8 <= data.length; i += 8) {
    const low = crc ^ view.getUint32(i, true);
    const high = view.getUint32(i + 4, true);
    crc =
      at(T7, low) ^
      at(T6, low >>> 8) ^
      at(T5, low >>> 16) ^
      at(T4, low >>> 24) ^
      at(T3, high) ^
      at(T2, high >>> 8) ^
      at(T1, high >>> 16) ^
      at(T0, high >>> 24);
  }
  for (; i < data.length; i++) crc = at(T0, crc ^ (data[i] as number)) ^ (crc >>> 8);
  return ~crc >>> 0;
}
