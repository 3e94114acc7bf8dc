import {
  CreateBucketCommand,
  DeleteBucketAnalyticsConfigurationCommand,
  DeleteBucketIntelligentTieringConfigurationCommand,
  DeleteBucketInventoryConfigurationCommand,
  DeleteBucketLifecycleCommand,
  DeleteBucketMetricsConfigurationCommand,
  DeleteBucketReplicationCommand,
  DeleteBucketWebsiteCommand,
  GetBucketEncryptionCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutBucketEncryptionCommand,
  PutObjectCommand,
  S3Client,
  type ServerSideEncryption,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, expect, test } from "vitest";
import { errorOf, s3Target, type S3Target } from "./s3Target.ts";

let target: S3Target;
let Bucket: string;
beforeAll(async () => {
  target = await s3Target();
  Bucket = await target.newBucket();
});
afterAll(async () => {
  await target[Symbol.asyncDispose]();
});

test("the default encryption has an algorithm that S3 knows, and a key only with KMS", async () => {
  const put = async (SSEAlgorithm: string, KMSMasterKeyID?: string) =>
    await target.s3.send(
      new PutBucketEncryptionCommand({
        Bucket,
        ServerSideEncryptionConfiguration: {
          Rules: [
            {
              ApplyServerSideEncryptionByDefault: {
                SSEAlgorithm: SSEAlgorithm as ServerSideEncryption,
                KMSMasterKeyID,
              },
            },
          ],
        },
      }),
    );
  const stored = async () => {
    const { ServerSideEncryptionConfiguration } = await target.s3.send(new GetBucketEncryptionCommand({ Bucket }));
    return ServerSideEncryptionConfiguration?.Rules?.[0]?.ApplyServerSideEncryptionByDefault?.SSEAlgorithm;
  };
  for (const SSEAlgorithm of ["aws:kms", "aws:kms:dsse", "AES256"]) {
    await put(SSEAlgorithm);
    expect(await stored()).toBe(SSEAlgorithm);
  }
  expect(await errorOf(put("AES128"))).toEqual(["MalformedXML", 400]);
  expect(await errorOf(put(""))).toEqual(["MalformedXML", 400]);
  expect(await errorOf(put("AES256", "alias/aws/s3"))).toEqual(["InvalidArgument", 400]);
  expect(await stored()).toBe("AES256");
});

test("an object that was stored without a key of the client is not read with one", async () => {
  const { s3 } = target;
  const named = { Bucket, Key: "plain" };
  await s3.send(new PutObjectCommand({ ...named, Body: "plain" }));
  // The client sends keys over HTTPS only; S3 refuses the request for its algorithm.
  const keyed = (client: S3Client) =>
    client.middlewareStack.add(
      (next) => async (args) => {
        const { headers } = args.request as { readonly headers: Record<string, string> };
        headers["x-amz-server-side-encryption-customer-algorithm"] = "AES256";
        headers["x-amz-server-side-encryption-customer-key"] = Buffer.alloc(32).toString("base64");
        headers["x-amz-server-side-encryption-customer-key-md5"] = "cLyLoVMc8oWrgl3qLe3lxg==";
        return await next(args);
      },
      { step: "build" },
    );
  const client = new S3Client({ ...target.config, forcePathStyle: !target.isAws, maxAttempts: 1 });
  keyed(client);
  expect(await errorOf(client.send(new GetObjectCommand(named)))).toEqual(["InvalidRequest", 400]);
  const [, status] = await errorOf(client.send(new HeadObjectCommand(named)));
  expect(status).toBe(400);
  const attributes = new GetObjectAttributesCommand({ ...named, ObjectAttributes: ["ETag"] });
  expect(await errorOf(client.send(attributes))).toEqual(["InvalidRequest", 400]);
  expect(await errorOf(client.send(new GetObjectCommand({ Bucket, Key: "none" })))).toEqual(["NoSuchKey", 404]);
  client.destroy();
});

test("deleting a configuration that a bucket has not is no error, unless the configuration has an id", async () => {
  const { s3 } = target;
  for (const command of [DeleteBucketLifecycleCommand, DeleteBucketReplicationCommand, DeleteBucketWebsiteCommand]) {
    expect((await s3.send(new command({ Bucket }))).$metadata.httpStatusCode).toBe(204);
    expect(await errorOf(s3.send(new command({ Bucket: target.newName() })))).toEqual(["NoSuchBucket", 404]);
  }
  for (const command of [
    DeleteBucketAnalyticsConfigurationCommand,
    DeleteBucketIntelligentTieringConfigurationCommand,
    DeleteBucketInventoryConfigurationCommand,
    DeleteBucketMetricsConfigurationCommand,
  ]) {
    expect(await errorOf(s3.send(new command({ Bucket, Id: "none" })))).toEqual(["NoSuchConfiguration", 404]);
  }
});

test("a client's clock may be fifteen minutes off, and no more", async () => {
  const answerAt = async (systemClockOffset: number) => {
    const client = new S3Client({ ...target.config, forcePathStyle: true, maxAttempts: 1, systemClockOffset });
    try {
      return await errorOf(client.send(new GetObjectCommand({ Bucket, Key: "none" })));
    } finally {
      client.destroy();
    }
  };
  for (const minutes of [-14, 14]) expect(await answerAt(minutes * 60_000)).toEqual(["NoSuchKey", 404]);
  for (const minutes of [-16, 16]) expect(await answerAt(minutes * 60_000)).toEqual(["RequestTimeTooSkewed", 403]);
});

test("a bucket is made in the region of the endpoint, and us-east-1 is not named", async () => {
  const create = async (LocationConstraint: string) =>
    await target.s3.send(
      new CreateBucketCommand({
        Bucket: target.newName(),
        CreateBucketConfiguration: { LocationConstraint: LocationConstraint as "eu-west-1" },
      }),
    );
  expect(await errorOf(create("eu-west-1"))).toEqual(["IllegalLocationConstraintException", 400]);
  expect(await errorOf(create("us-east-1"))).toEqual(["InvalidLocationConstraint", 400]);
});
