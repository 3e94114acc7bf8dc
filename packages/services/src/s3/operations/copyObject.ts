import { errorCode } from "@hearth/kit";
import {
  type Bucket,
  invalidArgument,
  invalidRequest,
  matches,
  noSuchBucket,
  type ObjectFacts,
  type ObjectVersion,
  preconditionFailed,
  S3Error,
} from "@hearth/objects";
import { operation } from "@hearth/wire";
import { z } from "zod";
import { checkAcl, checkGrants } from "../acl.ts";
import { type CopySource, parseCopySource } from "../copySource.ts";
import type { S3Deps } from "../deps.ts";
import { eventRequest } from "../eventRequest.ts";
import {
  algorithmOf,
  CONTENT_HEADERS,
  factsOf,
  METADATA_PREFIX,
  newObjectHeaders,
  newObjectMembers,
  tagsOfHeader,
  textMembers,
} from "../objectHeaders.ts";
import { checkIfNoneMatch } from "../writeConditions.ts";
import { bucketOf, checkKey, ofObject, OWNER_HEADER, quoted } from "../words.ts";
import { type Xml, xmlReply } from "../xml.ts";
import { MAX_PUT_BYTES, versionHeader } from "./putObject.ts";

/** Of requests that copy. */
export const SOURCE_HEADERS = {
  CopySource: "x-amz-copy-source",
  CopySourceIfMatch: "x-amz-copy-source-if-match",
  CopySourceIfNoneMatch: "x-amz-copy-source-if-none-match",
  CopySourceIfModifiedSince: "x-amz-copy-source-if-modified-since",
  CopySourceIfUnmodifiedSince: "x-amz-copy-source-if-unmodified-since",
  ExpectedSourceBucketOwner: "x-amz-source-expected-bucket-owner",
} as const;
const HEADERS = {
  ...SOURCE_HEADERS,
  MetadataDirective: "x-amz-metadata-directive",
  TaggingDirective: "x-amz-tagging-directive",
  ChecksumAlgorithm: "x-amz-checksum-algorithm",
  IfMatch: "if-match",
  IfNoneMatch: "if-none-match",
} as const;

export const copyObject = operation({
  name: "CopyObject",
  http: ["PUT", "/{Bucket}/{Key+}", 200],
  when: { header: "x-amz-copy-source" },
  headers: { ...OWNER_HEADER, ...newObjectHeaders, ...HEADERS },
  headerPrefixes: METADATA_PREFIX,
  isDataEvent: true,
  input: z.object({ ...ofObject, ...newObjectMembers, ...textMembers(HEADERS) }),
  errors: [S3Error],
  async handle(input, context, { storage }: Pick<S3Deps, "storage">) {
    const { Bucket: name, Key, MetadataDirective = "COPY", TaggingDirective = "COPY" } = input;
    checkKey(Key);
    const { source, bucket: from, named } = await sourceOf(input, storage);
    const bucket = await bucketOf(input, { storage });
    checkAcl(input.ACL, bucket);
    checkGrants(input);
    checkIfNoneMatch(input.IfNoneMatch);
    checkCopiedSize(source.size);
    const replaces = directive("x-amz-metadata-directive", MetadataDirective);
    const own = factsOf(input);
    if (
      named.Bucket === name &&
      named.Key === Key &&
      !replaces &&
      named.VersionId === undefined &&
      own.storageClass === source.facts.storageClass &&
      input.ServerSideEncryption === undefined &&
      input.WebsiteRedirectLocation === undefined &&
      input.ChecksumAlgorithm === undefined
    ) {
      throw invalidRequest(
        "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
      );
    }
    const { checksum } = source.facts;
    const tags = directive("x-amz-tagging-directive", TaggingDirective) ? tagsOfHeader(input.Tagging) : source.tags;
    await storage.limit.admit(bucket.accountId, source.size);
    const algorithm = algorithmOf(input.ChecksumAlgorithm) ?? checksum?.algorithm;
    const copied = await copyBytes(source, from, algorithm, storage);
    const version = await storage.objects.put(bucket, {
      key: Key,
      files: copied.files,
      size: source.size,
      etag: copied.etag,
      facts: {
        ...(replaces ? own : copiedFacts(source.facts, own)),
        checksum: copied.checksum ?? (checksum?.type === "FULL_OBJECT" ? checksum : undefined),
      },
      tags,
      event: "ObjectCreated:Copy",
      request: eventRequest(context),
      ifMatch: input.IfMatch,
      ifNoneMatch: input.IfNoneMatch,
    });
    return xmlReply("CopyObjectResult", copyResult(version), {
      "x-amz-server-side-encryption": "AES256",
      ...versionHeader(version, bucket.versioning),
      ...(from.versioning !== null && { "x-amz-copy-source-version-id": source.versionId ?? "null" }),
    });
  },
});

/** The storage class and the redirection are never copied. https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html */
function copiedFacts({ headers, metadata }: ObjectFacts, own: ObjectFacts): ObjectFacts {
  const { [REDIRECTION]: _, ...copied } = headers ?? {};
  const redirection = own.headers?.[REDIRECTION];
  return {
    headers: { ...copied, ...(redirection !== undefined && { [REDIRECTION]: redirection }) },
    ...(metadata && { metadata }),
    ...(own.storageClass !== undefined && { storageClass: own.storageClass }),
  };
}

const REDIRECTION = CONTENT_HEADERS.WebsiteRedirectLocation;

export function checkCopiedSize(size: number): void {
  if (size <= MAX_PUT_BYTES) return;
  throw invalidRequest(
    "The specified copy source is larger than the maximum allowable size for a copy source: 5368709120",
  );
}

export function copyResult({ etag, modifiedAt, facts: { checksum } }: ObjectVersion): Record<string, Xml> {
  return {
    LastModified: new Date(modifiedAt),
    ETag: quoted(etag),
    ...(checksum && { [`Checksum${checksum.algorithm}`]: checksum.value, ChecksumType: checksum.type }),
  };
}

/** Whether the request replaces what the source has. */
export function directive(name: string, value: string): boolean {
  if (value === "COPY" || value === "REPLACE") return value === "REPLACE";
  throw invalidArgument(
    `Unknown ${name === "x-amz-tagging-directive" ? "tagging" : "metadata"} directive.`,
    name,
    value,
  );
}

/** An object in parts becomes one whose ETag is the MD5 of its bytes, so it is read; others share the source's bytes. */
async function copyBytes(
  source: ObjectVersion,
  from: Bucket,
  algorithm: ReturnType<typeof algorithmOf>,
  { bytes, intake, objects }: S3Deps["storage"],
) {
  for (let version = source, attempt = 1; ; attempt++) {
    try {
      const isPlain = version.facts.parts === undefined;
      if (isPlain && (algorithm === undefined || version.facts.checksum?.algorithm === algorithm)) {
        return { files: await bytes.copy(version.files), etag: version.etag, checksum: undefined };
      }
      const body = await bytes.read(version.files, 0, version.size - 1);
      const checksum = algorithm && { algorithm, value: () => undefined };
      const received = await intake.receive(body, { maxBytes: version.size, length: version.size, checksum });
      return { files: received.files, etag: received.md5, checksum: received.checksum };
    } catch (error) {
      // The source was replaced meanwhile. Only its present state can be copied.
      if (errorCode(error) !== "ENOENT" || attempt > 1) throw error;
      version = await objects.find(from, source.key, source.versionId ?? undefined);
      if (version.etag !== source.etag)
        throw new S3Error("OperationAborted", 409, "The copy source was changed while it was copied.");
    }
  }
}

export interface SourceInput {
  readonly CopySource?: string | undefined;
  readonly CopySourceIfMatch?: string | undefined;
  readonly CopySourceIfNoneMatch?: string | undefined;
  readonly CopySourceIfModifiedSince?: string | undefined;
  readonly CopySourceIfUnmodifiedSince?: string | undefined;
  readonly ExpectedSourceBucketOwner?: string | undefined;
}

/** The bucket that a copy reads from. The caller may read the source: questions.ts. */
export async function sourceBucketOf(
  input: SourceInput,
  storage: S3Deps["storage"],
): Promise<{ readonly bucket: Bucket; readonly named: CopySource }> {
  const named = parseCopySource(input.CopySource ?? "");
  if (!named) {
    throw invalidArgument(
      "Copy Source must mention the source bucket and key: sourcebucket/sourcekey",
      "x-amz-copy-source",
      input.CopySource ?? "",
    );
  }
  const bucket = await storage.directory.find(named.Bucket);
  if (!bucket) throw noSuchBucket(named.Bucket);
  if (input.ExpectedSourceBucketOwner !== undefined && input.ExpectedSourceBucketOwner !== bucket.accountId) {
    throw new S3Error("AccessDenied", 403, "Access Denied");
  }
  return { bucket, named };
}

export async function sourceOf(
  input: SourceInput,
  storage: S3Deps["storage"],
): Promise<{ readonly source: ObjectVersion; readonly bucket: Bucket; readonly named: CopySource }> {
  const { bucket, named } = await sourceBucketOf(input, storage);
  const source = await storage.objects.find(bucket, named.Key, named.VersionId).catch((error: unknown) => {
    if (!(error instanceof S3Error) || error.code !== "MethodNotAllowed") throw error;
    throw invalidRequest("The source of a copy request may not specifically refer to a delete marker by version id.");
  });
  checkSource(input, source);
  return { source, bucket, named };
}

/** Throws PreconditionFailed. */
export function checkSource(
  input: SourceInput,
  { etag, modifiedAt }: Pick<ObjectVersion, "etag" | "modifiedAt">,
): void {
  const modified = Math.floor(modifiedAt / 1000) * 1000;
  const { CopySourceIfMatch, CopySourceIfNoneMatch, CopySourceIfModifiedSince, CopySourceIfUnmodifiedSince } = input;
  if (CopySourceIfMatch !== undefined) {
    if (!matches(CopySourceIfMatch, etag)) throw preconditionFailed("x-amz-copy-source-If-Match");
  } else if (CopySourceIfUnmodifiedSince !== undefined && modified > Date.parse(CopySourceIfUnmodifiedSince)) {
    throw preconditionFailed("x-amz-copy-source-If-Unmodified-Since");
  }
  if (CopySourceIfNoneMatch !== undefined) {
    if (matches(CopySourceIfNoneMatch, etag)) throw preconditionFailed("x-amz-copy-source-If-None-Match");
  } else if (CopySourceIfModifiedSince !== undefined && modified <= Date.parse(CopySourceIfModifiedSince)) {
    throw preconditionFailed("x-amz-copy-source-If-Modified-Since");
  }
}
