import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  DeleteAccessKeyCommand,
  DeleteUserCommand,
  DeleteUserPolicyCommand,
  IAMClient,
  PutUserPolicyCommand,
} from "@aws-sdk/client-iam";
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, expect, test } from "vitest";
import { errorOf, s3Target, type S3Target } from "./s3Target.ts";

let target: S3Target;
let iam: IAMClient;
let UserName: string;
let AccessKeyId: string;
let theirs: S3Client;
beforeAll(async () => {
  target = await s3Target();
  iam = new IAMClient(target.config);
  UserName = target.newName();
  await iam.send(new CreateUserCommand({ UserName }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
  AccessKeyId = AccessKey?.AccessKeyId ?? "";
  const credentials = { accessKeyId: AccessKeyId, secretAccessKey: AccessKey?.SecretAccessKey ?? "" };
  theirs = new S3Client({ ...target.config, credentials, forcePathStyle: !target.isAws, maxAttempts: 1 });
});
afterAll(async () => {
  theirs.destroy();
  await iam.send(new DeleteUserPolicyCommand({ UserName, PolicyName: "p" }));
  await iam.send(new DeleteAccessKeyCommand({ UserName, AccessKeyId }));
  await iam.send(new DeleteUserCommand({ UserName }));
  iam.destroy();
  await target[Symbol.asyncDispose]();
});

const allow = async (Statement: object) =>
  await iam.send(
    new PutUserPolicyCommand({
      UserName,
      PolicyName: "p",
      PolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement }),
    }),
  );
const REFUSED = ["AccessDenied", 403];

test("a user reads, copies and tags the objects whose tags its policy names, version by version", async () => {
  const Bucket = await target.newBucket();
  const { s3 } = target;
  await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: "Enabled" } }));
  const { VersionId } = await s3.send(new PutObjectCommand({ Bucket, Key: "k", Tagging: "Security=secret" }));
  await s3.send(new PutObjectCommand({ Bucket, Key: "k", Tagging: "Security=public" }));
  await s3.send(new PutObjectCommand({ Bucket, Key: "untagged" }));
  await allow([
    {
      Effect: "Allow",
      Action: "s3:*",
      Resource: `arn:aws:s3:::${Bucket}/*`,
      Condition: { StringEquals: { "s3:ExistingObjectTag/Security": "public" } },
    },
    { Effect: "Allow", Action: ["s3:PutObject", "s3:DeleteObject"], Resource: `arn:aws:s3:::${Bucket}/copy` },
    { Effect: "Allow", Action: "s3:PutObjectTagging", Resource: `arn:aws:s3:::${Bucket}/copy` },
  ]);
  const get = async (Key: string, more: object = {}) =>
    await theirs.send(new GetObjectCommand({ Bucket, Key, ...more }));
  await expect.poll(async () => await get("k").then(() => "read", String), { timeout: 20_000 }).toBe("read");
  expect(await errorOf(get("k", { VersionId }))).toEqual(REFUSED);
  expect(await errorOf(get("untagged"))).toEqual(REFUSED);
  expect(await errorOf(get("none"))).toEqual(REFUSED);
  expect(await errorOf(get("k", { VersionId: "no-version" }))).toEqual(REFUSED);
  const ObjectAttributes = ["ETag" as const];
  await theirs.send(new GetObjectAttributesCommand({ Bucket, Key: "k", ObjectAttributes }));
  const copy = async (source: string) =>
    await theirs.send(new CopyObjectCommand({ Bucket, Key: "copy", CopySource: `${Bucket}/${source}` }));
  await copy("k");
  expect(await errorOf(copy(`k?versionId=${VersionId}`))).toEqual(REFUSED);
  expect(await errorOf(copy("untagged"))).toEqual(REFUSED);
  expect((await theirs.send(new GetObjectTaggingCommand({ Bucket, Key: "k" }))).TagSet).toHaveLength(1);
  // On AWS as here, tags do not decide who may replace and delete.
  expect(await errorOf(theirs.send(new PutObjectCommand({ Bucket, Key: "k" })))).toEqual(REFUSED);
  expect(await errorOf(theirs.send(new DeleteObjectCommand({ Bucket, Key: "k" })))).toEqual(REFUSED);
  const Tagging = { TagSet: [{ Key: "Security", Value: "secret" }] };
  await theirs.send(new PutObjectTaggingCommand({ Bucket, Key: "k", Tagging }));
  expect(await errorOf(theirs.send(new PutObjectTaggingCommand({ Bucket, Key: "k", Tagging })))).toEqual(REFUSED);
  expect(await errorOf(get("k"))).toEqual(REFUSED);
});

test("a bucket's policy denies by tags, and limits the tags that may be set", async () => {
  const Bucket = await target.newBucket();
  const { s3 } = target;
  const objects = `arn:aws:s3:::${Bucket}/*`;
  const deny = (Action: string, Condition: object) => ({
    ...{ Effect: "Deny", Principal: "*", Action, Resource: objects },
    Condition,
  });
  const Statement = [
    deny("s3:GetObject", { StringEquals: { "s3:ExistingObjectTag/infected": "true" } }),
    deny("s3:PutObjectTagging", { StringNotEquals: { "s3:RequestObjectTag/Stage": ["test", "live"] } }),
    deny("s3:PutObjectTagging", {
      "ForAnyValue:StringNotEquals": { "s3:RequestObjectTagKeys": ["Stage", "infected"] },
    }),
  ];
  await s3.send(new PutBucketPolicyCommand({ Bucket, Policy: JSON.stringify({ Version: "2012-10-17", Statement }) }));
  await s3.send(new PutObjectCommand({ Bucket, Key: "k", Body: "x", Tagging: "Stage=test" }));
  const tag = async (...TagSet: readonly { readonly Key: string; readonly Value: string }[]) =>
    await s3.send(new PutObjectTaggingCommand({ Bucket, Key: "k", Tagging: { TagSet: [...TagSet] } }));
  await tag({ Key: "Stage", Value: "live" });
  expect(await errorOf(tag({ Key: "Stage", Value: "other" }))).toEqual(REFUSED);
  expect(await errorOf(tag({ Key: "Stage", Value: "live" }, { Key: "Owner", Value: "x" }))).toEqual(REFUSED);
  await s3.send(new GetObjectCommand({ Bucket, Key: "k" }));
  await tag({ Key: "Stage", Value: "live" }, { Key: "infected", Value: "true" });
  expect(await errorOf(s3.send(new GetObjectCommand({ Bucket, Key: "k" })))).toEqual(REFUSED);
});

test("a policy compares the tags of an object with the name of the user", async () => {
  const Bucket = await target.newBucket();
  for (const owner of [UserName, "other"]) {
    await target.s3.send(new PutObjectCommand({ Bucket, Key: owner, Tagging: `owner=${owner}` }));
  }
  await allow({
    ...{ Effect: "Allow", Action: "s3:GetObject", Resource: `arn:aws:s3:::${Bucket}/*` },
    Condition: { StringEquals: { "aws:username": "${s3:ExistingObjectTag/owner}" } },
  });
  const get = async (Key: string) => await theirs.send(new GetObjectCommand({ Bucket, Key }));
  await expect.poll(async () => await get(UserName).then(() => "read", String), { timeout: 20_000 }).toBe("read");
  expect(await errorOf(get("other"))).toEqual(REFUSED);
});
