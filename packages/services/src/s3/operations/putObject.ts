import { S3Error } from "@hearth/objects";
import { type BodyStream, operation } from "@hearth/wire";
import { z } from "zod";
import type { S3Deps } from "../deps.ts";
import { eventRequest } from "../eventRequest.ts";
import {
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
} from "../objectHeaders.ts";
import { bucketOf, checkKey, ofObject, OWNER_HEADER, quoted } from "../words.ts";
import { headersReply } from "../xml.ts";
import { checkAcl, checkGrants } from "../acl.ts";
import { checkIfNoneMatch } from "../writeConditions.ts";

/** 5 GB, and the frames of chunks. */
export const MAX_PUT_BYTES = 5 * 1024 ** 3;
const MAX_FRAMES = 64 * 1024 ** 2;

export const putObject = operation({
  name: "PutObject",
  http: ["PUT", "/{Bucket}/{Key+}", 200],
  headers: {
    ...OWNER_HEADER,
    ...newObjectHeaders,
    ...checksumHeaders,
    IfMatch: "if-match",
    IfNoneMatch: "if-none-match",
    WriteOffsetBytes: "x-amz-write-offset-bytes",
  },
  headerPrefixes: METADATA_PREFIX,
  payload: "Body",
  streamsPayload: true,
  maxBodyBytes: MAX_PUT_BYTES + MAX_FRAMES,
  isDataEvent: true,
  input: z.object({
    ...ofObject,
    ...newObjectMembers,
    ...checksumMembers,
    IfMatch: z.string().optional(),
    IfNoneMatch: z.string().optional(),
    WriteOffsetBytes: z.string().optional(),
    Body: z.custom<BodyStream>(),
  }),
  errors: [S3Error],
  async handle(input, context, { storage }: Pick<S3Deps, "storage">) {
    const { Key, Body, Tagging, IfMatch, IfNoneMatch, WriteOffsetBytes, ACL } = input;
    checkKey(Key);
    if (WriteOffsetBytes !== undefined) {
      throw new S3Error("NotImplemented", 501, "Appending to objects is not implemented by Hearth.");
    }
    if (Body.length === undefined) {
      throw new S3Error("MissingContentLength", 411, "You must provide the Content-Length HTTP header.");
    }
    checkIfNoneMatch(IfNoneMatch);
    const facts = factsOf(input);
    const tags = tagsOfHeader(Tagging);
    const bucket = await bucketOf(input, { storage });
    checkAcl(ACL, bucket);
    checkGrants(input);
    await storage.limit.admit(bucket.accountId, Body.length);
    const received = await storage.intake.receive(Body, {
      maxBytes: MAX_PUT_BYTES,
      length: Body.length,
      ownsPieces: true,
      md5: checkMd5(input.ContentMD5),
      checksum: claimedChecksum(input, Body.trailers),
    });
    const version = await storage.objects.put(bucket, {
      key: Key,
      files: received.files,
      size: received.size,
      etag: received.md5,
      facts: { ...facts, ...(received.checksum && { checksum: received.checksum }) },
      tags,
      event: "ObjectCreated:Put",
      request: eventRequest(context),
      ifMatch: IfMatch,
      ifNoneMatch: IfNoneMatch,
    });
    return headersReply(200, {
      etag: quoted(version.etag),
      "x-amz-server-side-encryption": "AES256",
      ...checksumAnswer(received.checksum),
      ...versionHeader(version, bucket.versioning),
    });
  },
});

/** A bucket whose versioning was never on has no ids of versions. */
export function versionHeader(
  { versionId }: { readonly versionId: string | null },
  versioning: string | null,
): Readonly<Record<string, string>> {
  return versioning === null && versionId === null ? {} : { "x-amz-version-id": versionId ?? "null" };
}
