import { createHash } from "node:crypto";
import { type ChecksumAlgorithm, newHasher } from "../checksums/checksum.ts";

export interface Digests {
  /** Hexadecimal. */
  readonly md5: string;
  /** Base64; of the algorithm that was asked for. */
  readonly checksum: string | undefined;
}

/** The MD5 of a body, and its checksum by another algorithm if there is one. */
export class BodyDigest {
  readonly #md5 = createHash("md5");
  readonly #checksum: ReturnType<typeof newHasher> | undefined;

  constructor(algorithm: ChecksumAlgorithm | undefined) {
    this.#checksum = algorithm && newHasher(algorithm);
  }

  update(bytes: Uint8Array): void {
    this.#md5.update(bytes);
    this.#checksum?.update(bytes);
  }

  end(): Digests {
    return { md5: this.#md5.digest("hex"), checksum: this.#checksum?.digest().toString("base64") };
  }
}
