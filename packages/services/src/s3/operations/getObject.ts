import { errorCode } from "@hearth/kit";
import {
  type Bucket,
  type Checksum,
  invalidRequest,
  matches,
  type ObjectVersion,
  preconditionFailed,
  S3Error,
} from "@hearth/objects";
import { operation, type PieceSource, Reply, type RequestContext } from "@hearth/wire";
import { z } from "zod";
import type { S3Deps } from "../deps.ts";
import {
  checkCustomerKey,
  checkedNumber,
  checksumAnswer,
  CUSTOMER_KEY_HEADER,
  objectAnswer,
  textMembers,
} from "../objectHeaders.ts";
import { type ByteRange, rangeOf } from "../ranges.ts";
import { bucketOf, checkKey, ofObject, OWNER_HEADER } from "../words.ts";

const CONDITION_HEADERS = {
  IfMatch: "if-match",
  IfNoneMatch: "if-none-match",
  IfModifiedSince: "if-modified-since",
  IfUnmodifiedSince: "if-unmodified-since",
} as const;
const QUERY = {
  VersionId: "versionId",
  PartNumber: "partNumber",
  ResponseCacheControl: "response-cache-control",
  ResponseContentDisposition: "response-content-disposition",
  ResponseContentEncoding: "response-content-encoding",
  ResponseContentLanguage: "response-content-language",
  ResponseContentType: "response-content-type",
  ResponseExpires: "response-expires",
} as const;
const HEADERS = {
  ...OWNER_HEADER,
  ...CONDITION_HEADERS,
  ...CUSTOMER_KEY_HEADER,
  Range: "range",
  ChecksumMode: "x-amz-checksum-mode",
} as const;
const Input = z.object({ ...ofObject, ...textMembers(HEADERS), ...textMembers(QUERY) });
type Asked = z.output<typeof Input>;

/** Between the row and the file an object may be replaced; then it is looked up again. */
const ATTEMPTS = 5;

export const getObject = operation({
  name: "GetObject",
  http: ["GET", "/{Bucket}/{Key+}", 200],
  headers: HEADERS,
  query: QUERY,
  isDataEvent: true,
  input: Input,
  errors: [S3Error],
  async handle(input, context, { storage }: Pick<S3Deps, "storage">) {
    const bucket = await bucketOf(input, { storage });
    for (let attempt = 1; ; attempt++) {
      const version = await find(input, bucket, context, storage);
      const answer = answerOf(input, bucket, version, context);
      if (answer.status >= 300) return new Reply(answer.status, answer.headers, null);
      try {
        const body = await open(version, answer.part, storage);
        return new Reply(answer.status, answer.headers, body);
      } catch (error) {
        if (errorCode(error) !== "ENOENT" || attempt === ATTEMPTS) throw error;
      }
    }
  },
});

export const headObject = operation({
  name: "HeadObject",
  http: ["HEAD", "/{Bucket}/{Key+}", 200],
  headers: HEADERS,
  query: QUERY,
  isDataEvent: true,
  input: Input,
  errors: [S3Error],
  async handle(input, context, { storage }: Pick<S3Deps, "storage">) {
    const bucket = await bucketOf(input, { storage });
    const { status, headers } = answerOf(input, bucket, await find(input, bucket, context, storage), context);
    return new Reply(status, headers, null);
  },
});

/** A caller who may not list the bucket is not told which keys it has. */
async function find(
  { Bucket, Key, VersionId }: Asked,
  bucket: Bucket,
  context: RequestContext,
  { objects }: S3Deps["storage"],
): Promise<ObjectVersion> {
  checkKey(Key);
  try {
    return await objects.find(bucket, Key, VersionId);
  } catch (error) {
    if (!(error instanceof S3Error) || error.code !== "NoSuchKey") throw error;
    if (await context.refusalOf("ListObjectsV2", { Bucket })) throw new S3Error("AccessDenied", 403, "Access Denied");
    throw error;
  }
}

async function open(
  version: ObjectVersion,
  { start, end }: ByteRange,
  { bytes }: S3Deps["storage"],
): Promise<PieceSource | null> {
  return end < start ? null : await bytes.open(version.files, start, end);
}

interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly part: ByteRange;
}

function answerOf(input: Asked, bucket: Bucket, version: ObjectVersion, context: RequestContext): Answered {
  checkCustomerKey(input);
  const described = objectAnswer(version, bucket.versioning !== null);
  const whole = { start: 0, end: version.size - 1 };
  if (isNotModified(input, version)) {
    return { status: 304, headers: withoutContent(described), part: whole };
  }
  const ofPart = partOf(input, version);
  const ranged = ofPart ? undefined : rangeOf(input.Range, version.size);
  const part = ofPart?.range ?? ranged ?? whole;
  const isWhole = part.start === 0 && part.end === version.size - 1;
  const isPartial = ofPart !== undefined || ranged !== undefined;
  return {
    status: isPartial && version.size > 0 ? 206 : 200,
    headers: {
      ...described,
      ...overridden(input, context),
      ...(input.ChecksumMode?.toUpperCase() === "ENABLED" &&
        checksumAnswer(isWhole ? version.facts.checksum : ofPart?.checksum)),
      ...(ofPart && version.facts.parts && { "x-amz-mp-parts-count": String(version.facts.parts.length) }),
      "Content-Length": String(part.end - part.start + 1),
      ...(isPartial && version.size > 0 && { "content-range": `bytes ${part.start}-${part.end}/${version.size}` }),
      "content-security-policy": "sandbox",
      "x-content-type-options": "nosniff",
    },
    part,
  };
}

/** A client that has the object gets what its cache needs. */
function withoutContent(described: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(described).filter(([name]) => OF_UNMODIFIED.has(name)));
}

const OF_UNMODIFIED = new Set(["cache-control", "etag", "expires", "last-modified", "x-amz-version-id"]);

/** Throws PreconditionFailed. https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-reads.html */
function isNotModified(
  { IfMatch, IfNoneMatch, IfModifiedSince, IfUnmodifiedSince }: Asked,
  version: ObjectVersion,
): boolean {
  const modified = Math.floor(version.modifiedAt / 1000) * 1000;
  if (IfMatch !== undefined) {
    if (!matches(IfMatch, version.etag)) throw preconditionFailed("If-Match");
  } else if (IfUnmodifiedSince !== undefined && modified > Date.parse(IfUnmodifiedSince)) {
    throw preconditionFailed("If-Unmodified-Since");
  }
  if (IfNoneMatch !== undefined) return matches(IfNoneMatch, version.etag);
  return IfModifiedSince !== undefined && modified <= Date.parse(IfModifiedSince);
}

interface AskedPart {
  readonly range: ByteRange;
  /** Of the part's bytes. */
  readonly checksum: Checksum | undefined;
}

function partOf({ PartNumber, Range }: Asked, version: ObjectVersion): AskedPart | undefined {
  const number = checkedNumber(PartNumber, "partNumber", 1, 10_000);
  if (number === undefined) return undefined;
  if (Range !== undefined) throw invalidRequest("Cannot specify both Range header and partNumber query parameter");
  const { checksum: whole, parts = [{ number: 1, size: version.size, checksum: whole?.value }] } = version.facts;
  let start = 0;
  for (const [index, { size, checksum: value }] of parts.entries()) {
    if (index + 1 === number) {
      const checksum: Checksum | undefined = whole && value !== undefined ? { ...whole, value } : undefined;
      return { range: { start, end: start + size - 1 }, checksum };
    }
    start += size;
  }
  throw new S3Error("InvalidPartNumber", 416, "The requested partnumber is not satisfiable", {
    ActualPartCount: String(parts.length),
    PartNumberRequested: String(number),
  });
}

const OVERRIDES = {
  ResponseCacheControl: "cache-control",
  ResponseContentDisposition: "content-disposition",
  ResponseContentEncoding: "content-encoding",
  ResponseContentLanguage: "content-language",
  ResponseContentType: "content-type",
  ResponseExpires: "expires",
} as const;

/** Headers that the request chooses for its own answer; only a signed one may. */
export function overridden(
  input: { readonly [Name in keyof typeof OVERRIDES]?: string | undefined },
  { caller }: Pick<RequestContext, "caller">,
): Readonly<Record<string, string>> {
  const chosen: Record<string, string> = {};
  for (const [member, name] of Object.entries(OVERRIDES)) {
    const value = input[member as keyof typeof OVERRIDES];
    if (value === undefined) continue;
    if (caller.principal.kind === "anonymous") {
      throw invalidRequest("Request specific response headers cannot be used for anonymous GET requests.");
    }
    if (/[^\t\x20-\x7e\x80-\xff]/.test(value)) throw invalidRequest(`The value of response-${name} is no header.`);
    chosen[name] = value;
  }
  return chosen;
}
