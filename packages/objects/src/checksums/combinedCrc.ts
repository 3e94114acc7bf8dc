import type { ChecksumAlgorithm } from "./checksum.ts";

/** The reflected polynomials and widths of the CRCs. */
const CRCS: Partial<Record<ChecksumAlgorithm, { readonly polynomial: bigint; readonly bits: number }>> = {
  CRC32: { polynomial: 0xedb88320n, bits: 32 },
  CRC32C: { polynomial: 0x82f63b78n, bits: 32 },
  CRC64NVME: { polynomial: 0x9a6c9329ac4bc9b5n, bits: 64 },
};

type Matrix = readonly bigint[];

/** The CRC of bytes one after the other, of their CRCs and lengths. */
export function combinedCrc(
  algorithm: ChecksumAlgorithm,
  pieces: readonly { readonly digest: Buffer; readonly size: number }[],
): Buffer {
  const crc = CRCS[algorithm];
  if (!crc) throw new TypeError(`${algorithm} is no CRC`);
  const shifts = new Map<number, Matrix>();
  let whole = 0n;
  for (const { digest, size } of pieces) {
    let shift = shifts.get(size);
    if (!shift) shifts.set(size, (shift = zeros(crc.polynomial, crc.bits, size)));
    whole = times(shift, whole) ^ BigInt(`0x${digest.toString("hex")}`);
  }
  return Buffer.from(whole.toString(16).padStart(crc.bits / 4, "0"), "hex");
}

/** What `bytes` zero bytes do to a CRC, as a matrix over GF(2): one column for each bit. */
function zeros(polynomial: bigint, bits: number, bytes: number): Matrix {
  let power: Matrix = Array.from({ length: bits }, (_, bit) => (bit === 0 ? polynomial : 1n << BigInt(bit - 1)));
  for (let i = 0; i < 3; i++) power = square(power); // one byte
  let result: Matrix = Array.from({ length: bits }, (_, bit) => 1n << BigInt(bit));
  for (let rest = bytes; rest > 0; rest = Math.floor(rest / 2)) {
    const now = power;
    if (rest % 2 === 1) result = result.map((column) => times(now, column));
    power = square(power);
  }
  return result;
}

function square(matrix: Matrix): Matrix {
  return matrix.map((column) => times(matrix, column));
}

function times(matrix: Matrix, vector: bigint): bigint {
  let sum = 0n;
  for (let rest = vector, i = 0; rest > 0n; rest >>= 1n, i++) if (rest & 1n) sum ^= matrix[i] ?? 0n;
  return sum;
}
