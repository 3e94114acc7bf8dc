import type { SigningSecret } from "./authenticate.ts";
import { canonicalQuery, canonicalRequest, encodeRfc3986 } from "./canonicalRequest.ts";
import { amzDate, deriveSigningKey, scopeText, textToSign } from "./signingKey.ts";

export interface PresignOptions {
  /** Default: GET. */
  readonly method?: string;
  readonly region: string;
  /** Signing name, such as `lambda`. */
  readonly service: string;
  readonly expiresSeconds: number;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/**
 * A link that carries its own Signature Version 4: anyone who has it can use it until it expires.
 * `endpoint` is scheme and authority; `path` is percent-encoded; `query` is not.
 */
export function presignUrl(
  endpoint: string,
  path: string,
  query: Readonly<Record<string, string>>,
  key: SigningSecret,
  options: PresignOptions,
): string {
  const { region, service, now } = options;
  const date = amzDate(now);
  const scope = { date: date.slice(0, 8), region, service };
  const scopeName = scopeText(scope);
  const parameters = {
    ...query,
    "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
    "X-Amz-Content-Sha256": "UNSIGNED-PAYLOAD",
    "X-Amz-Credential": `${key.accessKeyId}/${scopeName}`,
    "X-Amz-Date": date,
    "X-Amz-Expires": String(options.expiresSeconds),
    ...(key.sessionToken === undefined ? {} : { "X-Amz-Security-Token": key.sessionToken }),
    "X-Amz-SignedHeaders": "host",
  };
  const search = canonicalQuery(
    Object.entries(parameters)
      .map(([name, value]) => `${encodeRfc3986(name)}=${encodeRfc3986(value)}`)
      .join("&"),
  );
  const canonical = canonicalRequest({
    request: { method: options.method ?? "GET", path, search, headers: { host: new URL(endpoint).host } },
    service,
    signedHeaders: "host",
    names: ["host"],
    payloadHash: "UNSIGNED-PAYLOAD",
  });
  const signed = deriveSigningKey(key.secretAccessKey, scope).digest(textToSign(date, scopeName, canonical));
  return `${endpoint}${path}?${search}&X-Amz-Signature=${signed}`;
}
