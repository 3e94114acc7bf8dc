import type { SigningSecret } from "./authenticate.ts";
import { canonicalRequest } from "./canonicalRequest.ts";
import type { RawRequest } from "./rawRequest.ts";
import { amzDate, scopeText, SigningKeys, textToSign } from "./signingKey.ts";

export interface SignRequestOptions {
  readonly key: SigningSecret;
  readonly region: string;
  /** Signing name, such as `s3`. */
  readonly service: string;
  /** Hexadecimal SHA-256 of the body, or one of the words that S3 takes in its place, such as `UNSIGNED-PAYLOAD`. */
  readonly payloadHash: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

const keys = new SigningKeys();

/**
 * The headers that sign a request which Hearth sends: `authorization`, `x-amz-date`, `x-amz-content-sha256`. `request.headers` are those that are sent, in lower
 * case, `host` included. Signs `host`, `content-md5` and all that begin with `x-amz-`; proxies may change the others.
 */
export function signRequest(request: RawRequest, options: SignRequestOptions): Record<string, string> {
  const { key, region, service, payloadHash, now } = options;
  const date = amzDate(now);
  const added = {
    "x-amz-date": date,
    "x-amz-content-sha256": payloadHash,
    ...(key.sessionToken !== undefined && { "x-amz-security-token": key.sessionToken }),
  };
  const headers = { ...request.headers, ...added };
  const names = Object.keys(headers)
    .filter((name) => name === "host" || name === "content-md5" || name.startsWith("x-amz-"))
    .toSorted();
  const signedHeaders = names.join(";");
  const canonical = canonicalRequest({ request: { ...request, headers }, service, signedHeaders, names, payloadHash });
  const scope = { date: date.slice(0, 8), region, service };
  const scopeName = scopeText(scope);
  // Node holds header values as Latin-1, one character for each byte; the server hashes the bytes.
  const text = textToSign(date, scopeName, Buffer.from(canonical, "latin1"));
  const signed = keys.get(key, scope, scopeName).digest(text);
  return {
    ...added,
    authorization: `AWS4-HMAC-SHA256 Credential=${key.accessKeyId}/${scopeName}, SignedHeaders=${signedHeaders}, Signature=${signed}`,
  };
}
