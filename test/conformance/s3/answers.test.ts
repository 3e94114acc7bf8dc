import { createHash } from "node:crypto";
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  UploadPartCommand,
  UploadPartCopyCommand,
} from "@aws-sdk/client-s3";
import type { ClientConfig } from "@hearth/testkit";
import { presignUrl } from "@hearth/wire";
import { afterAll, beforeAll, expect, test } from "vitest";
import { signedCall } from "../../support/signedFetch.ts";
import { errorOf, s3Target, type S3Target } from "./s3Target.ts";

let target: S3Target;
let Bucket: string;
let client: ClientConfig;
beforeAll(async () => {
  target = await s3Target();
  Bucket = await target.newBucket();
  client = target.config as ClientConfig;
});
afterAll(async () => {
  await target[Symbol.asyncDispose]();
});

const put = (Key: string, Body = "", more: object = {}) =>
  target.s3.send(new PutObjectCommand({ Bucket, Key, Body, ...more }));
const head = (Key: string, more: object = {}) => target.s3.send(new HeadObjectCommand({ Bucket, Key, ...more }));
const copy = (Key: string, more: object = {}) =>
  target.s3.send(new CopyObjectCommand({ Bucket, Key, CopySource: `${Bucket}/${Key}`, ...more }));

function link(Key: string, query: Readonly<Record<string, string>>, method = "PUT"): string {
  const { endpoint, region, credentials } = client;
  const options = { method, region, service: "s3", expiresSeconds: 60, now: Date.now() };
  return presignUrl(endpoint, `/${Bucket}/${Key}`, query, credentials, options);
}

/** Sends a request that no SDK sends. */
async function send(
  method: string,
  query: readonly (readonly [string, string])[],
  headers: Readonly<Record<string, string>> = {},
  body = "",
  path: readonly string[] = [Bucket],
  config = client,
): Promise<readonly [status: number, text: string, headers: Readonly<Record<string, unknown>>]> {
  const call = { service: "s3", method, path, query, headers, body: Buffer.from(body) };
  const answer = await signedCall(config, call);
  return [answer.status, answer.body.toString(), answer.headers];
}

/** Status and code of an error. */
async function refusal(...request: Parameters<typeof send>): Promise<readonly [number, string | undefined]> {
  const [status, text] = await send(...request);
  return [status, /<Code>(\w+)<\/Code>/.exec(text)?.[1]];
}

test("parameters of a link that clients sign as headers describe the object, and its checksum is none of the body's", async () => {
  const query = {
    "x-amz-meta-Colour": "red",
    "X-Amz-Storage-Class": "STANDARD_IA",
    "x-amz-tagging": "t=1",
    "x-amz-checksum-crc32": "AAAAAA==",
    "x-amz-sdk-checksum-algorithm": "CRC32",
  };
  expect((await fetch(link("linked", query), { method: "PUT", body: "bytes" })).status).toBe(200);
  expect(await head("linked")).toMatchObject({ Metadata: { colour: "red" }, StorageClass: "STANDARD_IA" });
  const { TagSet } = await target.s3.send(new GetObjectTaggingCommand({ Bucket, Key: "linked" }));
  expect(TagSet).toEqual([{ Key: "t", Value: "1" }]);
  const open = await fetch(link("linked", { "x-amz-acl": "public-read" }), { method: "PUT", body: "bytes" });
  expect([open.status, await open.text()]).toEqual([400, expect.stringContaining("AccessControlListNotSupported")]);
  const changed = link("linked", query).replace("=red", "=blue");
  expect((await fetch(changed, { method: "PUT", body: "bytes" })).status).toBe(403);
});

test("a link that is wrong gets S3's errors", async () => {
  const wrong = async (url: string): Promise<string | undefined> =>
    /<Code>(\w+)</.exec(await (await fetch(url)).text())?.[1];
  await put("shared");
  const url = link("shared", {}, "GET");
  expect(await wrong(url.replace("X-Amz-Expires=60", "X-Amz-Expires=604801"))).toBe(
    "AuthorizationQueryParametersError",
  );
  expect(await wrong(url.replace("X-Amz-Algorithm", "X-Amz-Other"))).toBe("AuthorizationQueryParametersError");
  const version2 = new URL("?AWSAccessKeyId=test&Signature=x&Expires=soon", url);
  expect(await wrong(version2.href)).toBe("AccessDenied");
});

test("a request that is signed for another region is told the right one", async () => {
  const [status, text, headers] = await send("GET", [], {}, "", [Bucket], { ...client, region: "eu-north-9" });
  expect(status).toBe(400);
  expect(text).toContain("<Code>AuthorizationHeaderMalformed</Code>");
  expect(text).toContain(`<Region>${target.region}</Region>`);
  expect(headers["x-amz-bucket-region"]).toBe(target.region);
});

test("every answer names its request twice", async () => {
  await put("named");
  const [, , found] = await send("GET", [], {}, "", [Bucket, "named"]);
  expect(found).toMatchObject({ "x-amz-request-id": expect.any(String), "x-amz-id-2": expect.any(String) });
  const [, text, missing] = await send("GET", [], {}, "", [Bucket, "none"]);
  expect(text).toContain(`<RequestId>${String(missing["x-amz-request-id"])}</RequestId>`);
  expect(text).toContain(`<HostId>${String(missing["x-amz-id-2"])}</HostId>`);
});

test("a list of deletions must have a checksum, and it must be right", async () => {
  await put("kept");
  const list = "<Delete><Object><Key>kept</Key></Object></Delete>";
  const remove = (headers: Readonly<Record<string, string>>) => refusal("POST", [["delete", ""]], headers, list);
  const md5 = (text: string): string => createHash("md5").update(text).digest("base64");
  expect(await remove({})).toEqual([400, "InvalidRequest"]);
  expect(await remove({ "content-md5": md5("other") })).toEqual([400, "BadDigest"]);
  expect(await remove({ "x-amz-checksum-crc32": "AAAAAA==" })).toEqual([400, "BadDigest"]);
  expect((await head("kept")).ContentLength).toBe(0);
  expect(await remove({ "content-md5": md5(list) })).toEqual([200, undefined]);
  expect(await errorOf(head("kept"))).toEqual(["NotFound", 404]);
});

test("requests that S3 refuses", async () => {
  expect(await refusal("GET", [["list-type", "3"]])).toEqual([400, "InvalidArgument"]);
  expect(await refusal("POST", [], { "content-type": "multipart/form-data; boundary=b" }, "--b--")).toEqual([
    501,
    "NotImplemented",
  ]);
  const marker = target.s3.send(new ListObjectVersionsCommand({ Bucket, VersionIdMarker: "v" }));
  expect(await errorOf(marker)).toEqual(["InvalidArgument", 400]);
  await put("present");
  expect(await errorOf(put("present", "new", { IfNoneMatch: '"etag"' }))).toEqual(["NotImplemented", 501]);
  expect(await errorOf(put("granted", "", { GrantRead: "id=1" }))).toEqual(["AccessControlListNotSupported", 400]);
  const granted = target.s3.send(new CreateBucketCommand({ Bucket: target.newName(), GrantRead: "id=1" }));
  expect(await errorOf(granted)).toEqual(["InvalidBucketAclWithObjectOwnership", 400]);
});

test("a copy has the standard storage class, and one onto itself must change something", async () => {
  await put("cold", "cold", { StorageClass: "STANDARD_IA", WebsiteRedirectLocation: "/there", ContentType: "text/x" });
  await target.s3.send(new CopyObjectCommand({ Bucket, Key: "warm", CopySource: `${Bucket}/cold` }));
  const warm = await head("warm");
  expect([warm.StorageClass, warm.WebsiteRedirectLocation, warm.ContentType]).toEqual([undefined, undefined, "text/x"]);
  expect(await errorOf(copy("warm"))).toEqual(["InvalidRequest", 400]);
  const { CopyObjectResult } = await copy("warm", { ChecksumAlgorithm: "SHA256" });
  expect(CopyObjectResult?.ChecksumSHA256).toBe(createHash("sha256").update("cold").digest("base64"));
  await copy("warm", { ServerSideEncryption: "AES256" });
});

test("a copy of a marker's version, and a deletion on a condition about the latest version, are refused", async () => {
  const versioned = await target.newBucket();
  const named = { Bucket: versioned, Key: "k" };
  await target.s3.send(
    new PutBucketVersioningCommand({ Bucket: versioned, VersioningConfiguration: { Status: "Enabled" } }),
  );
  const first = await target.s3.send(new PutObjectCommand({ ...named, Body: "1" }));
  await target.s3.send(new PutObjectCommand({ ...named, Body: "2" }));
  const older = { ...named, VersionId: first.VersionId, IfMatch: first.ETag };
  expect(await errorOf(target.s3.send(new DeleteObjectCommand(older)))).toEqual(["PreconditionFailed", 412]);
  const marker = await target.s3.send(new DeleteObjectCommand(named));
  const CopySource = `${versioned}/k?versionId=${marker.VersionId}`;
  const copied = target.s3.send(new CopyObjectCommand({ ...named, Key: "copy", CopySource }));
  expect(await errorOf(copied)).toEqual(["InvalidRequest", 400]);
});

test("an upload in parts is completed again when its answer was lost, and its parts can be read one by one", async () => {
  const named = { Bucket, Key: "parts" };
  const { s3 } = target;
  const algorithm = { ChecksumAlgorithm: "SHA256" } as const;
  const { UploadId } = await s3.send(
    new CreateMultipartUploadCommand({ ...named, ...algorithm, StorageClass: "STANDARD_IA" }),
  );
  const bodies = [Buffer.alloc(5 * 1024 * 1024), Buffer.from("end")];
  const Parts = [];
  for (const [index, Body] of bodies.entries()) {
    const part = { ...named, UploadId, PartNumber: index + 1, Body, ...algorithm };
    const { ETag, ChecksumSHA256 } = await s3.send(new UploadPartCommand(part));
    Parts.push({ PartNumber: index + 1, ETag, ChecksumSHA256 });
  }
  const complete = (parts: object[], more: object = {}) =>
    s3.send(new CompleteMultipartUploadCommand({ ...named, UploadId, MultipartUpload: { Parts: parts }, ...more }));
  const bare = Parts.map(({ PartNumber, ETag }) => ({ PartNumber, ETag }));
  expect(await errorOf(complete(bare))).toEqual(["InvalidRequest", 400]);
  expect(await errorOf(complete(Parts, { ChecksumType: "FULL_OBJECT" }))).toEqual(["InvalidRequest", 400]);
  const done = await complete(Parts);
  expect(await complete(Parts)).toMatchObject({ ETag: done.ETag, ChecksumSHA256: done.ChecksumSHA256 });
  expect(await errorOf(complete(Parts.slice(0, 1)))).toEqual(["NoSuchUpload", 404]);

  expect((await head("parts")).PartsCount).toBeUndefined();
  const second = await s3.send(new GetObjectCommand({ ...named, PartNumber: 2, ChecksumMode: "ENABLED" }));
  expect(second).toMatchObject({
    PartsCount: 2,
    ContentRange: `bytes ${5 * 1024 * 1024}-${5 * 1024 * 1024 + 2}/${5 * 1024 * 1024 + 3}`,
    ChecksumSHA256: Parts[1]?.ChecksumSHA256,
  });
  expect(await second.Body?.transformToString()).toBe("end");
  // A copy is in one part, and its checksum is that of its bytes.
  const copied = await s3.send(new CopyObjectCommand({ Bucket, Key: "whole", CopySource: `${Bucket}/parts` }));
  const whole = createHash("sha256").update(Buffer.concat(bodies)).digest("base64");
  expect(copied.CopyObjectResult).toMatchObject({ ChecksumSHA256: whole, ChecksumType: "FULL_OBJECT" });
  await put("parts", "other");
  expect(await errorOf(complete(Parts))).toEqual(["NoSuchUpload", 404]);
});

test("a part is copied from within its source only", async () => {
  await put("source", "0123456789");
  const named = { Bucket, Key: "copied" };
  const { UploadId } = await target.s3.send(new CreateMultipartUploadCommand(named));
  const part = (CopySourceRange: string) =>
    target.s3.send(
      new UploadPartCopyCommand({ ...named, UploadId, PartNumber: 1, CopySource: `${Bucket}/source`, CopySourceRange }),
    );
  for (const range of ["bytes=5-10", "bytes=5-", "bytes=-5", "bytes=6-5", "5-6"]) {
    expect(await errorOf(part(range))).toEqual(["InvalidArgument", 400]);
  }
  const { CopyPartResult } = await part("bytes=5-9");
  expect(CopyPartResult?.ETag).toBe(`"${createHash("md5").update("56789").digest("hex")}"`);
});
