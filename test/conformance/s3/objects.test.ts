import { createHash } from "node:crypto";
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetBucketLocationCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  PutObjectTaggingCommand,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, expect, test } from "vitest";
import { errorOf, s3Target, type S3Target } from "./s3Target.ts";
import { testObjects } from "./testObjects.ts";

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

testObjects(() => target);
