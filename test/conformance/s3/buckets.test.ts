import {
  CreateMultipartUploadCommand,
  DeleteBucketPolicyCommand,
  DeleteObjectCommand,
  GetBucketAccelerateConfigurationCommand,
  GetBucketAclCommand,
  GetBucketCorsCommand,
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketLoggingCommand,
  GetBucketPolicyCommand,
  GetBucketReplicationCommand,
  GetBucketRequestPaymentCommand,
  GetBucketTaggingCommand,
  GetBucketVersioningCommand,
  GetBucketWebsiteCommand,
  GetObjectCommand,
  GetObjectLockConfigurationCommand,
  GetPublicAccessBlockCommand,
  ListObjectVersionsCommand,
  PutBucketAnalyticsConfigurationCommand,
  PutBucketCorsCommand,
  PutBucketPolicyCommand,
  PutBucketTaggingCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutPublicAccessBlockCommand,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, expect, test } from "vitest";
import { errorOf, s3Target, type S3Target } from "./s3Target.ts";

let target: S3Target;
beforeAll(async () => {
  target = await s3Target();
});
afterAll(async () => {
  await target[Symbol.asyncDispose]();
});

/** Path style, as the tests' client. */
async function url(Bucket: string, Key: string): Promise<string> {
  const { endpoint } = target.s3.config;
  const { protocol, hostname, port } = (await endpoint?.()) ?? {
    protocol: "https:",
    hostname: "s3.amazonaws.com",
    port: 443,
  };
  return `${protocol}//${hostname}:${port}/${Bucket}/${Key}`;
}

test("every sub-resource that Terraform reads of a new bucket has its own answer", async () => {
  const { s3 } = target;
  const asked = { Bucket: await target.newBucket() };
  expect(await errorOf(s3.send(new GetBucketPolicyCommand(asked)))).toEqual(["NoSuchBucketPolicy", 404]);
  expect(await errorOf(s3.send(new GetBucketCorsCommand(asked)))).toEqual(["NoSuchCORSConfiguration", 404]);
  expect(await errorOf(s3.send(new GetBucketWebsiteCommand(asked)))).toEqual(["NoSuchWebsiteConfiguration", 404]);
  expect(await errorOf(s3.send(new GetBucketLifecycleConfigurationCommand(asked)))).toEqual([
    "NoSuchLifecycleConfiguration",
    404,
  ]);
  expect(await errorOf(s3.send(new GetBucketReplicationCommand(asked)))).toEqual([
    "ReplicationConfigurationNotFoundError",
    404,
  ]);
  expect(await errorOf(s3.send(new GetObjectLockConfigurationCommand(asked)))).toEqual([
    "ObjectLockConfigurationNotFoundError",
    404,
  ]);
  expect(await errorOf(s3.send(new GetBucketTaggingCommand(asked)))).toEqual(["NoSuchTagSet", 404]);
  expect((await s3.send(new GetBucketVersioningCommand(asked))).Status).toBeUndefined();
  expect((await s3.send(new GetBucketAccelerateConfigurationCommand(asked))).Status).toBeUndefined();
  expect((await s3.send(new GetBucketRequestPaymentCommand(asked))).Payer).toBe("BucketOwner");
  expect((await s3.send(new GetBucketLoggingCommand(asked))).LoggingEnabled).toBeUndefined();
  const { Grants = [], Owner } = await s3.send(new GetBucketAclCommand(asked));
  expect(Grants).toMatchObject([{ Grantee: { ID: Owner?.ID, Type: "CanonicalUser" }, Permission: "FULL_CONTROL" }]);
  const { ServerSideEncryptionConfiguration } = await s3.send(new GetBucketEncryptionCommand(asked));
  expect(ServerSideEncryptionConfiguration?.Rules?.[0]?.ApplyServerSideEncryptionByDefault?.SSEAlgorithm).toBe(
    "AES256",
  );
  await s3.send(new PutBucketTaggingCommand({ ...asked, Tagging: { TagSet: [{ Key: "a", Value: "1" }] } }));
  expect((await s3.send(new GetBucketTaggingCommand(asked))).TagSet).toEqual([{ Key: "a", Value: "1" }]);
  const analytics = { ...asked, Id: "x", AnalyticsConfiguration: { Id: "x", StorageClassAnalysis: {} } };
  expect(await errorOf(s3.send(new PutBucketAnalyticsConfigurationCommand(analytics)))).toEqual([
    "NotImplemented",
    501,
  ]);
});

test("versions, markers and what is left when versioning is suspended", async () => {
  const { s3 } = target;
  const Bucket = await target.newBucket();
  const put = async (Body: string) => (await s3.send(new PutObjectCommand({ Bucket, Key: "k", Body }))).VersionId;
  const get = async (VersionId?: string) =>
    (await s3.send(new GetObjectCommand({ Bucket, Key: "k", VersionId }))).Body?.transformToString();
  const switchTo = (Status: "Enabled" | "Suspended") =>
    s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status } }));
  expect(await put("zero")).toBeUndefined();
  await switchTo("Enabled");
  const one = await put("one");
  const two = await put("two");
  expect(one).not.toBe(two);
  expect(await get()).toBe("two");
  expect(await get(one)).toBe("one");
  expect(await get("null")).toBe("zero");
  const deleted = await s3.send(new DeleteObjectCommand({ Bucket, Key: "k" }));
  expect(deleted.DeleteMarker).toBe(true);
  expect(await errorOf(get())).toEqual(["NoSuchKey", 404]);
  expect(await errorOf(get(deleted.VersionId))).toEqual(["MethodNotAllowed", 405]);
  const listed = await s3.send(new ListObjectVersionsCommand({ Bucket }));
  expect(listed.Versions?.map(({ VersionId, IsLatest }) => [VersionId, IsLatest])).toEqual([
    [two, false],
    [one, false],
    ["null", false],
  ]);
  expect(listed.DeleteMarkers).toMatchObject([{ VersionId: deleted.VersionId, IsLatest: true }]);
  const page = await s3.send(new ListObjectVersionsCommand({ Bucket, MaxKeys: 2 }));
  const next = { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker };
  const rest = await s3.send(new ListObjectVersionsCommand({ Bucket, ...next }));
  expect(rest.Versions?.map(({ VersionId }) => VersionId)).toEqual([one, "null"]);
  await s3.send(new DeleteObjectCommand({ Bucket, Key: "k", VersionId: deleted.VersionId }));
  expect(await get()).toBe("two");
  await s3.send(new DeleteObjectCommand({ Bucket, Key: "k", VersionId: two }));
  expect(await get()).toBe("one");
  await switchTo("Suspended");
  expect(await put("three")).toBe("null");
  expect(await get("null")).toBe("three");
  expect(await get(one)).toBe("one");
});

test("everyone may read what a public policy allows, once public policies are not blocked", async () => {
  const { s3 } = target;
  const Bucket = await target.newBucket();
  await s3.send(new PutObjectCommand({ Bucket, Key: "open/x.html", Body: "<script>", ContentType: "text/html" }));
  await s3.send(new PutObjectCommand({ Bucket, Key: "closed", Body: "no" }));
  const statement = {
    Effect: "Allow",
    Principal: "*",
    Action: "s3:GetObject",
    Resource: `arn:aws:s3:::${Bucket}/open/*`,
  };
  const Policy = JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
  expect(
    (await s3.send(new GetPublicAccessBlockCommand({ Bucket }))).PublicAccessBlockConfiguration?.BlockPublicPolicy,
  ).toBe(true);
  const open = await url(Bucket, "open/x.html");
  expect((await fetch(open)).status).toBe(403);
  expect(await errorOf(s3.send(new PutBucketPolicyCommand({ Bucket, Policy })))).toEqual(["AccessDenied", 403]);
  const off = { BlockPublicPolicy: false, RestrictPublicBuckets: false };
  await s3.send(new PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration: off }));
  await s3.send(new PutBucketPolicyCommand({ Bucket, Policy }));
  expect((await s3.send(new GetBucketPolicyCommand({ Bucket }))).Policy).toBe(Policy);
  const answer = await fetch(open);
  expect(answer.status).toBe(200);
  expect(answer.headers.get("content-security-policy")).toBe("sandbox");
  expect(await answer.text()).toBe("<script>");
  expect((await fetch(await url(Bucket, "closed"))).status).toBe(403);
  expect((await fetch(open, { method: "DELETE" })).status).toBe(403);
  expect((await fetch(open, { method: "PUT", body: "x" })).status).toBe(403);
  await s3.send(
    new PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration: { RestrictPublicBuckets: true } }),
  );
  expect((await fetch(open)).status).toBe(403);
  await s3.send(new DeleteBucketPolicyCommand({ Bucket }));
  const other = JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ ...statement, Resource: "arn:aws:s3:::other/*" }],
  });
  expect(await errorOf(s3.send(new PutBucketPolicyCommand({ Bucket, Policy: other })))).toEqual([
    "MalformedPolicy",
    400,
  ]);
});

test("a policy can ask for conditions and tags of the requests that make objects", async () => {
  const { s3 } = target;
  const Bucket = await target.newBucket();
  const deny = (condition: object) => ({
    ...{ Effect: "Deny", Principal: "*", Action: "s3:PutObject", Resource: `arn:aws:s3:::${Bucket}/*` },
    Condition: condition,
  });
  const Statement = [
    deny({ Null: { "s3:if-none-match": "true" }, Bool: { "s3:ObjectCreationOperation": "true" } }),
    deny({ StringEquals: { "s3:RequestObjectTag/Stage": "secret" } }),
    deny({ "ForAnyValue:StringEquals": { "s3:RequestObjectTagKeys": ["Forbidden"] } }),
  ];
  const Policy = JSON.stringify({ Version: "2012-10-17", Statement });
  await s3.send(new PutBucketPolicyCommand({ Bucket, Policy }));
  const put = (more: object) => s3.send(new PutObjectCommand({ Bucket, Key: "k", Body: "x", ...more }));
  const IfNoneMatch = "*";
  expect(await errorOf(put({}))).toEqual(["AccessDenied", 403]);
  expect(await errorOf(put({ IfNoneMatch, Tagging: "Stage=secret" }))).toEqual(["AccessDenied", 403]);
  expect(await errorOf(put({ IfNoneMatch, Tagging: "Forbidden=1" }))).toEqual(["AccessDenied", 403]);
  await put({ IfNoneMatch, Tagging: "Stage=open" });
  const upload = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key: "parts" }));
  expect(upload.UploadId).toBeTruthy();
});

test("pages of allowed origins may send requests", async () => {
  const { s3 } = target;
  const Bucket = await target.newBucket();
  const rule = {
    AllowedMethods: ["PUT"],
    AllowedOrigins: ["https://*.example.org"],
    AllowedHeaders: ["x-amz-*"],
    MaxAgeSeconds: 60,
  };
  await s3.send(new PutBucketCorsCommand({ Bucket, CORSConfiguration: { CORSRules: [rule] } }));
  expect((await s3.send(new GetBucketCorsCommand({ Bucket }))).CORSRules).toEqual([rule]);
  const ask = async (origin: string, header = "x-amz-meta-a") =>
    await fetch(await url(Bucket, "k"), {
      method: "OPTIONS",
      headers: { Origin: origin, "Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": header },
    });
  const allowed = await ask("https://a.example.org");
  expect(allowed.status).toBe(200);
  expect(allowed.headers.get("access-control-allow-origin")).toBe("https://a.example.org");
  expect(allowed.headers.get("access-control-max-age")).toBe("60");
  expect((await ask("https://example.com")).status).toBe(403);
  expect((await ask("https://a.example.org", "authorization")).status).toBe(403);
});
