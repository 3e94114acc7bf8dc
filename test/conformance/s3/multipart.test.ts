import { createHash } from "node:crypto";
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  PutObjectCommand,
  UploadPartCommand,
  UploadPartCopyCommand,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, expect, test } from "vitest";
import { errorOf, s3Target, type S3Target } from "./s3Target.ts";

const MIN = 5 * 1024 * 1024;
let target: S3Target;
let Bucket: string;
beforeAll(async () => {
  target = await s3Target();
  Bucket = await target.newBucket();
});
afterAll(async () => {
  await target[Symbol.asyncDispose]();
});

test("an object is put together from its parts in order", async () => {
  const { s3 } = target;
  const Key = "parts";
  const { UploadId } = await s3.send(
    new CreateMultipartUploadCommand({
      Bucket,
      Key,
      ContentType: "text/parts",
      Metadata: { k: "v" },
      ChecksumAlgorithm: "CRC32",
    }),
  );
  const named = { Bucket, Key, UploadId };
  const bodies = [Buffer.alloc(MIN, 1), Buffer.alloc(MIN + 1, 2), Buffer.from("end")];
  const parts = await Promise.all(
    bodies.map(async (Body, index) => {
      const PartNumber = index * 2 + 1;
      const { ETag, ChecksumCRC32 } = await s3.send(
        new UploadPartCommand({ ...named, PartNumber, Body, ChecksumAlgorithm: "CRC32" }),
      );
      return { PartNumber, ETag, ChecksumCRC32 };
    }),
  );
  await s3.send(new UploadPartCommand({ ...named, PartNumber: 9, Body: "unused", ChecksumAlgorithm: "CRC32" }));
  const listed = await s3.send(new ListPartsCommand({ ...named, MaxParts: 2 }));
  expect(listed).toMatchObject({ IsTruncated: true, NextPartNumberMarker: "3" });
  expect((await s3.send(new ListMultipartUploadsCommand({ Bucket }))).Uploads).toMatchObject([{ Key, UploadId }]);
  const complete = (Parts: typeof parts) =>
    s3.send(new CompleteMultipartUploadCommand({ ...named, MultipartUpload: { Parts } }));
  expect(await errorOf(complete(parts.toReversed()))).toEqual(["InvalidPartOrder", 400]);
  expect(await errorOf(complete([{ PartNumber: 2, ETag: '"none"', ChecksumCRC32: undefined }]))).toEqual([
    "InvalidPart",
    400,
  ]);
  const { ETag } = await complete(parts);
  const digests = bodies.map((body) => createHash("md5").update(body).digest());
  expect(ETag).toBe(`"${createHash("md5").update(Buffer.concat(digests)).digest("hex")}-3"`);
  const got = await s3.send(new GetObjectCommand({ Bucket, Key }));
  expect(got).toMatchObject({ ContentType: "text/parts", Metadata: { k: "v" }, ContentLength: 2 * MIN + 4 });
  expect(Buffer.from((await got.Body?.transformToByteArray()) ?? []).equals(Buffer.concat(bodies))).toBe(true);
  const across = await s3.send(new GetObjectCommand({ Bucket, Key, Range: `bytes=${MIN - 1}-${MIN}` }));
  expect([...((await across.Body?.transformToByteArray()) ?? [])]).toEqual([1, 2]);
  const third = await s3.send(new GetObjectCommand({ Bucket, Key, PartNumber: 3 }));
  expect(third.PartsCount).toBe(3);
  expect(await third.Body?.transformToString()).toBe("end");
  expect((await s3.send(new HeadObjectCommand({ Bucket, Key, ChecksumMode: "ENABLED" }))).ChecksumCRC32).toMatch(/-3$/);
  expect(await errorOf(s3.send(new ListPartsCommand(named)))).toEqual(["NoSuchUpload", 404]);
});

test("parts are copied, and too small ones are refused", async () => {
  const { s3 } = target;
  await s3.send(new PutObjectCommand({ Bucket, Key: "from", Body: "0123456789" }));
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key: "to" }));
  const named = { Bucket, Key: "to", UploadId };
  const copy = (PartNumber: number, CopySourceRange: string) =>
    s3.send(new UploadPartCopyCommand({ ...named, PartNumber, CopySource: `${Bucket}/from`, CopySourceRange }));
  const one = (await copy(1, "bytes=2-4")).CopyPartResult?.ETag;
  const two = (await copy(2, "bytes=5-9")).CopyPartResult?.ETag;
  const complete = (Parts: { readonly PartNumber: number; readonly ETag: string | undefined }[]) =>
    s3.send(new CompleteMultipartUploadCommand({ ...named, MultipartUpload: { Parts } }));
  const both = [
    { PartNumber: 1, ETag: one },
    { PartNumber: 2, ETag: two },
  ];
  expect(await errorOf(complete(both))).toEqual(["EntityTooSmall", 400]);
  await complete(both.slice(0, 1));
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key: "to" }));
  expect(await Body?.transformToString()).toBe("234");
});

test("an aborted upload is gone", async () => {
  const { s3 } = target;
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key: "aborted" }));
  const named = { Bucket, Key: "aborted", UploadId };
  await s3.send(new UploadPartCommand({ ...named, PartNumber: 1, Body: "x" }));
  await s3.send(new AbortMultipartUploadCommand(named));
  expect(await errorOf(s3.send(new AbortMultipartUploadCommand(named)))).toEqual(["NoSuchUpload", 404]);
  expect(await errorOf(s3.send(new UploadPartCommand({ ...named, PartNumber: 2, Body: "y" })))).toEqual([
    "NoSuchUpload",
    404,
  ]);
  const { Uploads = [] } = await s3.send(new ListMultipartUploadsCommand({ Bucket, Prefix: "aborted" }));
  expect(Uploads).toEqual([]);
});
