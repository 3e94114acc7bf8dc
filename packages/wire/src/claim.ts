import { IncompleteSignatureException } from "@hearth/model";
import { header, queryPairs, type RawRequest } from "./rawRequest.ts";
import { amzDate, type Scope } from "./signingKey.ts";

/** The signature that a request carries and the parameters it was made with; nothing is verified yet. */
export interface Claim {
  readonly accessKeyId: string;
  readonly scope: Scope;
  /** The scope's text: `date/region/service/aws4_request`. */
  readonly scopeName: string;
  /** As listed, joined by `;`. */
  readonly signedHeaders: string;
  /** Hexadecimal. */
  readonly signature: string;
  /** `YYYYMMDDTHHMMSSZ`. */
  readonly date: string;
  readonly securityToken?: string;
  /** Seconds from `date`, for a pre-signed request. */
  readonly expiresSeconds?: number;
  /** Of a link signed with Signature Version 2: when it expires, in seconds since the epoch. */
  readonly v2?: { readonly expires: string };
}

const ALGORITHM = "AWS4-HMAC-SHA256";

/** Reads the signature from the Authorization header or from a pre-signed query; `undefined` when the request is not signed. */
export function readClaim(request: RawRequest): Claim | undefined {
  const authorization = request.headers.authorization;
  if (authorization !== undefined) return fromHeader(authorization, request);
  return request.search.includes("X-Amz-Signature=") || request.search.includes("X-Amz-Credential=")
    ? fromQuery(request)
    : undefined;
}

/** What a client's requests of one day have in common: all of the header before the signature, read once. */
type Head = Pick<Claim, "accessKeyId" | "scope" | "scopeName" | "signedHeaders">;
const heads = new Map<string, Head>();
const MAX_HEADS = 1_024;
const MAX_HEAD_LENGTH = 1_000;
/** As clients write it; anything else is read field by field. */
const SIGNATURE_AT_END = /^AWS4-HMAC-SHA256 Credential=[^,=]+, ?SignedHeaders=[^,=]+, ?Signature=$/;
const SIGNATURE = /^[0-9a-f]{64}$/;

function fromHeader(authorization: string, { headers }: RawRequest): Claim {
  const signature = authorization.slice(-64);
  // Only what is nothing but a signature: further fields would replace those before it.
  if (!SIGNATURE.test(signature)) return readFields(authorization, headers);
  const head = authorization.slice(0, -64);
  const known = heads.get(head);
  const date = known && header(headers, "x-amz-date");
  if (known && date) {
    const { accessKeyId, scope, scopeName, signedHeaders } = known;
    const claim: Claim = { accessKeyId, scope, scopeName, signedHeaders, signature, date };
    const token = header(headers, "x-amz-security-token");
    return token === undefined ? claim : { ...claim, securityToken: token };
  }
  const claim = readFields(authorization, headers);
  remember(head, claim);
  return claim;
}

function remember(head: string, { accessKeyId, scope, scopeName, signedHeaders }: Claim): void {
  if (head.length > MAX_HEAD_LENGTH || !SIGNATURE_AT_END.test(head)) return;
  if (heads.size >= MAX_HEADS) heads.clear();
  heads.set(head, { accessKeyId, scope, scopeName, signedHeaders });
}

function readFields(authorization: string, headers: RawRequest["headers"]): Claim {
  const space = authorization.indexOf(" ");
  const algorithm = space < 0 ? authorization : authorization.slice(0, space);
  if (algorithm !== ALGORITHM) throw new IncompleteSignatureException(`Unsupported AWS 'algorithm': '${algorithm}'.`);
  let credential: string | undefined;
  let signedHeaders: string | undefined;
  let signature: string | undefined;
  for (const field of authorization.slice(space + 1).split(",")) {
    const equals = field.indexOf("=");
    if (equals < 0) {
      throw new IncompleteSignatureException(
        `'${field.trim()}' not a valid key=value pair (missing equal-sign) in Authorization header: '${authorization}'.`,
      );
    }
    const name = field.slice(0, equals).trim();
    const value = field.slice(equals + 1).trim();
    if (name === "Credential") credential = value;
    else if (name === "SignedHeaders") signedHeaders = value;
    else if (name === "Signature") signature = value;
  }
  const date = header(headers, "x-amz-date") ?? fromHttpDate(headers.date);
  if (!credential || !signedHeaders || !signature || !date) {
    const missing = [
      !credential && "Authorization header requires 'Credential' parameter.",
      !signature && "Authorization header requires 'Signature' parameter.",
      !signedHeaders && "Authorization header requires 'SignedHeaders' parameter.",
      !date && "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.",
    ].filter(Boolean);
    throw new IncompleteSignatureException(`${missing.join(" ")} Authorization=${algorithm}`);
  }
  const token = header(headers, "x-amz-security-token");
  return {
    ...readCredential(credential),
    signedHeaders,
    signature,
    date,
    ...(token === undefined ? {} : { securityToken: token }),
  };
}

/** Old clients sign with the `Date` header alone. */
function fromHttpDate(text: string | undefined): string | undefined {
  const epochMs = text === undefined ? Number.NaN : Date.parse(text);
  return Number.isNaN(epochMs) ? undefined : amzDate(epochMs);
}

function fromQuery(request: RawRequest): Claim {
  const query = new Map(queryPairs(request.search));
  const take = (name: string): string => {
    const value = query.get(name);
    if (!value)
      throw new IncompleteSignatureException(
        `AWS query-string parameters must include '${name}'. Re-examine the query-string parameters.`,
      );
    return value;
  };
  const algorithm = take("X-Amz-Algorithm");
  if (algorithm !== ALGORITHM) throw new IncompleteSignatureException(`Unsupported AWS 'algorithm': '${algorithm}'.`);
  const expiresSeconds = Number(query.get("X-Amz-Expires") ?? "300");
  if (!Number.isInteger(expiresSeconds) || expiresSeconds < 0 || expiresSeconds > 604_800) {
    throw new IncompleteSignatureException("X-Amz-Expires must be a whole number of seconds, at most 604800.");
  }
  const token = query.get("X-Amz-Security-Token");
  return {
    ...readCredential(take("X-Amz-Credential")),
    signedHeaders: take("X-Amz-SignedHeaders"),
    signature: take("X-Amz-Signature"),
    date: take("X-Amz-Date"),
    expiresSeconds,
    ...(token === undefined ? {} : { securityToken: token }),
  };
}

function readCredential(credential: string): Pick<Claim, "accessKeyId" | "scope" | "scopeName"> {
  const [accessKeyId, date, region, service, terminator, ...rest] = credential.split("/");
  if (!accessKeyId || !date || !region || !service || terminator !== "aws4_request" || rest.length > 0) {
    throw new IncompleteSignatureException(
      `Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '${credential}'`,
    );
  }
  return { accessKeyId, scope: { date, region, service }, scopeName: credential.slice(accessKeyId.length + 1) };
}
