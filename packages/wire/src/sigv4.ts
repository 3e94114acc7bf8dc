import { hash, timingSafeEqual } from "node:crypto";
import type { Clock } from "@hearth/kit";
import {
  ExpiredTokenException,
  IncompleteSignatureException,
  InvalidSignatureException,
  NotImplementedException,
  UnrecognizedClientException,
} from "@hearth/model";
import type { AccessKey, FindAccessKey } from "./authenticate.ts";
import { canonicalRequest } from "./canonicalRequest.ts";
import type { ChunkedPayload } from "./awsChunked.ts";
import { chunkSignatures } from "./chunkSignatures.ts";
import type { Claim } from "./claim.ts";
import { header, queryPairs, type RawRequest } from "./rawRequest.ts";
import { requireSigned } from "./requireSigned.ts";
import { verifyV2 } from "./sigv2.ts";
import { amzDate, parseAmzDate, SigningKeys, textToSign } from "./signingKey.ts";

/** How far a client's clock may be off, in minutes: for S3 more. https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html (RequestTimeTooSkewed) */
const skewOf = ({ scope }: Claim): number => (scope.service === "s3" ? 15 : 5);
const UNSIGNED_PAYLOAD = "UNSIGNED-PAYLOAD";
const EMPTY_HASH = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const MISMATCH =
  "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.";
const BAD_TOKEN = "The security token included in the request is invalid.";

/** Services without a region of their own: clients sign them for any. */
const GLOBAL_SERVICES = new Set(["iam", "sts"]);

/** How the payload may be declared that comes in AWS's own chunks. */
const CHUNKED_PAYLOADS: ReadonlySet<string> = new Set([
  "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
  "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
  "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
]);

/** What a body that is read as a stream must satisfy; nothing of it for a payload that was declared unsigned. */
export interface StreamedPayload {
  /** Hexadecimal. */
  readonly sha256?: string | undefined;
  /** The body comes in AWS's own chunks. */
  readonly chunked?: ChunkedPayload;
}

export interface SignatureDeps {
  readonly findAccessKey: FindAccessKey;
  readonly clock: Clock;
  /** The regions that are served. The first is the one that is named when another is refused, and the one of global services. */
  readonly regions: readonly [string, ...string[]];
}

/**
 * Verifies Signature Version 4, in the header or pre-signed, in steps, so that as little as possible is read of a client who has no secret:
 * `admit` finds the key, `verifyHead` checks the signature where the headers declare the payload's hash, `verifyBody` the rest. A warm request
 * costs two hashes and one HMAC.
 */
export class SignatureVerifier {
  readonly #deps: SignatureDeps;
  readonly #signingKeys = new SigningKeys();
  readonly #headerLists = new Map<string, readonly string[]>();

  constructor(deps: SignatureDeps) {
    this.#deps = deps;
  }

  /** Resolves with the key that the request claims, if key, token, channel, scope and time are right. */
  async admit(claim: Claim, channel: string | undefined): Promise<AccessKey> {
    const found = this.#deps.findAccessKey(claim.accessKeyId, claim.securityToken);
    const key = found instanceof Promise ? await found : found;
    if (!key || !sameToken(key.sessionToken, claim.securityToken) || !mayComeBy(channel, key, claim)) {
      throw new UnrecognizedClientException(BAD_TOKEN);
    }
    if (key.expiresAt !== undefined && key.expiresAt <= this.#deps.clock.now()) {
      throw new ExpiredTokenException("The security token included in the request is expired");
    }
    if (claim.v2) this.#checkExpiry(claim.v2.expires);
    else {
      this.#checkScope(claim);
      this.#checkTime(claim);
    }
    return key;
  }

  /** The region that a request is for: that of its scope, which `admit` has checked; for a global service the first. */
  regionOf({ scope, v2 }: Claim): string {
    return v2 || GLOBAL_SERVICES.has(scope.service) ? this.#deps.regions[0] : scope.region;
  }

  /**
   * Before the body is read: throws InvalidSignatureException unless every header that must be signed is, and, where the request declares its
   * payload's hash, unless the signature is the one that `key` makes over the request with that hash. Returns the declared hash.
   */
  verifyHead(claim: Claim, key: AccessKey, request: RawRequest): string | undefined {
    if (claim.v2) {
      verifyV2(claim, key.secretAccessKey, request);
      return UNSIGNED_PAYLOAD;
    }
    const declared = declaredHash(request, claim);
    if (declared === undefined) requireSigned(request.headers, this.#names(claim.signedHeaders), claim.scope.service);
    else this.#verify(claim, key, request, declared);
    return declared;
  }

  /** The rest of the check, with the body and what `verifyHead` returned for the request. */
  verifyBody(claim: Claim, key: AccessKey, request: RawRequest, declared: string | undefined, body: Uint8Array): void {
    if (declared === UNSIGNED_PAYLOAD) return;
    const actual = body.length === 0 ? EMPTY_HASH : hash("sha256", body, "hex");
    if (declared === undefined) this.#verify(claim, key, request, actual);
    else if (declared !== actual) throw new InvalidSignatureException(MISMATCH);
  }

  /**
   * As `verifyHead`, for a body that is read as a stream, whose hash must be declared. Returns what the body must satisfy.
   */
  verifyStreamHead(claim: Claim, key: AccessKey, request: RawRequest): StreamedPayload {
    if (claim.v2) {
      verifyV2(claim, key.secretAccessKey, request);
      return {};
    }
    const declared =
      declaredHash(request, claim) ?? (claim.expiresSeconds === undefined ? undefined : UNSIGNED_PAYLOAD);
    if (declared === undefined) {
      throw new IncompleteSignatureException("Missing required header for this request: x-amz-content-sha256");
    }
    this.#verify(claim, key, request, declared);
    if (declared === UNSIGNED_PAYLOAD) return {};
    if (!declared.startsWith("STREAMING-")) return { sha256: declared };
    if (!CHUNKED_PAYLOADS.has(declared)) {
      throw new NotImplementedException(`Payloads declared as ${declared.slice(0, 64)} are not implemented by Hearth.`);
    }
    return { chunked: this.#chunkedPayload(declared, claim, key, request) };
  }

  #chunkedPayload(declared: string, claim: Claim, key: AccessKey, { headers }: RawRequest): ChunkedPayload {
    const length = Number(header(headers, "x-amz-decoded-content-length") ?? Number.NaN);
    if (!Number.isSafeInteger(length) || length < 0) {
      throw new IncompleteSignatureException("Missing required header for this request: x-amz-decoded-content-length");
    }
    const signsTrailers = declared.endsWith("-TRAILER");
    const names = signsTrailers ? (header(headers, "x-amz-trailer") ?? "").split(",") : [];
    const { date, scopeName, signature: seed } = claim;
    const secret = { accessKeyId: claim.accessKeyId, secretAccessKey: key.secretAccessKey };
    const isSigned = declared.startsWith("STREAMING-AWS4-HMAC-SHA256-PAYLOAD");
    return {
      length,
      signsTrailers,
      announced: new Set(names.map((name) => name.trim().toLowerCase()).filter((name) => name !== "")),
      signatures: isSigned
        ? chunkSignatures({ key: this.#signingKeys.get(secret, claim.scope, scopeName), date, scopeName, seed })
        : undefined,
    };
  }

  #verify(claim: Claim, key: AccessKey, request: RawRequest, hashOfPayload: string): void {
    const presigned = claim.expiresSeconds !== undefined;
    const secret = { accessKeyId: claim.accessKeyId, secretAccessKey: key.secretAccessKey };
    const names = this.#names(claim.signedHeaders);
    requireSigned(request.headers, names, claim.scope.service);
    const canonical = canonicalRequest({
      request,
      service: claim.scope.service,
      signedHeaders: claim.signedHeaders,
      names,
      payloadHash: hashOfPayload,
      ...(presigned ? { except: "X-Amz-Signature" } : {}),
    });
    const signingKey = this.#signingKeys.get(secret, claim.scope, claim.scopeName);
    const text = textToSign(claim.date, claim.scopeName, canonical);
    if (!signingKey.verifies(text, claim.signature)) throw new InvalidSignatureException(MISMATCH);
  }

  #names(signedHeaders: string): readonly string[] {
    const known = this.#headerLists.get(signedHeaders);
    if (known) return known;
    const names = signedHeaders.split(";").map((name) => name.toLowerCase());
    if (!names.includes("host") && !names.includes(":authority")) {
      throw new InvalidSignatureException("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.");
    }
    if (this.#headerLists.size >= 256) this.#headerLists.clear();
    this.#headerLists.set(signedHeaders, names);
    return names;
  }

  #checkScope({ scope, date }: Claim): void {
    if (!date.startsWith(scope.date)) {
      throw new InvalidSignatureException(
        `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '${scope.date}' != '${date.slice(0, 8)}', from '${date}'.`,
      );
    }
    const { regions } = this.#deps;
    if (!regions.includes(scope.region) && !GLOBAL_SERVICES.has(scope.service)) {
      throw new InvalidSignatureException(
        `Credential should be scoped to a valid region, not '${scope.region}'. This endpoint is '${regions[0]}'.`,
      );
    }
  }

  #checkExpiry(expires: string): void {
    const now = this.#deps.clock.now();
    if (Number(expires) * 1000 >= now) return;
    throw new InvalidSignatureException(
      `Signature expired: ${amzDate(Number(expires) * 1000)} is now earlier than ${amzDate(now)}`,
    );
  }

  #checkTime(claim: Claim): void {
    const at = parseAmzDate(claim.date);
    if (at === undefined || Number.isNaN(at)) {
      throw new IncompleteSignatureException(
        `Date must be in ISO-8601 'basic format'. Got '${claim.date}'. See http://en.wikipedia.org/wiki/ISO_8601`,
      );
    }
    const now = this.#deps.clock.now();
    const skew = skewOf(claim);
    const skewMs = skew * 60_000;
    if (at > now + skewMs) {
      throw new InvalidSignatureException(
        `Signature not yet current: ${claim.date} is still later than ${amzDate(now + skewMs)} (${amzDate(now)} + ${skew} min.)`,
      );
    }
    const validMs = claim.expiresSeconds === undefined ? skewMs : claim.expiresSeconds * 1000;
    if (at + validMs >= now) return;
    throw new InvalidSignatureException(
      claim.expiresSeconds === undefined
        ? `Signature expired: ${claim.date} is now earlier than ${amzDate(now - skewMs)} (${amzDate(now)} - ${skew} min.)`
        : `Signature expired: ${amzDate(at + validMs)} is now earlier than ${amzDate(now)}`,
    );
  }
}

/**
 * A sandbox's key is valid in requests from that sandbox. Only links to S3, which functions make for others, are followed from elsewhere: such a request
 * is the one that was signed, and nothing else can be made of it.
 */
function mayComeBy(channel: string | undefined, key: AccessKey, claim: Claim): boolean {
  if (key.channel === channel) return true;
  const isLink = claim.v2 !== undefined || claim.expiresSeconds !== undefined;
  return channel === undefined && isLink && claim.scope.service === "s3";
}

function sameToken(wanted: string | undefined, given: string | undefined): boolean {
  if (wanted === undefined || given === undefined) return wanted === given;
  const a = Buffer.from(wanted);
  const b = Buffer.from(given);
  return a.length === b.length && timingSafeEqual(a, b);
}

/** The hash of the payload that the request declares, or that it is unsigned; `undefined` when only the body can tell. */
function declaredHash(request: RawRequest, claim: Claim): string | undefined {
  const inHeader = header(request.headers, "x-amz-content-sha256");
  if (inHeader !== undefined || claim.expiresSeconds === undefined) return inHeader;
  // Links of S3 never sign a payload. https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
  const otherwise = claim.scope.service === "s3" ? UNSIGNED_PAYLOAD : undefined;
  return new Map(queryPairs(request.search)).get("X-Amz-Content-Sha256") ?? otherwise;
}
