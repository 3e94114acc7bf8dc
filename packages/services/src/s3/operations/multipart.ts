import { type Bucket, invalidArgument, malformedXml, MAX_PARTS, S3Error, type UploadFacts } from "@hearth/objects";
import type { S3UploadRecord } from "@hearth/store";
import { type BodyStream, operation, type Reply, wire } from "@hearth/wire";
import { z } from "zod";
import { checkAcl, checkGrants } from "../acl.ts";
import type { S3Deps } from "../deps.ts";
import { eventRequest } from "../eventRequest.ts";
import {
  algorithmOf,
  checkedNumber,
  checkMd5,
  checksumAnswer,
  checksumHeaders,
  checksumMembers,
  claimedChecksum,
  factsOf,
  METADATA_PREFIX,
  newObjectHeaders,
  newObjectMembers,
  tagsOfHeader,
  textMembers,
} from "../objectHeaders.ts";
import { checkIfNoneMatch } from "../writeConditions.ts";
import { copiedRange } from "../ranges.ts";
import { bucketOf, checkKey, ofObject, OWNER_HEADER, ownerOf, quoted } from "../words.ts";
import { headersReply, xmlReply } from "../xml.ts";
import { SOURCE_HEADERS, sourceOf } from "./copyObject.ts";
import { storageClassOf } from "./listObjects.ts";
import { MAX_PUT_BYTES, versionHeader } from "./putObject.ts";

const UPLOAD = { UploadId: "uploadId" } as const;
const PART = { ...UPLOAD, PartNumber: "partNumber" } as const;
const MAX_FRAMES = 64 * 1024 ** 2;

export const createMultipartUpload = operation({
  name: "CreateMultipartUpload",
  http: ["POST", "/{Bucket}/{Key+}?uploads", 200],
  headers: {
    ...OWNER_HEADER,
    ...newObjectHeaders,
    ChecksumAlgorithm: "x-amz-checksum-algorithm",
    ChecksumType: "x-amz-checksum-type",
  },
  headerPrefixes: METADATA_PREFIX,
  isDataEvent: true,
  input: z.object({
    ...ofObject,
    ...newObjectMembers,
    ChecksumAlgorithm: z.string().optional(),
    ChecksumType: z.string().optional(),
  }),
  errors: [S3Error],
  async handle(input, _context, { storage, clock }: Pick<S3Deps, "storage" | "clock">) {
    checkKey(input.Key);
    const bucket = await bucketOf(input, { storage });
    checkAcl(input.ACL, bucket);
    checkGrants(input);
    await storage.limit.admit(bucket.accountId, 0);
    const algorithm = algorithmOf(input.ChecksumAlgorithm);
    const checksumType = typeOf(algorithm, input.ChecksumType);
    const facts: UploadFacts = { ...factsOf(input), ...(algorithm && { algorithm, checksumType }) };
    const id = await storage.uploads.create(bucket, {
      key: input.Key,
      initiatedAt: clock.now(),
      facts: facts as Record<string, unknown>,
      tags: tagsOfHeader(input.Tagging),
    });
    return xmlReply(
      "InitiateMultipartUploadResult",
      { Bucket: bucket.name, Key: input.Key, UploadId: id },
      {
        "x-amz-server-side-encryption": "AES256",
        ...(algorithm && { "x-amz-checksum-algorithm": algorithm, "x-amz-checksum-type": checksumType }),
      },
    );
  },
});

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html#ChecksumTypes */
function typeOf(algorithm: string | undefined, asked: string | undefined): "FULL_OBJECT" | "COMPOSITE" {
  if (asked !== undefined && asked !== "FULL_OBJECT" && asked !== "COMPOSITE") {
    throw invalidArgument("Value for x-amz-checksum-type header is invalid.", "x-amz-checksum-type", asked);
  }
  const isHash = algorithm === "SHA1" || algorithm === "SHA256";
  const type = asked ?? (algorithm === "CRC64NVME" ? "FULL_OBJECT" : "COMPOSITE");
  if ((isHash && type === "FULL_OBJECT") || (algorithm === "CRC64NVME" && type === "COMPOSITE")) {
    throw new S3Error(
      "InvalidRequest",
      400,
      `The ${type} checksum type cannot be used with the ${algorithm?.toLowerCase()} checksum algorithm.`,
    );
  }
  return type;
}

export const uploadPart = operation({
  name: "UploadPart",
  http: ["PUT", "/{Bucket}/{Key+}", 200],
  when: { query: ["uploadId", "partNumber"] },
  headers: { ...OWNER_HEADER, ...checksumHeaders },
  query: PART,
  payload: "Body",
  streamsPayload: true,
  maxBodyBytes: MAX_PUT_BYTES + MAX_FRAMES,
  isDataEvent: true,
  input: z.object({
    ...ofObject,
    ...checksumMembers,
    UploadId: z.string(),
    PartNumber: z.string(),
    Body: z.custom<BodyStream>(),
  }),
  errors: [S3Error],
  async handle(input, _context, { storage, clock }: Pick<S3Deps, "storage" | "clock">) {
    const { Body, Key, UploadId } = input;
    const number = partNumberOf(input.PartNumber);
    if (Body.length === undefined) {
      throw new S3Error("MissingContentLength", 411, "You must provide the Content-Length HTTP header.");
    }
    const bucket = await bucketOf(input, { storage });
    const upload = await storage.uploads.find(bucket, Key, UploadId);
    await storage.limit.admit(bucket.accountId, Body.length);
    const { algorithm } = upload.facts as UploadFacts;
    const claimed = claimedChecksum(input, Body.trailers);
    if (claimed && algorithm && claimed.algorithm !== algorithm) {
      throw new S3Error(
        "InvalidRequest",
        400,
        `Checksum Type mismatch occurred, expected checksum Type: ${algorithm.toLowerCase()}, actual checksum Type: ${claimed.algorithm.toLowerCase()}`,
      );
    }
    const received = await storage.intake.receive(Body, {
      maxBytes: MAX_PUT_BYTES,
      length: Body.length,
      ownsPieces: true,
      md5: checkMd5(input.ContentMD5),
      checksum: claimed ?? (algorithm && { algorithm, value: () => undefined }),
    });
    await storage.uploads.putPart(bucket, upload, {
      number,
      size: received.size,
      etag: received.md5,
      checksum: algorithm ? (received.checksum?.value ?? null) : null,
      files: received.files,
      modifiedAt: clock.now(),
    });
    const { "x-amz-checksum-type": _, ...checksum } = checksumAnswer(received.checksum);
    return headersReply(200, { etag: quoted(received.md5), "x-amz-server-side-encryption": "AES256", ...checksum });
  },
});

export const uploadPartCopy = operation({
  name: "UploadPartCopy",
  http: ["PUT", "/{Bucket}/{Key+}", 200],
  when: { query: ["uploadId", "partNumber"], header: "x-amz-copy-source" },
  headers: { ...OWNER_HEADER, ...SOURCE_HEADERS, CopySourceRange: "x-amz-copy-source-range" },
  query: PART,
  isDataEvent: true,
  input: z.object({
    ...ofObject,
    ...textMembers(SOURCE_HEADERS),
    CopySourceRange: z.string().optional(),
    UploadId: z.string(),
    PartNumber: z.string(),
  }),
  errors: [S3Error],
  async handle(input, _context, { storage, clock }: Pick<S3Deps, "storage" | "clock">) {
    const number = partNumberOf(input.PartNumber);
    const bucket = await bucketOf(input, { storage });
    const upload = await storage.uploads.find(bucket, input.Key, input.UploadId);
    const { source, bucket: from } = await sourceOf(input, storage);
    const { start, end } = copiedRange(input.CopySourceRange, source.size);
    await storage.limit.admit(bucket.accountId, end - start + 1);
    const body = await storage.bytes.read(source.files, start, end);
    const versionId = from.versioning === null ? undefined : (source.versionId ?? "null");
    return await copyPart({ bucket, upload, number, body, versionId }, { storage, clock });
  },
});

interface CopiedPart {
  readonly bucket: Bucket;
  readonly upload: S3UploadRecord;
  readonly number: number;
  readonly body: AsyncIterable<Uint8Array>;
  /** Of the source, where its bucket has versions. */
  readonly versionId: string | undefined;
}

/** Stores bytes of another object as a part, and answers as UploadPartCopy. */
export async function copyPart(
  { bucket, upload, number, body, versionId }: CopiedPart,
  { storage, clock }: Pick<S3Deps, "storage" | "clock">,
): Promise<Reply> {
  const { algorithm } = upload.facts as UploadFacts;
  const received = await storage.intake.receive(body, {
    maxBytes: MAX_PUT_BYTES,
    checksum: algorithm && { algorithm, value: () => undefined },
  });
  const modifiedAt = clock.now();
  await storage.uploads.putPart(bucket, upload, {
    ...{ number, size: received.size, etag: received.md5, files: received.files, modifiedAt },
    checksum: received.checksum?.value ?? null,
  });
  return xmlReply(
    "CopyPartResult",
    {
      LastModified: new Date(modifiedAt),
      ETag: quoted(received.md5),
      ...(received.checksum && { [`Checksum${received.checksum.algorithm}`]: received.checksum.value }),
    },
    versionId === undefined ? {} : { "x-amz-copy-source-version-id": versionId },
  );
}

export function partNumberOf(text: string): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= 1 && number <= MAX_PARTS) return number;
  throw invalidArgument(`Part number must be an integer between 1 and ${MAX_PARTS}, inclusive`, "partNumber", text);
}

const checksums = {
  ChecksumCRC32: z.string().optional(),
  ChecksumCRC32C: z.string().optional(),
  ChecksumCRC64NVME: z.string().optional(),
  ChecksumSHA1: z.string().optional(),
  ChecksumSHA256: z.string().optional(),
};

export const completeMultipartUpload = operation({
  name: "CompleteMultipartUpload",
  http: ["POST", "/{Bucket}/{Key+}", 200],
  when: { query: ["uploadId"] },
  headers: {
    ...OWNER_HEADER,
    ...checksumHeaders,
    ChecksumType: "x-amz-checksum-type",
    MpuObjectSize: "x-amz-mp-object-size",
    IfMatch: "if-match",
    IfNoneMatch: "if-none-match",
  },
  query: UPLOAD,
  payload: "MultipartUpload",
  maxBodyBytes: 4 * 1024 ** 2,
  isDataEvent: true,
  input: z.object({
    ...ofObject,
    ...checksumMembers,
    UploadId: z.string(),
    ChecksumType: z.string().optional(),
    MpuObjectSize: z.string().optional(),
    IfMatch: z.string().optional(),
    IfNoneMatch: z.string().optional(),
    MultipartUpload: z
      .object({
        Part: wire(z.array(z.object({ PartNumber: z.number(), ETag: z.string(), ...checksums })), {
          flattened: true,
        }).optional(),
      })
      .optional(),
  }),
  errors: [S3Error],
  async handle(input, context, { storage }: Pick<S3Deps, "storage">) {
    const { Key: key, UploadId: uploadId, MultipartUpload, IfMatch: ifMatch, IfNoneMatch: ifNoneMatch } = input;
    const bucket = await bucketOf(input, { storage });
    const parts = MultipartUpload?.Part;
    if (!parts || parts.length === 0) throw malformedXml();
    checkIfNoneMatch(ifNoneMatch);
    const version = await storage.uploads.complete(bucket, {
      ...{ key, uploadId, ifMatch, ifNoneMatch },
      parts: parts.map((part) => ({
        PartNumber: part.PartNumber,
        ETag: part.ETag,
        checksum:
          part.ChecksumCRC32 ??
          part.ChecksumCRC32C ??
          part.ChecksumCRC64NVME ??
          part.ChecksumSHA1 ??
          part.ChecksumSHA256,
      })),
      checksum:
        input.ChecksumCRC32 ??
        input.ChecksumCRC32C ??
        input.ChecksumCRC64NVME ??
        input.ChecksumSHA1 ??
        input.ChecksumSHA256,
      checksumType: input.ChecksumType,
      objectSize: checkedNumber(input.MpuObjectSize, "x-amz-mp-object-size", 0, Number.MAX_SAFE_INTEGER),
      request: eventRequest(context),
    });
    const { checksum } = version.facts;
    return xmlReply(
      "CompleteMultipartUploadResult",
      {
        Location: `${context.endpoint}/${bucket.name}/${encodeURIComponent(key)}`,
        Bucket: bucket.name,
        Key: key,
        ETag: quoted(version.etag),
        ...(checksum && { [`Checksum${checksum.algorithm}`]: checksum.value, ChecksumType: checksum.type }),
      },
      { "x-amz-server-side-encryption": "AES256", ...versionHeader(version, bucket.versioning) },
    );
  },
});

export const abortMultipartUpload = operation({
  name: "AbortMultipartUpload",
  http: ["DELETE", "/{Bucket}/{Key+}", 204],
  when: { query: ["uploadId"] },
  headers: OWNER_HEADER,
  query: UPLOAD,
  isDataEvent: true,
  input: z.object({ ...ofObject, UploadId: z.string() }),
  errors: [S3Error],
  async handle(input, _context, { storage }: Pick<S3Deps, "storage">) {
    await storage.uploads.abort(await bucketOf(input, { storage }), input.Key, input.UploadId);
    return headersReply(204);
  },
});

export const listParts = operation({
  name: "ListParts",
  http: ["GET", "/{Bucket}/{Key+}", 200],
  when: { query: ["uploadId"] },
  headers: OWNER_HEADER,
  query: { ...UPLOAD, MaxParts: "max-parts", PartNumberMarker: "part-number-marker" },
  isDataEvent: true,
  input: z.object({
    ...ofObject,
    UploadId: z.string(),
    MaxParts: z.string().optional(),
    PartNumberMarker: z.string().optional(),
  }),
  errors: [S3Error],
  async handle(input, { caller }, { storage }: Pick<S3Deps, "storage">) {
    const bucket = await bucketOf(input, { storage });
    const upload = await storage.uploads.find(bucket, input.Key, input.UploadId);
    const limit = Math.min(checkedNumber(input.MaxParts, "max-parts", 0, 2_147_483_647) ?? 1_000, 1_000);
    const after = checkedNumber(input.PartNumberMarker, "part-number-marker", 0, 2_147_483_647) ?? 0;
    const found = await storage.uploads.store.parts(upload.id, after, limit + 1);
    const page = found.slice(0, limit);
    const { algorithm, checksumType } = upload.facts as UploadFacts;
    return xmlReply("ListPartsResult", {
      Bucket: bucket.name,
      Key: upload.key,
      UploadId: upload.id,
      Initiator: { ID: caller.arn, DisplayName: caller.userId },
      Owner: ownerOf(bucket.accountId),
      StorageClass: storageClassOf(upload.facts),
      PartNumberMarker: after,
      NextPartNumberMarker: page.at(-1)?.number ?? 0,
      MaxParts: limit,
      IsTruncated: found.length > limit,
      ...(algorithm && { ChecksumAlgorithm: algorithm, ChecksumType: checksumType }),
      Part: page.map(({ number, size, etag, checksum, modifiedAt }) => ({
        PartNumber: number,
        LastModified: new Date(modifiedAt),
        ETag: quoted(etag),
        Size: size,
        ...(algorithm && checksum !== null && { [`Checksum${algorithm}`]: checksum }),
      })),
    });
  },
});
