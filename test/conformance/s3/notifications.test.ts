import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetBucketNotificationConfigurationCommand,
  PutBucketNotificationConfigurationCommand,
  PutObjectCommand,
  UploadPartCommand,
  type NotificationConfiguration,
} from "@aws-sdk/client-s3";
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  DeleteQueueCommand,
  ReceiveMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { errorOf, s3Target, type S3Target } from "./s3Target.ts";

interface Told {
  readonly Event?: string;
  readonly Bucket?: string;
  readonly Records?: readonly {
    readonly eventVersion: string;
    readonly eventName: string;
    readonly eventSource: string;
    readonly s3: {
      readonly configurationId: string;
      readonly bucket: { readonly name: string };
      readonly object: {
        readonly key: string;
        readonly size?: number;
        readonly eTag?: string;
        readonly sequencer: string;
      };
    };
  }[];
}

let target: S3Target;
let sqs: SQSClient;
let QueueUrl: string;
let QueueArn: string;
beforeAll(async () => {
  target = await s3Target();
  sqs = new SQSClient(target.config);
  const QueueName = target.newName();
  QueueUrl = (await sqs.send(new CreateQueueCommand({ QueueName }))).QueueUrl ?? "";
  QueueArn = `arn:aws:sqs:${target.region}:${target.accountId}:${QueueName}`;
});
afterAll(async () => {
  await sqs.send(new DeleteQueueCommand({ QueueUrl }));
  sqs.destroy();
  await target[Symbol.asyncDispose]();
});

async function told(): Promise<Told> {
  for (;;) {
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }));
    const [message] = Messages;
    if (!message) throw new Error("no message came");
    await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message.ReceiptHandle }));
    return JSON.parse(message.Body ?? "") as Told;
  }
}

const configure = (Bucket: string, NotificationConfiguration: NotificationConfiguration) =>
  target.s3.send(new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration }));

test("a queue is told about objects that match", async () => {
  const { s3 } = target;
  const Bucket = await target.newBucket();
  const one: NotificationConfiguration = {
    QueueConfigurations: [
      {
        Id: "mine",
        QueueArn,
        Events: ["s3:ObjectCreated:*", "s3:ObjectRemoved:Delete"],
        Filter: {
          Key: {
            FilterRules: [
              { Name: "prefix", Value: "in/" },
              { Name: "suffix", Value: ".txt" },
            ],
          },
        },
      },
    ],
  };
  expect(await errorOf(configure(Bucket, one))).toEqual(["InvalidArgument", 400]);
  const Policy = JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { Service: "s3.amazonaws.com" },
        Action: "sqs:SendMessage",
        Resource: QueueArn,
        Condition: { ArnLike: { "aws:SourceArn": `arn:aws:s3:::${Bucket}` } },
      },
    ],
  });
  await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy } }));
  await configure(Bucket, one);
  expect(await told()).toMatchObject({ Event: "s3:TestEvent", Bucket });
  const { QueueConfigurations } = await s3.send(new GetBucketNotificationConfigurationCommand({ Bucket }));
  expect(QueueConfigurations).toEqual(one.QueueConfigurations);

  await s3.send(new PutObjectCommand({ Bucket, Key: "out/x.txt", Body: "no" }));
  await s3.send(new PutObjectCommand({ Bucket, Key: "in/x.bin", Body: "no" }));
  await s3.send(new PutObjectCommand({ Bucket, Key: "in/a b+ü.txt", Body: "yes" }));
  const put = (await told()).Records?.[0];
  expect(put).toMatchObject({
    eventVersion: "2.1",
    eventSource: "aws:s3",
    eventName: "ObjectCreated:Put",
    s3: { configurationId: "mine", bucket: { name: Bucket }, object: { key: "in/a+b%2B%C3%BC.txt", size: 3 } },
  });
  await s3.send(new DeleteObjectCommand({ Bucket, Key: "in/none.txt" }));
  await s3.send(new DeleteObjectCommand({ Bucket, Key: "in/a b+ü.txt" }));
  const removed = (await told()).Records?.[0];
  expect(removed?.eventName).toBe("ObjectRemoved:Delete");
  expect((removed?.s3.object.sequencer ?? "") > (put?.s3.object.sequencer ?? "")).toBe(true);

  const Key = "in/parts.txt";
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key }));
  const { ETag } = await s3.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: 1, Body: "p" }));
  const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
  await s3.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload }));
  expect((await told()).Records?.[0]?.eventName).toBe("ObjectCreated:CompleteMultipartUpload");
});

test("a target in another region is refused", async () => {
  const QueueArn = `arn:aws:sqs:eu-north-9:${target.accountId}:told`;
  const NotificationConfiguration = { QueueConfigurations: [{ QueueArn, Events: ["s3:ObjectCreated:*" as const] }] };
  const refused = target.s3.send(
    new PutBucketNotificationConfigurationCommand({ Bucket: await target.newBucket(), NotificationConfiguration }),
  );
  await expect(refused).rejects.toThrow("region is not valid for the bucket location constraint");
});

test("configurations that overlap are refused", async () => {
  const Bucket = await target.newBucket();
  const rule = (Value: string) => ({ Key: { FilterRules: [{ Name: "prefix" as const, Value }] } });
  const both = (a: string, b: string): NotificationConfiguration => ({
    QueueConfigurations: [
      { QueueArn, Events: ["s3:ObjectCreated:*"], Filter: rule(a) },
      { QueueArn, Events: ["s3:ObjectCreated:Put"], Filter: rule(b) },
    ],
  });
  expect(await errorOf(configure(Bucket, both("a", "ab")))).toEqual(["InvalidArgument", 400]);
  const send = new PutBucketNotificationConfigurationCommand({
    Bucket,
    NotificationConfiguration: both("a/", "b/"),
    SkipDestinationValidation: true,
  });
  await target.s3.send(send);
  const none = { QueueConfigurations: [{ QueueArn, Events: ["s3:NoSuchEvent" as "s3:ObjectCreated:*"] }] };
  expect(await errorOf(configure(Bucket, none))).toEqual(["InvalidArgument", 400]);
});
