import { checkServerKey, type ObjectFacts } from "@hearth/objects";
import type { Reply, RequestContext } from "@hearth/wire";
import { checkAcl } from "../acl.ts";
import { parseCopySource } from "../copySource.ts";
import type { S3Deps } from "../deps.ts";
import { eventRequest } from "../eventRequest.ts";
import { algorithmOf, factsOf, tagsOfHeader } from "../objectHeaders.ts";
import {
  checkCopiedSize,
  checkSource,
  copyResult,
  directive,
  sourceBucketOf,
  type SourceInput,
} from "../operations/copyObject.ts";
import { copyPart, partNumberOf } from "../operations/multipart.ts";
import { versionHeader } from "../operations/putObject.ts";
import { copiedRange } from "../ranges.ts";
import { bucketOf, checkKey } from "../words.ts";
import { xmlReply } from "../xml.ts";
import { passedOnOf } from "./passedCall.ts";
import { describeSource, readSource, sourceTags } from "./serverSource.ts";

type Texts = Readonly<Record<string, unknown>> & { readonly Bucket: string };
type Copy = (input: Texts, context: RequestContext, deps: S3Deps) => Promise<Reply>;

/** Copies from the named server into a bucket of Hearth. The bytes are streamed to disk. Each refusal is that of a copy between two buckets of Hearth. */
export const FROM_SERVER: Readonly<Record<string, Copy>> = { CopyObject: copyObject, UploadPartCopy: copyUploadedPart };

/** Whether a copy's source is on the named server. */
export async function comesFromServer(input: Texts, { storage }: S3Deps): Promise<boolean> {
  const source = parseCopySource(text(input, "CopySource") ?? "");
  return source !== undefined && (await storage.directory.find(source.Bucket))?.passedOn === true;
}

async function copyObject(input: Texts, context: RequestContext, deps: S3Deps): Promise<Reply> {
  const { storage } = deps;
  const key = text(input, "Key") ?? "";
  checkKey(key);
  const bucket = await bucketOf(input, deps);
  checkAcl(text(input, "ACL"), bucket);
  const replaces = directive("x-amz-metadata-directive", text(input, "MetadataDirective") ?? "COPY");
  const replacesTags = directive("x-amz-tagging-directive", text(input, "TaggingDirective") ?? "COPY");
  const own = factsOf(input as Parameters<typeof factsOf>[0]);
  const ownTags = tagsOfHeader(text(input, "Tagging"));
  const algorithm = algorithmOf(text(input, "ChecksumAlgorithm"));
  const { server, place, source } = await sourceThere(input, deps);
  checkCopiedSize(source.size);
  await storage.limit.admit(bucket.accountId, source.size);
  const tags = replacesTags ? ownTags : await sourceTags(server, { ...place, versionId: source.versionId });
  const whole = { start: 0, end: source.size - 1 };
  // The server's checksum is verified, too, unless another one is asked for.
  const claimed = algorithm === undefined || source.checksum?.algorithm === algorithm ? source.checksum : undefined;
  const kept = algorithm ?? claimed?.algorithm;
  const received = await storage.intake.receive(readSource(server, place, source, whole, context.signal), {
    maxBytes: source.size,
    length: source.size,
    checksum: kept && { algorithm: kept, value: () => claimed?.value },
  });
  const { storageClass } = own;
  const facts: ObjectFacts = replaces ? own : { ...source.facts, ...(storageClass !== undefined && { storageClass }) };
  const version = await storage.objects.put(bucket, {
    key,
    files: received.files,
    size: received.size,
    etag: received.md5,
    facts: { ...facts, checksum: received.checksum },
    tags,
    event: "ObjectCreated:Copy",
    request: eventRequest(context),
    ifMatch: text(input, "IfMatch"),
    ifNoneMatch: text(input, "IfNoneMatch"),
  });
  return xmlReply("CopyObjectResult", copyResult(version), {
    "x-amz-server-side-encryption": "AES256",
    ...versionHeader(version, bucket.versioning),
    ...(source.versionId !== undefined && { "x-amz-copy-source-version-id": source.versionId }),
  });
}

async function copyUploadedPart(input: Texts, context: RequestContext, deps: S3Deps): Promise<Reply> {
  const { storage } = deps;
  const number = partNumberOf(text(input, "PartNumber") ?? "");
  const bucket = await bucketOf(input, deps);
  const upload = await storage.uploads.find(bucket, text(input, "Key") ?? "", text(input, "UploadId") ?? "");
  const { server, place, source } = await sourceThere(input, deps);
  const range = copiedRange(text(input, "CopySourceRange"), source.size);
  const size = range.end - range.start + 1;
  checkCopiedSize(size);
  await storage.limit.admit(bucket.accountId, size);
  const body = readSource(server, place, source, range, context.signal);
  return await copyPart({ bucket, upload, number, body, versionId: source.versionId }, deps);
}

/** The source, if the request's conditions hold for it. */
async function sourceThere(input: Texts, { storage }: S3Deps) {
  const asked = input as SourceInput;
  const { bucket, named } = await sourceBucketOf(asked, storage);
  checkServerKey(named.Key);
  const { server } = passedOnOf(storage);
  const place = { bucket: bucket.name, key: named.Key, versionId: named.VersionId };
  const source = await describeSource(server, place);
  checkSource(asked, source);
  return { server, place, source };
}

function text(input: Texts, member: string): string | undefined {
  const value = input[member];
  return typeof value === "string" ? value : undefined;
}
