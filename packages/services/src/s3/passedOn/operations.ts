import { hash } from "node:crypto";
import { checkServerKey, malformedXml, noSuchBucket, S3Error } from "@hearth/objects";
import type { BodyStream, Reply } from "@hearth/wire";
import { checkAcl, checkGrants } from "../acl.ts";
import { parseCopySource } from "../copySource.ts";
import type { S3Deps } from "../deps.ts";
import { checkedTags, claimedChecksum, factsOf, notImplemented, tagsOfHeader } from "../objectHeaders.ts";
import { checkKey } from "../words.ts";
import { type Xml, xmlReply } from "../xml.ts";
import { comesFromHere, copyFromHere, copyPartFromHere } from "./copyFromHere.ts";
import { deleteObjects } from "./deleteObjects.ts";
import { headerText, type PassedCall, requestOf, xmlAnswer } from "./passedCall.ts";
import { passDocument, passListing, readObject } from "./reads.ts";
import { announced, deleteBucket, documentOf, emptyReply, sendBytes, stateAfter, written } from "./writes.ts";

type Pass = (call: PassedCall, deps: S3Deps) => Promise<Reply>;

/** How operations are carried out whose objects are on another server. Those that are not here work on what Hearth keeps about the bucket itself. */
export const PASSED: Readonly<Record<string, Pass>> = {
  GetObject: readObject,
  HeadObject: readObject,
  GetObjectAttributes: passDocument,
  GetObjectTagging: passDocument,
  GetBucketVersioning: passDocument,
  ListObjects: passListing,
  ListObjectsV2: passListing,
  ListObjectVersions: passListing,
  ListMultipartUploads: passListing,
  ListParts: passListing,
  AbortMultipartUpload: passDocument,
  GetObjectAcl: withObject,
  PutObjectAcl: withObject,

  async PutBucketVersioning(call) {
    const { Status } = (call.input["VersioningConfiguration"] ?? {}) as { readonly Status?: string };
    if (Status !== "Enabled" && Status !== "Suspended") {
      throw new S3Error("IllegalVersioningConfigurationException", 400, "The Versioning element must be specified");
    }
    return await sendDocument(call, "VersioningConfiguration", { Status });
  },

  async DeleteBucket(call, { storage }) {
    return await deleteBucket(call, async () => {
      await storage.store.delete(call.bucket.id);
      storage.directory.forget(call.bucket.name);
    });
  },

  async PutObject(call) {
    const { input } = call;
    const body = input["Body"] as BodyStream;
    if (input["WriteOffsetBytes"] !== undefined) throw notImplemented("Appending to objects");
    checkNewObject(call);
    const length = lengthOf(body);
    claimedChecksum(input, body.trailers);
    return await announced(call, { name: "ObjectCreated:Put" }, async () => {
      const answer = await sendBytes(call, body);
      return { result: emptyReply(answer), happened: written(answer, "ObjectCreated:Put", length) };
    });
  },

  async UploadPart(call) {
    const body = call.input["Body"] as BodyStream;
    lengthOf(body);
    claimedChecksum(call.input, body.trailers);
    return emptyReply(await sendBytes(call, body));
  },

  async CreateMultipartUpload(call) {
    checkNewObject(call);
    return await passDocument(call);
  },

  async CopyObject(call, deps) {
    checkNewObject(call);
    if (await comesFromHere(call, deps)) return await copyFromHere(call, deps);
    const headers = await sourceHeaders(call, deps);
    const name = "ObjectCreated:Copy";
    return await announced(call, { name }, async (isAnnounced) => {
      const answer = await sendWith(call, headers);
      const text = await documentOf(answer);
      const versionId = headerText(answer.headers["x-amz-version-id"]);
      const happened = isAnnounced ? await stateAfter(call, name, versionId, deps.clock) : undefined;
      return { result: xmlAnswer(answer.status, answer.headers, text), happened };
    });
  },

  async UploadPartCopy(call, deps) {
    if (await comesFromHere(call, deps)) return await copyPartFromHere(call, deps);
    const answer = await sendWith(call, await sourceHeaders(call, deps));
    return xmlAnswer(answer.status, answer.headers, await documentOf(answer));
  },

  async CompleteMultipartUpload(call, deps) {
    const { input, bucket, context } = call;
    const { Part = [] } = (input["MultipartUpload"] ?? {}) as {
      readonly Part?: readonly Readonly<Record<string, Xml>>[];
    };
    if (Part.length === 0) throw malformedXml();
    const name = "ObjectCreated:CompleteMultipartUpload";
    const body = xmlReply("CompleteMultipartUpload", { Part }).body as Uint8Array;
    return await announced(call, { name }, async (isAnnounced) => {
      const answer = await call.passedOn.server.send({ ...requestOf(call), body });
      const text = await documentOf(answer);
      const versionId = headerText(answer.headers["x-amz-version-id"]);
      const happened = isAnnounced ? await stateAfter(call, name, versionId, deps.clock) : undefined;
      const location = `${context.endpoint}/${bucket.name}/${encodeURIComponent(String(input["Key"]))}`;
      const own = text.replace(/<Location>[\s\S]*?<\/Location>/, () => `<Location>${escaped(location)}</Location>`);
      return { result: xmlAnswer(answer.status, answer.headers, own), happened };
    });
  },

  async DeleteObject(call) {
    const names = { name: "ObjectRemoved:Delete", orName: "ObjectRemoved:DeleteMarkerCreated" };
    return await announced(call, names, async () => {
      const answer = await call.passedOn.server.send(requestOf(call));
      const versionId = headerText(answer.headers["x-amz-version-id"]);
      const isMarker = answer.headers["x-amz-delete-marker"] === "true" && call.input["VersionId"] === undefined;
      return { result: emptyReply(answer), happened: { name: isMarker ? names.orName : names.name, versionId } };
    });
  },

  DeleteObjects: deleteObjects,

  async PutObjectTagging(call) {
    const { TagSet } = (call.input["Tagging"] ?? {}) as {
      readonly TagSet?: readonly { readonly Key: string; readonly Value: string }[];
    };
    if (!TagSet) throw malformedXml();
    checkedTags(
      TagSet.map(({ Key, Value }) => [Key, Value] as const),
      10,
    );
    const name = "ObjectTagging:Put";
    return await announced(call, { name }, async () => {
      const tags = TagSet.map(({ Key, Value }) => ({ Key, Value }));
      return { result: await sendDocument(call, "Tagging", { TagSet: { Tag: tags } }), happened: { name } };
    });
  },

  async DeleteObjectTagging(call) {
    const name = "ObjectTagging:Delete";
    return await announced(call, { name }, async () => ({ result: await passDocument(call), happened: { name } }));
  },
};

/** What is the same for every object while ACLs are off, if there is one. */
async function withObject(call: PassedCall): Promise<Reply> {
  const { input, bucket, passedOn, run } = call;
  const query = { versionId: input["VersionId"] as string | undefined };
  const asked = { bucket: bucket.name, key: String(input["Key"]), query };
  (await passedOn.server.send({ method: "HEAD", ...asked })).body.resume();
  return (await run()) as Reply;
}

function checkNewObject({ input, bucket }: PassedCall): void {
  checkKey(String(input["Key"]));
  factsOf(input as Parameters<typeof factsOf>[0]);
  tagsOfHeader(input["Tagging"] as string | undefined);
  checkAcl(input["ACL"] as string | undefined, bucket);
  checkGrants(input as Parameters<typeof checkGrants>[0]);
}

function lengthOf({ length }: BodyStream): number {
  if (length !== undefined) return length;
  throw new S3Error("MissingContentLength", 411, "You must provide the Content-Length HTTP header.");
}

async function sendWith(call: PassedCall, more: Readonly<Record<string, string>>) {
  const request = requestOf(call);
  return await call.passedOn.server.send({ ...request, headers: { ...request.headers, ...more } });
}

async function sendDocument(call: PassedCall, root: string, content: { readonly [name: string]: Xml }): Promise<Reply> {
  const request = requestOf(call);
  const body = xmlReply(root, content).body as Uint8Array;
  const headers = { ...request.headers, "content-md5": hash("md5", body, "base64") };
  return emptyReply(await call.passedOn.server.send({ ...request, headers, body }));
}

/** The caller may read the source: questions.ts. */
async function sourceHeaders({ input }: PassedCall, { storage }: S3Deps): Promise<Readonly<Record<string, string>>> {
  const source = parseCopySource((input["CopySource"] as string | undefined) ?? "");
  if (!source) {
    throw new S3Error(
      "InvalidArgument",
      400,
      "Copy Source must mention the source bucket and key: sourcebucket/sourcekey",
    );
  }
  const bucket = await storage.directory.find(source.Bucket);
  if (!bucket) throw noSuchBucket(source.Bucket);
  const owner = input["ExpectedSourceBucketOwner"];
  if (owner !== undefined && owner !== bucket.accountId) throw new S3Error("AccessDenied", 403, "Access Denied");
  checkServerKey(source.Key);
  const { VersionId } = source;
  if (VersionId !== undefined && !/^[A-Za-z0-9._~=+-]{1,1024}$/.test(VersionId)) {
    throw new S3Error("InvalidArgument", 400, "Invalid version id specified");
  }
  const path = `${source.Bucket}/${source.Key.split("/").map(encodeURIComponent).join("/")}`;
  return { "x-amz-copy-source": VersionId === undefined ? path : `${path}?versionId=${VersionId}` };
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
