import { bucketHosts } from "@hearth/services";
import type { RequestHead } from "@hearth/wire";

const IN_HEADER = /\/s3\/aws4_request\b/;
const IN_URL = /[?&]X-Amz-Credential=[^&]*(?:%2F|\/)s3(?:%2F|\/)aws4_request/i;

/**
 * Whether a request is signed for S3 and its host can name a bucket below one of Hearth's names. Such a host may be a custom domain name of an API too, of
 * another account than the bucket's: that must not get requests for the bucket.
 */
export function bucketRequests(hostNames: readonly string[]): (request: RequestHead) => boolean {
  const hosts = bucketHosts(hostNames);
  return ({ headers, url = "" }) => {
    const isSigned = IN_HEADER.test(headers.authorization ?? "") || IN_URL.test(url);
    if (!isSigned) return false;
    const name = (headers.host ?? "").replace(/:\d+$/, "").replace(/\.$/, "").toLowerCase();
    return hosts.some((pattern) => pattern.test(name));
  };
}
