import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import { beforeAll, expect, test } from "vitest";
import { errorOf, type S3Target } from "./s3Target.ts";

/** What holds for objects of Hearth's own buckets and for those that are passed on to another server. */
export function testObjects(target: () => S3Target): void {
  let Bucket: string;
  beforeAll(async () => {
    Bucket = await target().newBucket();
  });

  const put = (Key: string, Body = "", more: object = {}) =>
    target().s3.send(new PutObjectCommand({ Bucket, Key, Body, ...more }));
  const textOf = async (Key: string, more: object = {}): Promise<string> => {
    const { Body } = await target().s3.send(new GetObjectCommand({ Bucket, Key, ...more }));
    return (await Body?.transformToString()) ?? "";
  };

  test("ranges", async () => {
    await put("ranged", "0123456789");
    expect(await textOf("ranged", { Range: "bytes=2-4" })).toBe("234");
    expect(await textOf("ranged", { Range: "bytes=7-" })).toBe("789");
    expect(await textOf("ranged", { Range: "bytes=-3" })).toBe("789");
    expect(await textOf("ranged", { Range: "bytes=8-100" })).toBe("89");
    expect(await textOf("ranged", { Range: "bytes=4-2" })).toBe("0123456789");
    expect(await errorOf(textOf("ranged", { Range: "bytes=10-" }))).toEqual(["InvalidRange", 416]);
  });

  test.for(["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"] as const)(
    "the checksum %s is verified and kept",
    async (name) => {
      const { s3 } = target();
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
    await target().s3.send(
      new PutObjectCommand({ Bucket, Key: "large", Body: Readable.from(pieces), ContentLength: 160 * piece.length }),
    );
    const { Body } = await target().s3.send(new GetObjectCommand({ Bucket, Key: "large" }));
    const got = Buffer.from((await Body?.transformToByteArray()) ?? []);
    expect(got.equals(Buffer.concat(pieces))).toBe(true);
  });

  test("listings are in pages, with prefixes in common", async () => {
    const { s3 } = target();
    const name = await target().newBucket();
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
    expect(first.IsTruncated).toBe(true);
    expect(first.NextMarker?.replace(/\[minio_cache.*$/, "")).toBe("b/"); // MinIO remembers its place there
    const second = await s3.send(new ListObjectsCommand({ Bucket: name, Marker: first.NextMarker, Delimiter: "/" }));
    expect(second.Contents?.map(({ Key }) => Key)).toEqual(["c", "e"]);
    expect(second.CommonPrefixes).toEqual([{ Prefix: "d/" }]);
  });

  test("copies share nothing that a later change could reach", async () => {
    const { s3 } = target();
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
    const { Deleted = [], Errors = [] } = await target().s3.send(
      new DeleteObjectsCommand({ Bucket, Delete: { Objects } }),
    );
    expect(Deleted.map(({ Key }) => Key)).toEqual(["many/1", "many/2", "many/none"]);
    expect(Errors).toEqual([]);
    expect((await target().s3.send(new ListObjectsV2Command({ Bucket, Prefix: "many/" }))).KeyCount).toBe(0);
  });
}
