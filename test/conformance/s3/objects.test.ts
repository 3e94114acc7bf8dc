import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketLocationCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  PutObjectTaggingCommand,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, expect, test } from "vitest";
import { errorOf, s3Target, type S3Target } from "./s3Target.ts";

let target: S3Target;
let Bucket: string;
beforeAll(async () => {
  target = await s3Target();
  Bucket = await target.newBucket();
});
afterAll(async () => {
  await target[Symbol.asyncDispose]();
});

const put = (Key: string, Body = "", more: object = {}) =>
  target.s3.send(new PutObjectCommand({ Bucket, Key, Body, ...more }));
const textOf = async (Key: string, more: object = {}): Promise<string> => {
  const { Body } = await target.s3.send(new GetObjectCommand({ Bucket, Key, ...more }));
  return (await Body?.transformToString()) ?? "";
};

test("a bucket is made, found, listed and deleted", async () => {
  const { s3 } = target;
  const name = await target.newBucket();
  expect((await s3.send(new HeadBucketCommand({ Bucket: name }))).BucketRegion).toBe(target.region);
  expect((await s3.send(new GetBucketLocationCommand({ Bucket: name }))).LocationConstraint ?? "").toBe("");
  const { Buckets = [] } = await s3.send(new ListBucketsCommand({ Prefix: name }));
  expect(Buckets.map((one) => one.Name)).toEqual([name]);
  expect(await errorOf(s3.send(new HeadBucketCommand({ Bucket: `${name}-none` })))).toEqual(["NotFound", 404]);
  expect(await errorOf(s3.send(new CreateBucketCommand({ Bucket: "Not_A_Name" })))).toEqual(["InvalidBucketName", 400]);
  await put("blocker");
  expect(await errorOf(s3.send(new DeleteBucketCommand({ Bucket })))).toEqual(["BucketNotEmpty", 409]);
  expect(await errorOf(s3.send(new ListObjectsV2Command({ Bucket: `${name}-none` })))).toEqual(["NoSuchBucket", 404]);
});

test("an object has its bytes, headers, metadata and tags", async () => {
  const { s3 } = target;
  await put("described", "hello", {
    ContentType: "text/plain; charset=utf-8",
    CacheControl: "max-age=5",
    ContentDisposition: "attachment",
    Metadata: { one: "1", two: "zwei" },
    Tagging: "a=1&b=x%20y",
  });
  const got = await s3.send(new GetObjectCommand({ Bucket, Key: "described" }));
  expect(got).toMatchObject({
    ContentLength: 5,
    ContentType: "text/plain; charset=utf-8",
    CacheControl: "max-age=5",
    ContentDisposition: "attachment",
    ETag: `"${createHash("md5").update("hello").digest("hex")}"`,
    Metadata: { one: "1", two: "zwei" },
    TagCount: 2,
  });
  expect(await got.Body?.transformToString()).toBe("hello");
  const named = { Bucket, Key: "described" };
  expect((await s3.send(new GetObjectTaggingCommand(named))).TagSet).toEqual([
    { Key: "a", Value: "1" },
    { Key: "b", Value: "x y" },
  ]);
  await s3.send(new PutObjectTaggingCommand({ ...named, Tagging: { TagSet: [{ Key: "c", Value: "3" }] } }));
  expect((await s3.send(new GetObjectTaggingCommand(named))).TagSet).toEqual([{ Key: "c", Value: "3" }]);
  const attributes = await s3.send(
    new GetObjectAttributesCommand({ ...named, ObjectAttributes: ["ETag", "ObjectSize", "Checksum"] }),
  );
  expect(attributes).toMatchObject({ ETag: createHash("md5").update("hello").digest("hex"), ObjectSize: 5 });
  expect(await errorOf(s3.send(new HeadObjectCommand({ Bucket, Key: "none" })))).toEqual(["NotFound", 404]);
  expect(await errorOf(textOf("none"))).toEqual(["NoSuchKey", 404]);
  await s3.send(new DeleteObjectCommand(named));
  await s3.send(new DeleteObjectCommand(named));
  expect(await errorOf(textOf("described"))).toEqual(["NoSuchKey", 404]);
});

test("ranges", async () => {
  await put("ranged", "0123456789");
  expect(await textOf("ranged", { Range: "bytes=2-4" })).toBe("234");
  expect(await textOf("ranged", { Range: "bytes=7-" })).toBe("789");
  expect(await textOf("ranged", { Range: "bytes=-3" })).toBe("789");
  expect(await textOf("ranged", { Range: "bytes=8-100" })).toBe("89");
  expect(await textOf("ranged", { Range: "bytes=4-2" })).toBe("0123456789");
  expect(await errorOf(textOf("ranged", { Range: "bytes=10-" }))).toEqual(["InvalidRange", 416]);
});

test("conditions", async () => {
  const { ETag = "" } = await put("conditional", "one");
  const past = new Date(Date.now() - 3_600_000);
  const future = new Date(Date.now() + 3_600_000);
  expect(await textOf("conditional", { IfMatch: ETag })).toBe("one");
  expect(await errorOf(textOf("conditional", { IfMatch: '"other"' }))).toEqual(["PreconditionFailed", 412]);
  expect((await errorOf(textOf("conditional", { IfNoneMatch: ETag })))[1]).toBe(304);
  expect((await errorOf(textOf("conditional", { IfModifiedSince: future })))[1]).toBe(304);
  expect(await errorOf(textOf("conditional", { IfUnmodifiedSince: past }))).toEqual(["PreconditionFailed", 412]);
  expect(await errorOf(put("conditional", "two", { IfNoneMatch: "*" }))).toEqual(["PreconditionFailed", 412]);
  expect(await errorOf(put("conditional", "two", { IfMatch: '"other"' }))).toEqual(["PreconditionFailed", 412]);
  await put("conditional", "two", { IfMatch: ETag });
  expect(await textOf("conditional")).toBe("two");
  const racers = await Promise.allSettled(Array.from({ length: 8 }, () => put("once", "x", { IfNoneMatch: "*" })));
  expect(racers.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
});

test.for(["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"] as const)(
  "the checksum %s is verified and kept",
  async (name) => {
    const { s3 } = target;
    const Key = `checksum-${name}`;
    const member = `Checksum${name}` as const;
    const sent = await s3.send(new PutObjectCommand({ Bucket, Key, Body: "data", ChecksumAlgorithm: name }));
    const got = await s3.send(new GetObjectCommand({ Bucket, Key, ChecksumMode: "ENABLED" }));
    expect(sent[member]).toBeTruthy();
    expect(got[member]).toBe(sent[member]);
    expect(await got.Body?.transformToString()).toBe("data");
    const streamed = await s3.send(
      new PutObjectCommand({
        Bucket,
        Key,
        Body: Readable.from([Buffer.from("da"), Buffer.from("ta")]),
        ContentLength: 4,
        ChecksumAlgorithm: name,
      }),
    );
    expect(streamed[member]).toBe(sent[member]);
    const other = await s3.send(
      new PutObjectCommand({ Bucket, Key: `${Key}-other`, Body: "other", ChecksumAlgorithm: name }),
    );
    const lie = s3.send(new PutObjectCommand({ Bucket, Key, Body: "lie", [member]: other[member] }));
    expect(await errorOf(lie)).toEqual(["BadDigest", 400]);
    expect(await textOf(Key)).toBe("data");
  },
);

test("a wrong Content-MD5 is refused", async () => {
  const ContentMD5 = createHash("md5").update("other").digest("base64");
  expect(await errorOf(put("md5", "data", { ContentMD5 }))).toEqual(["BadDigest", 400]);
  expect(await errorOf(put("md5", "data", { ContentMD5: "short" }))).toEqual(["InvalidDigest", 400]);
  expect(await errorOf(textOf("md5"))).toEqual(["NoSuchKey", 404]);
});

test("a large body is streamed and comes back as it was", async () => {
  const piece = Buffer.from(Array.from({ length: 65_536 }, (_, i) => (i * 31) & 255));
  const pieces = Array.from({ length: 160 }, () => piece);
  await target.s3.send(
    new PutObjectCommand({ Bucket, Key: "large", Body: Readable.from(pieces), ContentLength: 160 * piece.length }),
  );
  const { Body } = await target.s3.send(new GetObjectCommand({ Bucket, Key: "large" }));
  const got = Buffer.from((await Body?.transformToByteArray()) ?? []);
  expect(got.equals(Buffer.concat(pieces))).toBe(true);
});

test("any key of up to 1,024 bytes names one object of its own", async () => {
  const keys = [
    ...[
      "..",
      "../..",
      "../../etc/passwd",
      "a//b",
      "/a",
      "a/./b",
      "a/../b",
      "dir/",
      "a b+c%20d",
      "%2F",
      "%",
      "?x=1&y#z",
    ],
    ...[
      "Case",
      "case",
      "é",
      "e\u0301",
      "\u{1f600}",
      "\u00e9/\u{10ffff}",
      "quote\"'<>&",
      "back\\slash",
      "k".repeat(1_024),
    ],
    ...["line\nbreak", "tab\t", "\u0001control", "\u007f"],
  ];
  await Promise.all(keys.map((key) => put(`odd/${key}`.slice(0, 1_024), key)));
  for (const key of keys) expect(await textOf(`odd/${key}`.slice(0, 1_024))).toBe(key);
  const { Contents = [] } = await target.s3.send(
    new ListObjectsV2Command({ Bucket, Prefix: "odd/", EncodingType: "url" }),
  );
  const listed = Contents.map(({ Key = "" }) => decodeURIComponent(Key.replaceAll("+", " ")));
  const sorted = keys
    .map((key) => `odd/${key}`.slice(0, 1_024))
    .toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  expect(listed).toEqual(sorted);
  expect(await errorOf(put("k".repeat(1_025)))).toEqual(["KeyTooLongError", 400]);
});

test("listings are in pages, with prefixes in common", async () => {
  const { s3 } = target;
  const name = await target.newBucket();
  const keys = ["a", "b/1", "b/2", "b/c/3", "c", "d/1", "e"];
  await Promise.all(keys.map((Key) => s3.send(new PutObjectCommand({ Bucket: name, Key, Body: Key }))));
  const shown: string[] = [];
  let ContinuationToken: string | undefined;
  do {
    const page = await s3.send(
      new ListObjectsV2Command({ Bucket: name, Delimiter: "/", MaxKeys: 2, ContinuationToken }),
    );
    expect(page.KeyCount).toBeLessThanOrEqual(2);
    shown.push(
      ...(page.Contents ?? []).map(({ Key = "" }) => Key),
      ...(page.CommonPrefixes ?? []).map(({ Prefix = "" }) => Prefix),
    );
    ContinuationToken = page.NextContinuationToken;
  } while (ContinuationToken !== undefined);
  expect(shown.toSorted()).toEqual(["a", "b/", "c", "d/", "e"]);
  const below = await s3.send(new ListObjectsV2Command({ Bucket: name, Prefix: "b/", Delimiter: "/" }));
  expect(below.Contents?.map(({ Key }) => Key)).toEqual(["b/1", "b/2"]);
  expect(below.CommonPrefixes).toEqual([{ Prefix: "b/c/" }]);
  const after = await s3.send(new ListObjectsV2Command({ Bucket: name, StartAfter: "b/2" }));
  expect(after.Contents?.map(({ Key }) => Key)).toEqual(["b/c/3", "c", "d/1", "e"]);
  const first = await s3.send(new ListObjectsCommand({ Bucket: name, MaxKeys: 2, Delimiter: "/" }));
  expect(first).toMatchObject({ IsTruncated: true, NextMarker: "b/" });
  const second = await s3.send(new ListObjectsCommand({ Bucket: name, Marker: first.NextMarker, Delimiter: "/" }));
  expect(second.Contents?.map(({ Key }) => Key)).toEqual(["c", "e"]);
  expect(second.CommonPrefixes).toEqual([{ Prefix: "d/" }]);
});

test("copies share nothing that a later change could reach", async () => {
  const { s3 } = target;
  await put("source", "original", { ContentType: "text/x", Metadata: { k: "v" }, Tagging: "t=1" });
  await s3.send(new CopyObjectCommand({ Bucket, Key: "copy", CopySource: `${Bucket}/source` }));
  await put("source", "changed");
  await s3.send(new DeleteObjectCommand({ Bucket, Key: "source" }));
  const copy = await s3.send(new GetObjectCommand({ Bucket, Key: "copy" }));
  expect(copy).toMatchObject({ ContentType: "text/x", Metadata: { k: "v" }, TagCount: 1 });
  expect(await copy.Body?.transformToString()).toBe("original");
  const itself = { Bucket, Key: "copy", CopySource: `/${Bucket}/copy` };
  expect(await errorOf(s3.send(new CopyObjectCommand(itself)))).toEqual(["InvalidRequest", 400]);
  await s3.send(new CopyObjectCommand({ ...itself, MetadataDirective: "REPLACE", Metadata: { k: "new" } }));
  expect((await s3.send(new HeadObjectCommand({ Bucket, Key: "copy" }))).Metadata).toEqual({ k: "new" });
  expect(await textOf("copy")).toBe("original");
  const missing = new CopyObjectCommand({ Bucket, Key: "x", CopySource: `${Bucket}/none` });
  expect(await errorOf(s3.send(missing))).toEqual(["NoSuchKey", 404]);
});

test("many objects are deleted at once", async () => {
  await Promise.all(["many/1", "many/2"].map((key) => put(key)));
  const Objects = ["many/1", "many/2", "many/none"].map((Key) => ({ Key }));
  const { Deleted = [], Errors = [] } = await target.s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
  expect(Deleted.map(({ Key }) => Key)).toEqual(["many/1", "many/2", "many/none"]);
  expect(Errors).toEqual([]);
  expect((await target.s3.send(new ListObjectsV2Command({ Bucket, Prefix: "many/" }))).KeyCount).toBe(0);
});
