import { expect, test } from "vitest";
import { combinedCrc } from "./combinedCrc.ts";
import { CHECKSUM_ALGORITHMS, newHasher } from "./checksum.ts";

/** The check values of the catalogue of CRC algorithms, and of FIPS 180, for "123456789". */
const CHECKS = {
  CRC32: "cbf43926",
  CRC32C: "e3069283",
  CRC64NVME: "ae8b14860a799888",
  SHA1: "f7c3bc1d808e04732adf679965ccc34ca7ae3441",
  SHA256: "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225",
};

test.for(CHECKSUM_ALGORITHMS)("%s is what its standard says", (algorithm) => {
  const hasher = newHasher(algorithm);
  hasher.update(Buffer.from("123456789"));
  expect(hasher.digest().toString("hex")).toBe(CHECKS[algorithm]);
});

/** Longer than the memory into which it is copied for some. */
const LONG = Buffer.from(Array.from({ length: 200_003 }, (_, i) => (i * 7919 + (i >> 8)) & 255));

test.for([
  ["CRC32C", 0x82f63b78n, 32],
  ["CRC64NVME", 0x9a6c9329ac4bc9b5n, 64],
] as const)("%s of much data is what its definition says, bit by bit", ([algorithm, polynomial, bits]) => {
  const ones = (1n << BigInt(bits)) - 1n;
  let crc = ones;
  for (const byte of LONG) {
    crc ^= BigInt(byte);
    for (let bit = 0; bit < 8; bit++) crc = (crc >> 1n) ^ (polynomial & -(crc & 1n));
  }
  const hasher = newHasher(algorithm);
  hasher.update(LONG);
  expect(hasher.digest().toString("hex")).toBe((crc ^ ones).toString(16).padStart(bits / 4, "0"));
});

test.for(CHECKSUM_ALGORITHMS)("%s of two bodies at once is that of each", (algorithm) => {
  const [one, other] = [newHasher(algorithm), newHasher(algorithm)];
  for (const piece of ["1234", "56789"]) {
    one.update(Buffer.from(piece));
    other.update(LONG);
  }
  expect(one.digest().toString("hex")).toBe(CHECKS[algorithm]);
});

test.for(CHECKSUM_ALGORITHMS)("%s does not depend on how the data is cut", (algorithm) => {
  const data = LONG;
  const whole = newHasher(algorithm);
  whole.update(data);
  const pieces = newHasher(algorithm);
  for (let at = 0, length = 1; at < data.length; at += length++) pieces.update(data.subarray(at, at + length));
  expect(pieces.digest()).toEqual(whole.digest());
});

test.for(["CRC32", "CRC32C", "CRC64NVME"] as const)("%s of a whole is computed from its parts'", (algorithm) => {
  const data = Buffer.from(Array.from({ length: 5_003 }, (_, i) => (i * 31 + 5) & 255));
  const of = (bytes: Buffer): Buffer => {
    const hasher = newHasher(algorithm);
    hasher.update(bytes);
    return hasher.digest();
  };
  const pieces = [data.subarray(0, 1_000), data.subarray(1_000, 2_000), data.subarray(2_000)];
  expect(
    combinedCrc(
      algorithm,
      pieces.map((piece) => ({ digest: of(piece), size: piece.length })),
    ),
  ).toEqual(of(data));
});
