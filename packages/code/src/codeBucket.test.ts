import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { S3CodeBucket } from "./codeBucket.ts";

const OBJECT = { Bucket: "code", Key: "a folder/one.zip", VersionId: "v1" };
const never = new AbortController().signal;

async function bucketAt(listener: RequestListener): Promise<S3CodeBucket> {
  const server = createServer(listener);
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return bucketOn((server.address() as AddressInfo).port);
}

function bucketOn(port: number): S3CodeBucket {
  return new S3CodeBucket({
    endpoint: `http://127.0.0.1:${port}`,
    region: "eu-west-1",
    pathStyle: true,
    credentials: { accessKeyId: "AKID", secretAccessKey: "secret" },
  });
}

test("an object is asked for by path and version, signed for the region", async () => {
  let asked: { url: string | undefined; authorization: string | undefined } | undefined;
  const bucket = await bucketAt((request, response) => {
    asked = { url: request.url, authorization: request.headers.authorization };
    response.end("content");
  });
  expect(Buffer.from(await bucket.get(OBJECT, 100, never)).toString()).toBe("content");
  expect(asked?.url).toMatch(/^\/code\/a%20folder\/one\.zip\?.*versionId=v1/);
  expect(asked?.authorization).toMatch(/^AWS4-HMAC-SHA256 Credential=AKID\/\d{8}\/eu-west-1\/s3\/aws4_request/);
});

test("an object without end is read no further than a byte beyond the limit", async () => {
  let closed = false;
  const bucket = await bucketAt((_request, response) => {
    response.once("close", () => (closed = true));
    const more = (): void => {
      while (!response.destroyed && response.write(Buffer.alloc(64 * 1024)));
    };
    response.on("drain", more);
    more();
  });
  expect((await bucket.get(OBJECT, 1_000_000, never)).byteLength).toBe(1_000_001);
  await expect.poll(() => closed).toBe(true);
});

test("what S3 refuses is told in its words", async () => {
  const bucket = await bucketAt((_request, response) => {
    response.writeHead(403, { "Content-Type": "application/xml" });
    response.end("<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>");
  });
  await expect(bucket.get(OBJECT, 100, never)).rejects.toMatchObject({
    code: "AccessDenied",
    message: "Access Denied",
  });
});

test("a service that cannot be reached is told", async () => {
  await expect(bucketOn(1).get(OBJECT, 100, never)).rejects.toMatchObject({
    code: "ServiceUnavailable",
    message: expect.stringContaining("cannot be reached"),
  });
});
