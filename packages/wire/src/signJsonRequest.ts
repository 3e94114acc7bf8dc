import { hash } from "node:crypto";
import type { SigningSecret } from "./authenticate.ts";
import { canonicalRequest } from "./canonicalRequest.ts";
import { amzDate, scopeText, SigningKeys, textToSign } from "./signingKey.ts";

export interface SignJsonOptions {
  /** Host and port as the request names them. */
  readonly host: string;
  readonly region: string;
  /** Signing name, such as `dynamodb`. */
  readonly service: string;
  /** Of `X-Amz-Target`. */
  readonly target: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

const signingKeys = new SigningKeys();

/** The headers of a request in AWS JSON 1.0 to the path `/` of another server, with its Signature Version 4. */
export function signJsonRequest(
  key: SigningSecret,
  body: Uint8Array,
  { host, region, service, target, now }: SignJsonOptions,
): Readonly<Record<string, string>> {
  const date = amzDate(now);
  const scope = { date: date.slice(0, 8), region, service };
  const scopeName = scopeText(scope);
  const headers = {
    "content-type": "application/x-amz-json-1.0",
    host,
    "x-amz-date": date,
    "x-amz-target": target,
  };
  const names = Object.keys(headers);
  const signedHeaders = names.join(";");
  const canonical = canonicalRequest({
    request: { method: "POST", path: "/", search: "", headers },
    service,
    signedHeaders,
    names,
    payloadHash: hash("sha256", body, "hex"),
  });
  const signed = signingKeys.get(key, scope, scopeName).digest(textToSign(date, scopeName, canonical));
  return {
    ...headers,
    "content-length": String(body.byteLength),
    authorization: `AWS4-HMAC-SHA256 Credential=${key.accessKeyId}/${scopeName}, SignedHeaders=${signedHeaders}, Signature=${signed}`,
  };
}
