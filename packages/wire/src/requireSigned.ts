import type { IncomingHttpHeaders } from "node:http";
import { AccessDeniedException, InvalidSignatureException } from "@hearth/model";

/**
 * `X-Amz-*` headers that clients may leave unsigned. The first three are checked in another way: the payload's hash and the date are part of
 * what is signed, the session token belongs to the key. The others carry no parameter of any operation.
 */
const MAY_BE_UNSIGNED = new Set([
  "x-amz-content-sha256",
  "x-amz-date",
  "x-amz-security-token",
  "x-amz-user-agent",
  "x-amz-cf-id",
]);

/**
 * Throws unless all `X-Amz-*` headers that may carry parameters are among the signed ones: otherwise whoever sees a signed request or link
 * could change what it does. Official SDKs sign them all. What they leave unsigned (`User-Agent`, `X-Amzn-Trace-Id`, `Expect` and others) begins
 * otherwise. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function requireSigned(headers: IncomingHttpHeaders, signedNames: readonly string[], service: string): void {
  for (const name in headers) {
    if (!name.startsWith("x-amz-") || signedNames.includes(name) || MAY_BE_UNSIGNED.has(name)) continue;
    if (service === "s3") {
      throw new AccessDeniedException("There were headers present in the request which were not signed");
    }
    throw new InvalidSignatureException(`'${asUsual(name)}' must be a 'SignedHeader' in the AWS Authorization.`);
  }
}

/** `x-amz-target` as `X-Amz-Target`. */
function asUsual(name: string): string {
  return name.slice(0, 100).replace(/(^|-)[a-z]/g, (text) => text.toUpperCase());
}
