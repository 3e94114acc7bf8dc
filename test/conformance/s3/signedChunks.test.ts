import { createHash } from "node:crypto";
import { GetObjectCommand, HeadObjectCommand } from "@aws-sdk/client-s3";
import { type ClientConfig, skipReason } from "@hearth/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ChunkedPut, putInSignedChunks } from "../../support/signedChunks.ts";
import { errorOf, s3Target, type S3Target } from "./s3Target.ts";

const onlyHearth = skipReason(process.env["TARGET"] === "aws" ? "it names the endpoint of Hearth" : undefined);

describe("bodies in signed chunks", onlyHearth, () => {
  let target: S3Target;
  let Bucket: string;
  beforeAll(async () => {
    target = await s3Target();
    Bucket = await target.newBucket();
  });
  afterAll(async () => await target[Symbol.asyncDispose]());

  const chunks = ["a".repeat(70_000), "b".repeat(8_192), "c"];
  const whole = chunks.join("");
  const put = async (Key: string, more: Partial<ChunkedPut> = {}) =>
    await putInSignedChunks(target.config as ClientConfig, { path: `${Bucket}/${Key}`, chunks, ...more });
  const sha256 = createHash("sha256").update(whole).digest("base64");
  const trailer = ["x-amz-checksum-sha256", sha256] as const;

  test.each([
    ["without trailers", {}],
    ["with a trailer", { trailer }],
    ["without any data", { chunks: [] }],
  ])("are verified and put together, %s", async (name, more) => {
    const Key = name.replaceAll(" ", "-");
    expect((await put(Key, more)).status).toBe(200);
    const { Body, ChecksumSHA256 } = await target.s3.send(
      new GetObjectCommand({ Bucket, Key, ChecksumMode: "ENABLED" }),
    );
    expect(await Body?.transformToString()).toBe("chunks" in more ? "" : whole);
    expect(ChecksumSHA256).toBe("trailer" in more ? sha256 : undefined);
  });

  const lies: readonly (readonly [string, Partial<ChunkedPut>, string])[] = [
    ["a changed byte", { damage: (body) => body.replace("bbbb", "bbbx") }, "SignatureDoesNotMatch"],
    ["chunks in another order", { damage: swapped }, "SignatureDoesNotMatch"],
    [
      "no signature on a chunk",
      { damage: (body) => body.replace(/\n1;chunk-signature=\w+/, "\n1") },
      "SignatureDoesNotMatch",
    ],
    [
      "a changed trailer",
      { trailer, damage: (body) => body.replace(`sha256:${sha256}`, `sha256:${"A".repeat(43)}=`) },
      "SignatureDoesNotMatch",
    ],
    ["a checksum that is not the body's", { trailer: ["x-amz-checksum-sha256", `${"A".repeat(43)}=`] }, "BadDigest"],
  ];
  test.each(lies)("are refused for %s, and leave no object", async (name, more, code) => {
    const Key = name.replaceAll(" ", "-");
    const answer = await put(Key, more);
    expect(answer.text).toContain(`<Code>${code}</Code>`);
    expect(await errorOf(target.s3.send(new HeadObjectCommand({ Bucket, Key })))).toEqual(["NotFound", 404]);
  });
});

/** The first two chunks, each with its signature, change places. */
function swapped(body: string): string {
  const [, first = "", second = "", rest = ""] =
    /^(\w+;[^\r]+\r\na+\r\n)(\w+;[^\r]+\r\nb+\r\n)([^]*)$/.exec(body) ?? [];
  return `${second}${first}${rest}`;
}
