import { type Bucket, type ObjectStorage, type PassedOn, S3Error, type ServerRequest } from "@hearth/objects";
import { type BoundOperation, Reply, type RequestContext } from "@hearth/wire";

import { GRANT_HEADERS } from "../acl.ts";

/** A request for a bucket whose objects are on another server. Its caller may make it. */
export interface PassedCall {
  readonly operation: Pick<BoundOperation, "name" | "http" | "headers" | "query">;
  readonly input: Readonly<Record<string, unknown>>;
  readonly bucket: Bucket;
  readonly context: RequestContext;
  readonly passedOn: PassedOn;
  /** Carries the operation out on what Hearth itself keeps. */
  readonly run: () => Promise<object | Reply | undefined>;
}

/** The named server. Throws when the settings name none, although there are buckets whose objects are on it. */
export function passedOnOf({ passedOn }: Pick<ObjectStorage, "passedOn">): PassedOn {
  if (passedOn) return passedOn;
  throw new S3Error(
    "ServiceUnavailable",
    503,
    "The objects of this bucket are on another server, and HEARTH_S3_ENDPOINT does not name it.",
  );
}

/** Members whose headers are not passed on: Hearth has acted on them, or sends its own. */
const KEPT = new Set([
  ...["ExpectedBucketOwner", "ExpectedSourceBucketOwner", "CopySource", "ACL"],
  ...["Trailer", "ContentEncoding", "WriteOffsetBytes"],
  ...Object.keys(GRANT_HEADERS),
]);

/** The same request as the server gets it: only the headers and parameters that the operation declares. */
export function requestOf({ operation, input, bucket }: PassedCall): Omit<ServerRequest, "body"> {
  const [method = "GET", path = ""] = operation.http ?? [];
  const headers: Record<string, string> = {};
  for (const [member, name] of Object.entries(operation.headers ?? {})) {
    const value = input[member];
    if (typeof value === "string" && !KEPT.has(member)) headers[name] = value;
  }
  const encoding = input["ContentEncoding"];
  if (typeof encoding === "string") {
    const kept = encoding.split(",").filter((one) => one.trim() !== "aws-chunked" && one.trim() !== "");
    if (kept.length > 0) headers["content-encoding"] = kept.join(",");
  }
  for (const [name, value] of Object.entries((input["Metadata"] ?? {}) as Readonly<Record<string, string>>)) {
    headers[`x-amz-meta-${name}`] = value;
  }
  const query: Record<string, string> = Object.fromEntries(new URLSearchParams(path.split("?")[1] ?? ""));
  for (const [member, name] of Object.entries(operation.query ?? {})) {
    const value = input[member];
    if (typeof value === "string" && (value !== "" || WITH_EMPTY.has(name))) query[name] = value;
  }
  const key = input["Key"];
  return {
    method: method as ServerRequest["method"],
    bucket: bucket.name,
    key: typeof key === "string" ? key : undefined,
    query,
    headers,
  };
}

/** Parameters that mean something without a value too. */
const WITH_EMPTY: ReadonlySet<string> = new Set(["versionId", "uploadId", "partNumber", "continuation-token"]);

const ANSWERED = new Set(
  `content-type content-encoding content-language content-disposition cache-control expires etag last-modified accept-ranges content-range
   x-amz-version-id x-amz-delete-marker x-amz-storage-class x-amz-server-side-encryption x-amz-mp-parts-count x-amz-tagging-count
   x-amz-copy-source-version-id x-amz-expiration x-amz-restore x-amz-missing-meta x-amz-website-redirect-location x-amz-abort-date
   x-amz-object-size x-amz-checksum-type x-amz-checksum-algorithm x-amz-checksum-crc32 x-amz-checksum-crc32c x-amz-checksum-crc64nvme
   x-amz-checksum-sha1 x-amz-checksum-sha256`.split(/\s+/),
);

/** The headers of the server's answer that clients get: those that say something about objects, and nothing about the server. */
export function answeredHeaders(
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
): Record<string, string> {
  const shown: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (typeof value !== "string") continue;
    if (ANSWERED.has(name) || name.startsWith("x-amz-meta-")) shown[name] = value;
  }
  return shown;
}

/** An XML document of the server, with Hearth's headers. */
export function xmlAnswer(
  status: number,
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
  text: string,
): Reply {
  const { "content-type": _, ...shown } = answeredHeaders(headers);
  return new Reply(status, { "Content-Type": "application/xml", ...shown }, Buffer.from(text));
}

export function headerText(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
