import {
  GetFunctionCommand,
  InvokeCommand,
  LambdaClient,
  PublishLayerVersionCommand,
  UpdateFunctionCodeCommand,
  CreateFunctionCommand,
} from "@aws-sdk/client-lambda";
import { PutBucketVersioningCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  DeleteAccessKeyCommand,
  DeleteUserCommand,
  DeleteUserPolicyCommand,
  IAMClient,
  PutUserPolicyCommand,
} from "@aws-sdk/client-iam";
import { zipOf } from "@hearth/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type LambdaTarget, lambdaTarget } from "../lambda/lambdaTarget.ts";
import { s3Target, type S3Target } from "./s3Target.ts";

let target: S3Target;
let lambda: LambdaTarget;
beforeAll(async () => {
  target = await s3Target();
  lambda = await lambdaTarget();
});
afterAll(async () => {
  await lambda[Symbol.asyncDispose]();
  await target[Symbol.asyncDispose]();
});

const S3Key = "code/app.zip";

/** Resolves with the id of the version. */
async function upload(Bucket: string, says: string): Promise<string | undefined> {
  const Body = await zipOf({ "index.mjs": `export const handler = async () => ${JSON.stringify(says)};` });
  return (await target.s3.send(new PutObjectCommand({ Bucket, Key: S3Key, Body }))).VersionId;
}

async function says(FunctionName: string): Promise<unknown> {
  const { Payload } = await lambda.client.send(new InvokeCommand({ FunctionName }));
  return JSON.parse(Buffer.from(Payload ?? []).toString());
}

test("code comes from a bucket: its latest version, or the one that is named", async () => {
  const S3Bucket = await target.newBucket();
  const VersioningConfiguration = { Status: "Enabled" as const };
  await target.s3.send(new PutBucketVersioningCommand({ Bucket: S3Bucket, VersioningConfiguration }));
  const first = await upload(S3Bucket, "first");
  await upload(S3Bucket, "second");
  const { FunctionName } = await lambda.newFunction({ Code: { S3Bucket, S3Key } });
  expect(await says(FunctionName)).toBe("second");
  const update = async (S3ObjectVersion: string | undefined, Key = S3Key) =>
    await lambda.client.send(new UpdateFunctionCodeCommand({ FunctionName, S3Bucket, S3Key: Key, S3ObjectVersion }));
  const { CodeSha256 } = await update(first);
  await lambda.updated(FunctionName);
  expect(await says(FunctionName)).toBe("first");
  // What the bucket holds later does not change the function.
  await upload(S3Bucket, "third");
  const { Configuration } = await lambda.client.send(new GetFunctionCommand({ FunctionName }));
  expect(Configuration?.CodeSha256).toBe(CodeSha256);
  await expect(update(undefined, "none")).rejects.toMatchObject({
    name: "InvalidParameterValueException",
    message: expect.stringContaining("S3 Error Code: NoSuchKey"),
  });
});

test("a caller who may not read the object makes no function and no layer of it", async () => {
  const S3Bucket = await target.newBucket();
  await upload(S3Bucket, "secret");
  const iam = new IAMClient(target.config);
  const UserName = target.newName();
  await iam.send(new CreateUserCommand({ UserName }));
  const policy = async (Action: readonly string[]) =>
    await iam.send(
      new PutUserPolicyCommand({
        UserName,
        PolicyName: "p",
        PolicyDocument: JSON.stringify({
          Version: "2012-10-17",
          Statement: [{ Effect: "Allow", Action, Resource: "*" }],
        }),
      }),
    );
  await policy(["lambda:*", "iam:PassRole"]);
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
  const { AccessKeyId: accessKeyId = "", SecretAccessKey: secretAccessKey = "" } = AccessKey ?? {};
  const theirs = new LambdaClient({ ...target.config, credentials: { accessKeyId, secretAccessKey }, maxAttempts: 1 });
  const FunctionName = lambda.newName();
  const create = async () =>
    await theirs.send(
      new CreateFunctionCommand({
        FunctionName,
        Runtime: "nodejs22.x",
        Handler: "index.handler",
        Role: lambda.Role,
        Code: { S3Bucket, S3Key },
      }),
    );
  await expect(create()).rejects.toThrow("not authorized to perform: s3:GetObject");
  const layer = new PublishLayerVersionCommand({ LayerName: target.newName(), Content: { S3Bucket, S3Key } });
  await expect(theirs.send(layer)).rejects.toThrow("not authorized to perform: s3:GetObject");
  await policy(["lambda:*", "iam:PassRole", "s3:GetObject"]);
  await expect.poll(async () => await create().then(() => "created", String), { timeout: 20_000 }).toBe("created");
  await lambda.active(FunctionName);
  expect(await says(FunctionName)).toBe("secret");
  await iam.send(new DeleteAccessKeyCommand({ UserName, AccessKeyId: accessKeyId }));
  await iam.send(new DeleteUserPolicyCommand({ UserName, PolicyName: "p" }));
  await iam.send(new DeleteUserCommand({ UserName }));
  theirs.destroy();
  iam.destroy();
});
