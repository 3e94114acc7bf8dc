import { InvokeCommand } from "@aws-sdk/client-lambda";
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteBucketPolicyCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  PutBucketCorsCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  PutPublicAccessBlockCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { systemRandom } from "@hearth/kit";
import { skipReason, zipOf } from "@hearth/testkit";
import { presignUrl, type SigningSecret } from "@hearth/wire";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { followLink } from "../../support/followLink.ts";
import { type LambdaTarget, lambdaTarget } from "../lambda/lambdaTarget.ts";

const onlyHearth = skipReason(process.env["TARGET"] === "aws" ? "it is about host names of Hearth" : undefined);
const Bucket = `links-${systemRandom.hex(6)}`;

describe("links and host names", onlyHearth, () => {
  let target: LambdaTarget;
  let endpoint: URL;
  let s3: S3Client;
  beforeAll(async () => {
    target = await lambdaTarget();
    const { protocol = "http:", hostname = "", port } = (await target.client.config.endpoint?.()) ?? {};
    endpoint = new URL(`${protocol}//${hostname}:${port}`);
    s3 = client(target.client.config.credentials);
    await s3.send(new CreateBucketCommand({ Bucket }));
    await s3.send(new PutObjectCommand({ Bucket, Key: "a b", Body: "object" }));
  });
  afterAll(async () => {
    for (const Key of ["a b", "new"]) await s3.send(new DeleteObjectCommand({ Bucket, Key }));
    await s3.send(new DeleteBucketCommand({ Bucket }));
    s3.destroy();
    await target[Symbol.asyncDispose]();
  });

  function client(credentials: NonNullable<ConstructorParameters<typeof S3Client>[0]>["credentials"] & {}): S3Client {
    return new S3Client({ endpoint: endpoint.origin, region: target.region, credentials, forcePathStyle: true });
  }

  function link(key: SigningSecret, path: string, { method = "GET", host = "", service = "s3" } = {}): string {
    const where = host === "" ? endpoint.origin : `http://${host}:${endpoint.port}`;
    const options = { method, region: target.region, service, expiresSeconds: 60, now: Date.now() };
    return presignUrl(where, path, {}, key, options);
  }

  /** The credentials of a function whose role may get and put the bucket's objects. */
  async function keyOfFunction(): Promise<Required<SigningSecret>> {
    const Role = await target.newRole(["s3:GetObject", "s3:PutObject"]);
    const ZipFile = await zipOf({ "index.mjs": "export const handler = async () => process.env;" });
    const { FunctionName } = await target.newFunction({ Role, Code: { ZipFile } });
    const { Payload } = await target.client.send(new InvokeCommand({ FunctionName }));
    const variables = JSON.parse(Buffer.from(Payload ?? []).toString()) as Record<string, string>;
    return {
      accessKeyId: variables["AWS_ACCESS_KEY_ID"] ?? "",
      secretAccessKey: variables["AWS_SECRET_ACCESS_KEY"] ?? "",
      sessionToken: variables["AWS_SESSION_TOKEN"] ?? "",
    };
  }

  test("a link that a function makes is valid outside its sandbox, for that request and no other", async () => {
    const key = await keyOfFunction();
    const get = link(key, `/${Bucket}/a%20b`);
    expect(await followLink(get)).toMatchObject({ status: 200, text: "object" });
    // A browser sends these from a page of another site.
    const headers = { origin: "https://page.example", "sec-fetch-site": "cross-site" };
    expect(await followLink(get, { headers })).toMatchObject({ status: 200, text: "object" });
    expect(await followLink(get, { method: "DELETE" })).toMatchObject({ status: 403 });
    expect(await followLink(get.replace("a%20b", "other"))).toMatchObject({ status: 403 });
    expect(await followLink(`${get}&versionId=null`)).toMatchObject({ status: 403 });
    const put = link(key, `/${Bucket}/new`, { method: "PUT" });
    expect(await followLink(put, { method: "PUT", body: "made" })).toMatchObject({ status: 200 });
    const made = await s3.send(new GetObjectCommand({ Bucket, Key: "new" }));
    expect(await made.Body?.transformToString()).toBe("made");
    // A link allows no more than the function's role.
    const refused = await followLink(link(key, `/${Bucket}/a%20b`, { method: "DELETE" }), { method: "DELETE" });
    expect(refused.status).toBe(403);
    expect(refused.text).toContain("<Code>AccessDenied</Code>");
    // Other services, and requests that are signed in their headers, are for the sandbox alone.
    expect(await followLink(link(key, "/2015-03-31/functions", { service: "lambda" }))).toMatchObject({ status: 403 });
    const stolen = client(key);
    await expect(stolen.send(new GetObjectCommand({ Bucket, Key: "a b" }))).rejects.toThrow("Access Key Id");
    stolen.destroy();
  });

  test.each(["localhost", "s3.localhost", "s3.us-east-1.localhost"])(
    "a bucket has a host name below %s, in links as for everyone where its policy allows",
    async (name) => {
      const key = await target.client.config.credentials();
      const host = `${Bucket}.${name}`;
      expect(await followLink(link(key, "/a%20b", { host }))).toMatchObject({ status: 200, text: "object" });
      const put = link(key, "/new", { method: "PUT", host });
      expect(await followLink(put, { method: "PUT", body: "x" })).toMatchObject({ status: 200 });
      const url = `http://${host}:${endpoint.port}/a%20b`;
      expect((await followLink(url)).status).toBe(403);
      const off = { BlockPublicPolicy: false, RestrictPublicBuckets: false };
      await s3.send(new PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration: off }));
      const Resource = `arn:aws:s3:::${Bucket}/*`;
      const Statement = [{ Effect: "Allow", Principal: "*", Action: "s3:GetObject", Resource }];
      const Policy = JSON.stringify({ Version: "2012-10-17", Statement });
      await s3.send(new PutBucketPolicyCommand({ Bucket, Policy }));
      const CORSRules = [{ AllowedMethods: ["GET"], AllowedOrigins: ["https://page.example"] }];
      await s3.send(new PutBucketCorsCommand({ Bucket, CORSConfiguration: { CORSRules } }));
      expect(await followLink(url)).toMatchObject({ status: 200, text: "object" });
      const headers = { origin: "https://page.example", "access-control-request-method": "GET" };
      const preflight = await followLink(url, { method: "OPTIONS", headers });
      expect(preflight.status).toBe(200);
      expect(preflight.headers["access-control-allow-origin"]).toBe("https://page.example");
      await s3.send(new DeleteBucketPolicyCommand({ Bucket }));
    },
  );
});
