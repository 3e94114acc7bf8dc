import { createHash } from "node:crypto";
import type { S3File } from "@hearth/store";
import { type Checksum, type ChecksumAlgorithm, newHasher } from "./checksums/checksum.ts";
import { badDigest, entityTooLarge } from "./errors.ts";
import type { ObjectFiles } from "./objectFiles.ts";

/** Bytes that are on disk and belong to nothing yet. */
export interface Received {
  readonly files: readonly S3File[];
  readonly size: number;
  /** Hexadecimal. */
  readonly md5: string;
  readonly checksum: Checksum | undefined;
}

export interface Expected {
  /** Base64, as `Content-MD5`. */
  readonly md5?: string | undefined;
  readonly checksum?:
    | {
        readonly algorithm: ChecksumAlgorithm;
        /** Base64, read when the body has ended: it may be a trailer. `undefined`: only computed. */
        readonly value: () => string | undefined;
      }
    | undefined;
  readonly maxBytes: number;
}

/** Writes a body and verifies what its sender says about it. Nothing stays behind when it rejects. */
export async function receive(
  files: Pick<ObjectFiles, "write">,
  source: AsyncIterable<Uint8Array>,
  { md5: expectedMd5, checksum: expected, maxBytes }: Expected,
): Promise<Received> {
  const md5 = createHash("md5");
  const hasher = expected && newHasher(expected.algorithm);
  let size = 0;
  let digest = "";
  let checksum: Checksum | undefined;
  async function* verified(): AsyncGenerator<Uint8Array, void> {
    for await (const piece of source) {
      size += piece.length;
      if (size > maxBytes) throw entityTooLarge();
      md5.update(piece);
      hasher?.update(piece);
      yield piece;
    }
    digest = md5.digest("hex");
    if (expectedMd5 !== undefined && Buffer.from(digest, "hex").toString("base64") !== expectedMd5) {
      throw badDigest("The Content-MD5 you specified did not match what we received.");
    }
    if (!expected || !hasher) return;
    const value = hasher.digest().toString("base64");
    const claimed = expected.value();
    if (claimed !== undefined && claimed !== value) {
      throw badDigest(`The ${expected.algorithm} you specified did not match the calculated checksum.`);
    }
    checksum = { algorithm: expected.algorithm, value, type: "FULL_OBJECT" };
  }
  const written = await files.write(verified());
  return { files: written, size, md5: digest, checksum };
}
