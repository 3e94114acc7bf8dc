import { malformedXml, type ObjectVersion, S3Error } from "@hearth/objects";
import { operation, wire } from "@hearth/wire";
import { z } from "zod";
import type { S3Deps } from "../deps.ts";
import { eventRequest } from "../eventRequest.ts";
import { checkedTags } from "../objectHeaders.ts";
import { bucketOf, ofBucket, ofObject, OWNER_HEADER } from "../words.ts";
import { headersReply, xmlReply } from "../xml.ts";
import { versionHeader } from "./putObject.ts";

const Tagging = z.object({
  TagSet: z.array(wire(z.object({ Key: z.string(), Value: z.string() }), { xmlName: "Tag" })).optional(),
});
const VERSION = { VersionId: "versionId" } as const;
const Versioned = { ...ofObject, VersionId: z.string().optional() };

type Tags = Readonly<Record<string, string>>;

function tagsOf(tagging: z.output<typeof Tagging> | undefined, limit: number): Tags {
  if (!tagging?.TagSet) throw malformedXml();
  return checkedTags(
    tagging.TagSet.map(({ Key, Value }) => [Key, Value] as const),
    limit,
  );
}

function tagSet(tags: Tags) {
  return { TagSet: { Tag: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) } };
}

export const getObjectTagging = operation({
  name: "GetObjectTagging",
  http: ["GET", "/{Bucket}/{Key+}?tagging", 200],
  headers: OWNER_HEADER,
  query: VERSION,
  isDataEvent: true,
  input: z.object(Versioned),
  errors: [S3Error],
  async handle(input, _context, { storage }: Pick<S3Deps, "storage">) {
    const bucket = await bucketOf(input, { storage });
    const version = await storage.objects.find(bucket, input.Key, input.VersionId);
    return xmlReply("Tagging", tagSet(version.tags), versionHeader(version, bucket.versioning));
  },
});

async function setTags(
  input: { readonly Bucket: string; readonly Key: string; readonly VersionId?: string | undefined },
  tags: Tags,
  event: (version: ObjectVersion) => Parameters<S3Deps["storage"]["objects"]["setTags"]>[3],
  { storage }: Pick<S3Deps, "storage">,
) {
  const bucket = await bucketOf(input, { storage });
  const version = await storage.objects.find(bucket, input.Key, input.VersionId);
  await storage.objects.setTags(bucket, version, tags, event(version));
  return versionHeader(version, bucket.versioning);
}

export const putObjectTagging = operation({
  name: "PutObjectTagging",
  http: ["PUT", "/{Bucket}/{Key+}?tagging", 200],
  headers: OWNER_HEADER,
  query: VERSION,
  payload: "Tagging",
  isDataEvent: true,
  input: z.object({ ...Versioned, Tagging: Tagging.optional() }),
  errors: [S3Error],
  async handle(input, context, deps: Pick<S3Deps, "storage" | "clock">) {
    const event = taggingEvent("ObjectTagging:Put", context, deps);
    return headersReply(200, await setTags(input, tagsOf(input.Tagging, 10), event, deps));
  },
});

export const deleteObjectTagging = operation({
  name: "DeleteObjectTagging",
  http: ["DELETE", "/{Bucket}/{Key+}?tagging", 204],
  headers: OWNER_HEADER,
  query: VERSION,
  isDataEvent: true,
  input: z.object(Versioned),
  errors: [S3Error],
  async handle(input, context, deps: Pick<S3Deps, "storage" | "clock">) {
    return headersReply(204, await setTags(input, {}, taggingEvent("ObjectTagging:Delete", context, deps), deps));
  },
});

function taggingEvent(name: string, context: Parameters<typeof eventRequest>[0], { clock }: Pick<S3Deps, "clock">) {
  return ({ key, size, etag, versionId, seq }: ObjectVersion) => ({
    ...{ name, key, size, etag, seq, time: clock.now(), request: eventRequest(context) },
    versionId: versionId ?? undefined,
  });
}

export const getBucketTagging = operation({
  name: "GetBucketTagging",
  http: ["GET", "/{Bucket}?tagging", 200],
  headers: OWNER_HEADER,
  input: z.object(ofBucket),
  errors: [S3Error],
  async handle(input, _context, { storage }: Pick<S3Deps, "storage">) {
    const { name, settings } = await bucketOf(input, { storage });
    if (!settings.tags) throw new S3Error("NoSuchTagSet", 404, "The TagSet does not exist", { BucketName: name });
    return xmlReply("Tagging", { TagSet: { Tag: settings.tags } });
  },
});

export const putBucketTagging = operation({
  name: "PutBucketTagging",
  http: ["PUT", "/{Bucket}?tagging", 204],
  headers: OWNER_HEADER,
  payload: "Tagging",
  input: z.object({ ...ofBucket, Tagging: Tagging.optional() }),
  errors: [S3Error],
  async handle(input, _context, { storage }: Pick<S3Deps, "storage">) {
    const tags = Object.entries(tagsOf(input.Tagging, 50)).map(([Key, Value]) => ({ Key, Value }));
    await storage.change(await bucketOf(input, { storage }), { tags });
    return headersReply(204);
  },
});

export const deleteBucketTagging = operation({
  name: "DeleteBucketTagging",
  http: ["DELETE", "/{Bucket}?tagging", 204],
  headers: OWNER_HEADER,
  input: z.object(ofBucket),
  errors: [S3Error],
  async handle(input, _context, { storage }: Pick<S3Deps, "storage">) {
    await storage.change(await bucketOf(input, { storage }), { tags: null });
    return headersReply(204);
  },
});
