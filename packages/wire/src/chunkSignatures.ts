import { createHash, hash } from "node:crypto";
import { InvalidSignatureException } from "@hearth/model";
import type { ChunkSignatures } from "./awsChunked.ts";
import type { HmacKey } from "./hmacKey.ts";

const EMPTY_HASH = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

export interface ChunkSigning {
  readonly key: HmacKey;
  /** `YYYYMMDDTHHMMSSZ`. */
  readonly date: string;
  readonly scopeName: string;
  /** Hexadecimal: the signature of the request's head, which the first chunk's is chained to. */
  readonly seed: string;
}

/** Each chunk's signature covers the one before. https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html */
export function chunkSignatures({ key, date, scopeName, seed }: ChunkSigning): ChunkSignatures {
  let previous = seed;
  let data = createHash("sha256");
  const check = (text: string, given: string): void => {
    if (!key.verifies(text, given)) {
      throw new InvalidSignatureException(
        "The chunk signature we calculated does not match the signature you provided.",
      );
    }
    previous = given;
  };
  return {
    update: (bytes) => void data.update(bytes),
    endOfChunk(given) {
      check(
        `AWS4-HMAC-SHA256-PAYLOAD\n${date}\n${scopeName}\n${previous}\n${EMPTY_HASH}\n${data.digest("hex")}`,
        given,
      );
      data = createHash("sha256");
    },
    trailers(lines, given) {
      check(`AWS4-HMAC-SHA256-TRAILER\n${date}\n${scopeName}\n${previous}\n${hash("sha256", lines, "hex")}`, given);
    },
  };
}
