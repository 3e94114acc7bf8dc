import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutBucketNotificationConfigurationCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { CreateFunctionCommand, InvokeCommand, LambdaClient, waitUntilFunctionActiveV2 } from "@aws-sdk/client-lambda";
import { CreateQueueCommand, DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import {
  noObjectServer,
  type ObjectServerKind,
  OutsideServer,
  RunningObjectServer,
  skipReason,
  startHearth,
  zipOf,
} from "@hearth/testkit";
import { presignUrl } from "@hearth/wire";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newAccount } from "../iot/newAccount.ts";
import { errorOf, s3Target, type S3Target } from "./s3Target.ts";
import { testObjects } from "./testObjects.ts";

const SECRET = "secret-of-the-webhook";
const LISTED = "listed-bucket";
const GIVEN = "given-bucket";
const OTHER = "111122223333";

interface EventOf {
  readonly eventName: string;
  readonly s3: {
    readonly bucket: { readonly name: string };
    readonly object: { readonly key: string; readonly size?: number; readonly eTag?: string };
  };
}

async function kinds(): Promise<readonly (readonly [ObjectServerKind, string | undefined])[]> {
  const minio = await noObjectServer("minio");
  // In CI a skipped test is a failed one, and MinIO takes minutes to build.
  const others = minio === undefined || process.env["CI"] !== "true" ? [["minio", minio] as const] : [];
  return [["versitygw", await noObjectServer("versitygw")], ...others];
}

describe.each(await kinds())("S3 passed on to %s", (kind, missing) => {
  describe(kind, skipReason(missing), () => {
    let target: S3Target;
    let server: RunningObjectServer;
    let webhook: OutsideServer;
    let sqs: SQSClient;
    let QueueUrl: string;
    /** The server's owner, without Hearth. */
    let there: S3Client;
    const stack = new AsyncDisposableStack();

    beforeAll(async () => {
      webhook = stack.use(await OutsideServer.open());
      server = stack.use(await RunningObjectServer.start(kind, { webhook: webhook.url }));
      const { accessKeyId, secretAccessKey } = server;
      const credentials = { accessKeyId, secretAccessKey };
      there = new S3Client({ endpoint: server.url, region: "us-east-1", forcePathStyle: true, credentials });
      stack.defer(() => there.destroy());
      await there.send(new CreateBucketCommand({ Bucket: GIVEN }));
      const hearth = await startHearth({
        env: {
          ...server.settings,
          HEARTH_S3_EVENTS: `*=webhook:${SECRET},${LISTED}=list:5`,
          HEARTH_S3_GIVEN_BUCKETS: `000000000000=${GIVEN}`,
        },
      });
      webhook.answer = ({ body, method }, response) => {
        // The server was started first, so what it reports is handed on.
        const sent = { method: "POST", headers: { Authorization: `Bearer ${SECRET}` }, body };
        if (method !== "POST") return void response.end();
        fetch(`${hearth.endpoint}/_hearth/s3-events`, sent).then(
          ({ status }) => response.writeHead(status).end(),
          () => response.destroy(),
        );
      };
      target = stack.use(
        await s3Target({
          isAws: false,
          config: hearth.clientConfig,
          region: "us-east-1",
          accountId: "000000000000",
          newName: () => `passed-${crypto.randomUUID().slice(0, 13)}`,
          [Symbol.asyncDispose]: async () => await hearth[Symbol.asyncDispose](),
        }),
      );
      sqs = new SQSClient(hearth.clientConfig);
      stack.defer(() => sqs.destroy());
      const Statement = [
        { Effect: "Allow", Principal: { Service: "s3.amazonaws.com" }, Action: "sqs:SendMessage", Resource: "*" },
      ];
      const Attributes = { Policy: JSON.stringify({ Version: "2012-10-17", Statement }) };
      QueueUrl = (await sqs.send(new CreateQueueCommand({ QueueName: "told", Attributes }))).QueueUrl ?? "";
    }, 180_000);
    afterAll(async () => await stack.disposeAsync());

    testObjects(() => target);

    async function notify(Bucket: string): Promise<void> {
      if (kind === "minio" && Bucket !== LISTED) {
        // It reports a bucket only when the bucket says so.
        const QueueArn = "arn:minio:sqs::A:webhook";
        const reported = { QueueArn, Events: ["s3:ObjectCreated:*" as const, "s3:ObjectRemoved:*" as const] };
        const NotificationConfiguration = { QueueConfigurations: [reported] };
        await there.send(new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration }));
      }
      const QueueArn = `arn:aws:sqs:us-east-1:000000000000:told`;
      const Queue = { QueueArn, Events: ["s3:ObjectCreated:*" as const, "s3:ObjectRemoved:*" as const] };
      const NotificationConfiguration = { QueueConfigurations: [Queue] };
      await target.s3.send(
        new PutBucketNotificationConfigurationCommand({
          Bucket,
          NotificationConfiguration,
          SkipDestinationValidation: true,
        }),
      );
    }

    /** The next `count` events of a bucket. */
    async function events(Bucket: string, count: number): Promise<readonly EventOf[]> {
      const found: EventOf[] = [];
      while (found.length < count) {
        const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }));
        for (const { Body = "{}", ReceiptHandle } of Messages) {
          await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
          const { Records = [] } = JSON.parse(Body) as { readonly Records?: readonly EventOf[] };
          found.push(...Records.filter(({ s3 }) => s3.bucket.name === Bucket));
        }
      }
      return found;
    }

    const named = ({ eventName, s3 }: EventOf): readonly [string, string] => [eventName, s3.object.key];

    test("objects are on the server, and buckets that Hearth did not make stay closed", async () => {
      const { s3 } = target;
      const Bucket = await target.newBucket();
      await s3.send(new PutObjectCommand({ Bucket, Key: "a", Body: "x", Metadata: { k: "v" }, Tagging: "t=1" }));
      const { Metadata, Body } = await there.send(new GetObjectCommand({ Bucket, Key: "a" }));
      expect(Metadata).toEqual({ k: "v" });
      expect(await Body?.transformToString()).toBe("x");
      expect((await s3.send(new GetObjectTaggingCommand({ Bucket, Key: "a" }))).TagSet).toEqual([
        { Key: "t", Value: "1" },
      ]);
      const foreign = target.newName();
      await there.send(new CreateBucketCommand({ Bucket: foreign }));
      await there.send(new PutObjectCommand({ Bucket: foreign, Key: "secret", Body: "of others" }));
      expect(await errorOf(s3.send(new GetObjectCommand({ Bucket: foreign, Key: "secret" })))).toEqual([
        "NoSuchBucket",
        404,
      ]);
      expect(await errorOf(s3.send(new CreateBucketCommand({ Bucket: foreign })))).toEqual([
        "BucketAlreadyExists",
        409,
      ]);
      const copy = new CopyObjectCommand({ Bucket, Key: "copy", CopySource: `${foreign}/secret` });
      expect(await errorOf(s3.send(copy))).toEqual(["NoSuchBucket", 404]);
      for (const Key of ["../x", `a/../../${foreign}/secret`, "..", "a/%2e%2e/b", "./x"]) {
        expect(await errorOf(s3.send(new PutObjectCommand({ Bucket, Key, Body: "x" })))).toEqual(["InvalidURI", 400]);
        expect(await errorOf(s3.send(new GetObjectCommand({ Bucket, Key })))).toEqual(["InvalidURI", 400]);
      }
      const VersionId = `../../${foreign}/secret`;
      expect(await errorOf(s3.send(new GetObjectCommand({ Bucket, Key: "a", VersionId })))).toEqual([
        "InvalidArgument",
        400,
      ]);
      const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket, FetchOwner: true }));
      expect(Contents.map(({ Owner }) => Owner?.DisplayName)).toEqual(["000000000000"]);
      const { Buckets = [] } = await s3.send(new ListBucketsCommand({}));
      expect(Buckets.map(({ Name }) => Name)).not.toContain(foreign);
      expect(Buckets.map(({ Name }) => Name)).toContain(GIVEN);
      await s3.send(new PutObjectCommand({ Bucket: GIVEN, Key: "a", Body: "x" }));
    });

    test("another account gets what policies give it, and no more", async () => {
      const { s3 } = target;
      const Bucket = await target.newBucket();
      const Own = target.newName();
      await s3.send(new PutObjectCommand({ Bucket, Key: "open/a", Body: "open" }));
      await s3.send(new PutObjectCommand({ Bucket, Key: "closed/a", Body: "closed" }));
      const credentials = await newAccount({ endpoint: target.config.endpoint ?? "" }, OTHER);
      const client = new S3Client({ ...target.config, credentials, forcePathStyle: true, maxAttempts: 1 });
      stack.defer(() => client.destroy());
      const get = (Key: string) => client.send(new GetObjectCommand({ Bucket, Key }));
      expect(await errorOf(get("open/a"))).toEqual(["AccessDenied", 403]);
      expect(await errorOf(client.send(new CreateBucketCommand({ Bucket })))).toEqual(["BucketAlreadyExists", 409]);
      const Principal = { AWS: OTHER };
      const statement = (Action: string) => ({
        Effect: "Allow",
        Principal,
        Action,
        Resource: `arn:aws:s3:::${Bucket}/open/*`,
      });
      const Policy = JSON.stringify({
        Version: "2012-10-17",
        Statement: ["s3:GetObject", "s3:DeleteObject"].map(statement),
      });
      await s3.send(new PutBucketPolicyCommand({ Bucket, Policy }));
      await expect
        .poll(() => get("open/a").then(({ Body }) => Body?.transformToString(), String), { timeout: 60_000 })
        .toBe("open");
      expect(await errorOf(get("closed/a"))).toEqual(["AccessDenied", 403]);
      await client.send(new CreateBucketCommand({ Bucket: Own }));
      const copy = (Key: string) =>
        client.send(new CopyObjectCommand({ Bucket: Own, Key: "b", CopySource: `${Bucket}/${Key}` }));
      await copy("open/a");
      expect(await errorOf(copy("closed/a"))).toEqual(["AccessDenied", 403]);
      const Objects = [{ Key: "open/a" }, { Key: "closed/a" }];
      const { Deleted = [], Errors = [] } = await client.send(
        new DeleteObjectsCommand({ Bucket, Delete: { Objects } }),
      );
      expect(Deleted.map(({ Key }) => Key)).toEqual(["open/a"]);
      expect(Errors.map(({ Key, Code }) => [Key, Code])).toEqual([["closed/a", "AccessDenied"]]);
      await s3.send(new HeadObjectCommand({ Bucket, Key: "closed/a" }));
    });

    test("versions and parts are the server's, and pre-signed links work", async () => {
      const { s3 } = target;
      const Bucket = await target.newBucket();
      const Key = "v";
      await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: "Enabled" } }));
      const first = await s3.send(new PutObjectCommand({ Bucket, Key, Body: "one" }));
      const second = await s3.send(new PutObjectCommand({ Bucket, Key, Body: "two" }));
      expect(second.VersionId).not.toBe(first.VersionId);
      const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key, VersionId: first.VersionId }));
      expect(await Body?.transformToString()).toBe("one");
      expect((await s3.send(new DeleteObjectCommand({ Bucket, Key }))).DeleteMarker).toBe(true);
      expect((await s3.send(new ListObjectVersionsCommand({ Bucket }))).Versions).toHaveLength(2);

      const named = { Bucket, Key: "parts" };
      const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ ...named, ChecksumAlgorithm: "CRC32" }));
      const bodies = [Buffer.alloc(5 * 1024 ** 2, 1), Buffer.from("end")];
      const Parts = [];
      for (const [index, part] of bodies.entries()) {
        const PartNumber = index + 1;
        const { ETag, ChecksumCRC32 } = await s3.send(
          new UploadPartCommand({ ...named, UploadId, PartNumber, Body: part }),
        );
        Parts.push({ PartNumber, ETag, ChecksumCRC32 });
      }
      const done = await s3.send(
        new CompleteMultipartUploadCommand({ ...named, UploadId, MultipartUpload: { Parts } }),
      );
      expect(done.Location).toContain(String(target.config.endpoint));
      const whole = await s3.send(new GetObjectCommand(named));
      expect(whole.ContentLength).toBe(5 * 1024 ** 2 + 3);
      expect(Buffer.from((await whole.Body?.transformToByteArray()) ?? []).equals(Buffer.concat(bodies))).toBe(true);

      const link = (method: string, query: Readonly<Record<string, string>>) => {
        const { endpoint = "", credentials = { accessKeyId: "", secretAccessKey: "" } } = target.config;
        const options = { method, region: "us-east-1", service: "s3", expiresSeconds: 60, now: Date.now() };
        return presignUrl(endpoint, `/${Bucket}/linked`, query, credentials, options);
      };
      const put = await fetch(link("PUT", {}), { method: "PUT", body: "by link" });
      expect(put.status).toBe(200);
      const got = await fetch(link("GET", { "response-content-type": "text/x" }));
      expect([got.status, got.headers.get("content-type"), await got.text()]).toEqual([200, "text/x", "by link"]);
      expect(got.headers.get("content-security-policy")).toBe("sandbox");
      expect((await fetch(`${target.config.endpoint}/${Bucket}/linked`)).status).toBe(403);
    });

    test("a write notifies once, whether it comes through Hearth or around it", async () => {
      const { s3 } = target;
      const Bucket = await target.newBucket();
      await notify(Bucket);
      const Key = "in/a b+ü.txt";
      await s3.send(new PutObjectCommand({ Bucket, Key, Body: "yes" }));
      const [put] = await events(Bucket, 1);
      expect(put).toMatchObject({
        eventName: "ObjectCreated:Put",
        s3: { object: { key: "in/a+b%2B%C3%BC.txt", size: 3 } },
      });
      await s3.send(
        new CopyObjectCommand({ Bucket, Key: "copy", CopySource: encodeURI(`${Bucket}/${Key}`).replace("+", "%2B") }),
      );
      const [copied] = await events(Bucket, 1);
      expect(copied).toMatchObject({ eventName: "ObjectCreated:Copy", s3: { object: { key: "copy", size: 3 } } });
      await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: "copy" }, { Key }] } }));
      const removed = await events(Bucket, 2);
      expect(removed.map(({ eventName }) => eventName)).toEqual(["ObjectRemoved:Delete", "ObjectRemoved:Delete"]);
      await there.send(new PutObjectCommand({ Bucket, Key: "around/a b.txt", Body: "around" }));
      expect((await events(Bucket, 1)).map(named)).toEqual([["ObjectCreated:Put", "around/a+b.txt"]]);
      await there.send(new DeleteObjectCommand({ Bucket, Key: "around/a b.txt" }));
      expect((await events(Bucket, 1)).map(named)).toEqual([["ObjectRemoved:Delete", "around/a+b.txt"]]);
      const lie = {
        Records: [{ eventName: "s3:ObjectCreated:Put", s3: { bucket: { name: Bucket }, object: { key: "lie" } } }],
      };
      const report = async (secret: string) =>
        (
          await fetch(`${target.config.endpoint}/_hearth/s3-events/${secret}`, {
            method: "POST",
            body: JSON.stringify(lie),
          })
        ).status;
      expect(await report("not-the-secret-of-it")).toBe(403);
      expect(await report(SECRET)).toBe(200);
      await s3.send(new PutObjectCommand({ Bucket, Key: "last", Body: "x" }));
      expect((await events(Bucket, 1)).map(named)).toEqual([["ObjectCreated:Put", "last"]]);
    });

    test("code comes from a bucket of the server", async () => {
      const Bucket = await target.newBucket();
      const Body = await zipOf({ "index.mjs": "export const handler = async () => 'from there';" });
      await target.s3.send(new PutObjectCommand({ Bucket, Key: "code.zip", Body }));
      const lambda = new LambdaClient(target.config);
      const FunctionName = "from-there";
      await lambda.send(
        new CreateFunctionCommand({
          FunctionName,
          Runtime: "nodejs22.x",
          Handler: "index.handler",
          Role: "arn:aws:iam::000000000000:role/any",
          Code: { S3Bucket: Bucket, S3Key: "code.zip" },
        }),
      );
      await waitUntilFunctionActiveV2({ client: lambda, maxWaitTime: 120 }, { FunctionName });
      const { Payload } = await lambda.send(new InvokeCommand({ FunctionName }));
      expect(Buffer.from(Payload ?? []).toString()).toBe('"from there"');
      lambda.destroy();
    });

    test("what cannot be reported is found by listing", async () => {
      await target.s3.send(new CreateBucketCommand({ Bucket: LISTED }));
      await notify(LISTED);
      webhook.answer = { status: 200 };
      // The first listing is what others are compared with; when it was is not shown.
      await expect
        .poll(
          async () => {
            await there.send(new PutObjectCommand({ Bucket: LISTED, Key: `listed/${Date.now()}`, Body: "x" }));
            const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 2 }));
            return Messages.map(({ Body = "" }) => Body).join();
          },
          { timeout: 90_000, interval: 500 },
        )
        .toContain("listed/");
    });
  });
});
