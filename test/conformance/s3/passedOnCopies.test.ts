import { createHash } from "node:crypto";
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCopyCommand,
} from "@aws-sdk/client-s3";
import {
  noObjectServer,
  RunningObjectServer,
  type RunningHearth,
  skipReason,
  startHearth,
  testCertificates,
} from "@hearth/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newAccount } from "../iot/newAccount.ts";
import { errorOf } from "./s3Target.ts";

const OTHER = "111122223333";
const HERE = "held-by-hearth";
const THERE = "held-by-the-server";
const LARGE = Buffer.from(Array.from({ length: 6 * 1024 ** 2 }, (_, index) => (index * 31) & 255));

describe(
  "copies between Hearth and a server that is reached by HTTPS",
  skipReason(await noObjectServer("versitygw")),
  () => {
    const stack = new AsyncDisposableStack();
    let hearth: RunningHearth;
    let s3: S3Client;

    beforeAll(async () => {
      const certificates = await testCertificates();
      const server = stack.use(await RunningObjectServer.start("versitygw", { certificates }));
      hearth = stack.use(await startHearth());
      s3 = stack.adopt(clientOf(), (it) => it.destroy());
      await s3.send(new CreateBucketCommand({ Bucket: HERE }));
      await hearth.restart(server.settings);
      await s3.send(new CreateBucketCommand({ Bucket: THERE }));
    }, 240_000);
    afterAll(async () => await stack.disposeAsync());

    const clientOf = (config: object = {}): S3Client =>
      new S3Client({ ...hearth.clientConfig, forcePathStyle: true, maxAttempts: 1, ...config });
    const put = (Bucket: string, Key: string, Body: string | Buffer, more: object = {}) =>
      s3.send(new PutObjectCommand({ Bucket, Key, Body, ...more }));
    const copy = (Bucket: string, Key: string, CopySource: string, more: object = {}) =>
      s3.send(new CopyObjectCommand({ Bucket, Key, CopySource, ...more }));
    const bytesOf = async (Bucket: string, Key: string): Promise<Buffer> => {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
      return Buffer.from((await Body?.transformToByteArray()) ?? []);
    };
    /** By key: servers answer them in any order. */
    const tagsOf = async (Bucket: string, Key: string) =>
      (await s3.send(new GetObjectTaggingCommand({ Bucket, Key }))).TagSet?.toSorted((a, b) =>
        (a.Key ?? "").localeCompare(b.Key ?? ""),
      );

    test.each([
      [THERE, HERE],
      [HERE, THERE],
    ])(
      "an object of %s is copied into %s with its metadata and tags, or with those of the request",
      async (from, to) => {
        const Key = "in/a b+ü.bin";
        const facts = { ContentType: "text/x", CacheControl: "no-store", Metadata: { k: "v" }, Tagging: "t=1&u=a%20b" };
        await put(from, Key, LARGE, { ...facts, ChecksumAlgorithm: "SHA256" });
        const source = `${from}/${encodeURIComponent(Key)}`;
        const { CopyObjectResult } = await copy(to, "copy", source);
        expect(CopyObjectResult?.ETag).toBe(`"${createHash("md5").update(LARGE).digest("hex")}"`);
        const copied = await s3.send(new HeadObjectCommand({ Bucket: to, Key: "copy", ChecksumMode: "ENABLED" }));
        expect(copied).toMatchObject({ ContentType: "text/x", CacheControl: "no-store", Metadata: { k: "v" } });
        expect(copied.ETag).toBe(CopyObjectResult?.ETag);
        expect((await bytesOf(to, "copy")).equals(LARGE)).toBe(true);
        expect(await tagsOf(to, "copy")).toEqual([
          { Key: "t", Value: "1" },
          { Key: "u", Value: "a b" },
        ]);
        await copy(to, "other", source, {
          ...{ MetadataDirective: "REPLACE", ContentType: "text/y", Metadata: { n: "w" } },
          ...{ TaggingDirective: "REPLACE", Tagging: "own=2", ChecksumAlgorithm: "CRC32" },
        });
        const other = await s3.send(new HeadObjectCommand({ Bucket: to, Key: "other" }));
        expect(other).toMatchObject({ ContentType: "text/y", Metadata: { n: "w" } });
        expect(await tagsOf(to, "other")).toEqual([{ Key: "own", Value: "2" }]);
        await put(from, "empty", "");
        await copy(to, "empty", `${from}/empty`);
        expect(await bytesOf(to, "empty")).toHaveLength(0);
      },
    );

    test.each([
      [THERE, HERE],
      [HERE, THERE],
    ])("conditions and refusals of copies from %s into %s are AWS's", async (from, to) => {
      const { ETag = "" } = await put(from, "conditional", "one");
      const source = `${from}/conditional`;
      const failing = [
        { CopySourceIfMatch: '"other"' },
        { CopySourceIfNoneMatch: ETag },
        { CopySourceIfUnmodifiedSince: new Date(Date.now() - 3_600_000) },
        { CopySourceIfModifiedSince: new Date(Date.now() - 1_000 + 3_600_000) },
      ];
      for (const [index, condition] of failing.entries()) {
        const refused = errorOf(copy(to, "refused", source, condition));
        expect([index, ...(await refused)]).toEqual([index, "PreconditionFailed", 412]);
      }
      await copy(to, "accepted", source, { CopySourceIfMatch: ETag, CopySourceIfNoneMatch: '"other"' });
      expect(await errorOf(copy(to, "accepted", source, { IfNoneMatch: "*" }))).toEqual(["PreconditionFailed", 412]);
      expect(await errorOf(copy(to, "refused", `${from}/none`))).toEqual(["NoSuchKey", 404]);
      expect(await errorOf(copy(to, "refused", source, { ExpectedSourceBucketOwner: OTHER }))).toEqual([
        "AccessDenied",
        403,
      ]);
      expect(await errorOf(copy(to, "refused", source, { MetadataDirective: "MOVE" }))).toEqual([
        "InvalidArgument",
        400,
      ]);
      expect(await errorOf(s3.send(new HeadObjectCommand({ Bucket: to, Key: "refused" })))).toEqual(["NotFound", 404]);
      if (from === THERE) {
        expect(await errorOf(copy(to, "refused", `${from}/a/../../${from}/conditional`))).toEqual(["InvalidURI", 400]);
      }
    });

    test.each([
      [THERE, HERE],
      [HERE, THERE],
    ])("parts of an upload are copied from %s into %s", async (from, to) => {
      await put(from, "large", LARGE);
      const named = { Bucket: to, Key: "joined" };
      const { UploadId } = await s3.send(new CreateMultipartUploadCommand(named));
      const part = async (PartNumber: number, more: object = {}) => {
        const asked = { ...named, UploadId, PartNumber, CopySource: `${from}/large`, ...more };
        const { CopyPartResult } = await s3.send(new UploadPartCopyCommand(asked));
        return { PartNumber, ETag: CopyPartResult?.ETag };
      };
      const Parts = [await part(1), await part(2, { CopySourceRange: "bytes=100-199" })];
      expect(await errorOf(part(3, { CopySourceRange: "bytes=9-1" }))).toEqual(["InvalidArgument", 400]);
      expect(await errorOf(part(3, { CopySourceIfMatch: '"other"' }))).toEqual(["PreconditionFailed", 412]);
      await s3.send(new CompleteMultipartUploadCommand({ ...named, UploadId, MultipartUpload: { Parts } }));
      expect((await bytesOf(to, "joined")).equals(Buffer.concat([LARGE, LARGE.subarray(100, 200)]))).toBe(true);
    });

    test("a version of an object on the server is copied by its id", async () => {
      const Bucket = "versions-on-the-server";
      await s3.send(new CreateBucketCommand({ Bucket }));
      await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: "Enabled" } }));
      const { VersionId } = await put(Bucket, "v", "first");
      await put(Bucket, "v", "second");
      const { CopySourceVersionId } = await copy(HERE, "first", `${Bucket}/v?versionId=${VersionId}`);
      expect(CopySourceVersionId).toBe(VersionId);
      expect((await bytesOf(HERE, "first")).toString()).toBe("first");
      await copy(HERE, "latest", `${Bucket}/v`);
      expect((await bytesOf(HERE, "latest")).toString()).toBe("second");
    });

    test("another account copies only what policies let it read, into where it may write", async () => {
      await put(THERE, "open/a", "open");
      await put(THERE, "closed/a", "closed");
      const statement = (Action: string, Bucket: string) => ({
        ...{ Effect: "Allow", Principal: { AWS: OTHER }, Action, Resource: `arn:aws:s3:::${Bucket}/open/*` },
      });
      const allow = (Bucket: string, Action: string) => {
        const Policy = JSON.stringify({ Version: "2012-10-17", Statement: [statement(Action, Bucket)] });
        return s3.send(new PutBucketPolicyCommand({ Bucket, Policy }));
      };
      await allow(THERE, "s3:GetObject");
      await allow(HERE, "s3:PutObject");
      const client = stack.adopt(clientOf({ credentials: await newAccount(hearth, OTHER) }), (it) => it.destroy());
      const copied = async (Key: string, from: string) =>
        await client.send(new CopyObjectCommand({ Bucket: HERE, Key, CopySource: `${THERE}/${from}` }));
      await expect
        .poll(() => copied("open/b", "open/a").then(() => "copied", String), { timeout: 60_000 })
        .toBe("copied");
      expect(await errorOf(copied("open/c", "closed/a"))).toEqual(["AccessDenied", 403]);
      expect(await errorOf(copied("closed/c", "open/a"))).toEqual(["AccessDenied", 403]);
      expect((await bytesOf(HERE, "open/b")).toString()).toBe("open");
    });
  },
);
