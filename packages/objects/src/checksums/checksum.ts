import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import { TableCrc } from "./tableCrc.ts";

export const CHECKSUM_ALGORITHMS = ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"] as const;
export type ChecksumAlgorithm = (typeof CHECKSUM_ALGORITHMS)[number];
export type ChecksumType = "FULL_OBJECT" | "COMPOSITE";

export interface Checksum {
  readonly algorithm: ChecksumAlgorithm;
  /** Base64; of a composite checksum with `-` and the number of parts behind. */
  readonly value: string;
  readonly type: ChecksumType;
}

export interface Hasher {
  update(data: Uint8Array): void;
  digest(): Buffer;
}

// Made when they are first used: each has tables and a module of its own.
let crc32c: TableCrc | undefined;
let crc64nvme: TableCrc | undefined;

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html */
export function newHasher(algorithm: ChecksumAlgorithm): Hasher {
  switch (algorithm) {
    case "CRC32":
      return ofCrc32();
    case "CRC32C":
      return (crc32c ??= new TableCrc(0x82f63b78n, 32)).begin();
    case "CRC64NVME":
      return (crc64nvme ??= new TableCrc(0x9a6c9329ac4bc9b5n, 64)).begin();
    case "SHA1":
    case "SHA256": {
      const hash = createHash(algorithm);
      return { update: (data) => void hash.update(data), digest: () => hash.digest() };
    }
  }
}

function ofCrc32(): Hasher {
  let crc = 0;
  return {
    update: (data) => void (crc = crc32(data, crc)),
    digest() {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32BE(crc);
      return bytes;
    },
  };
}

const DIGEST_BYTES: Readonly<Record<ChecksumAlgorithm, number>> = {
  CRC32: 4,
  CRC32C: 4,
  CRC64NVME: 8,
  SHA1: 20,
  SHA256: 32,
};

/** Whether the text can be a digest of the algorithm, in base64. */
export function isDigest(algorithm: ChecksumAlgorithm, text: string): boolean {
  const bytes = Buffer.from(text, "base64");
  return bytes.length === DIGEST_BYTES[algorithm] && bytes.toString("base64") === text;
}
