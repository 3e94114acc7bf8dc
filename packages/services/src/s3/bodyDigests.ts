import { hash } from "node:crypto";
import { badDigest, CHECKSUM_ALGORITHMS, newHasher } from "@hearth/objects";
import { header, queryPairs, type RawRequest } from "@hearth/wire";
import { checkMd5 } from "./objectHeaders.ts";

/**
 * Throws BadDigest when a document, such as a list of objects to delete, is not the one that its request's `Content-MD5` or
 * `x-amz-checksum-…` is about. Bodies of objects are checked while they arrive.
 */
export function checkBody({ headers, search }: RawRequest, body: Uint8Array): void {
  const md5 = checkMd5(header(headers, "content-md5"));
  if (md5 !== undefined && hash("md5", body, "base64") !== md5) {
    throw badDigest("The Content-MD5 you specified did not match what we received.");
  }
  // Of CompleteMultipartUpload: they are about the object.
  if (queryPairs(search).some(([name]) => name === "uploadId")) return;
  for (const algorithm of CHECKSUM_ALGORITHMS) {
    const claimed = header(headers, `x-amz-checksum-${algorithm.toLowerCase()}`);
    if (claimed === undefined) continue;
    const hasher = newHasher(algorithm);
    hasher.update(body);
    if (hasher.digest().toString("base64") !== claimed) {
      throw badDigest(`The ${algorithm} you specified did not match the calculated checksum.`);
    }
  }
}
