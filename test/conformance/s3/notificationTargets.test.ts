import {
  EventBridgeClient,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
  DeleteRuleCommand,
} from "@aws-sdk/client-eventbridge";
import { AddPermissionCommand } from "@aws-sdk/client-lambda";
import {
  type NotificationConfiguration,
  PutBucketNotificationConfigurationCommand,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import {
  CreateTopicCommand,
  DeleteTopicCommand,
  SetTopicAttributesCommand,
  SNSClient,
  SubscribeCommand,
} from "@aws-sdk/client-sns";
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  DeleteQueueCommand,
  ReceiveMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { zipOf } from "@hearth/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type LambdaTarget, lambdaTarget } from "../lambda/lambdaTarget.ts";
import { errorOf, s3Target, type S3Target } from "./s3Target.ts";

/** Tells the queue that its environment names what it is called with. */
const TELLS = `
import { SQSClient, SendMessageCommand } from ${JSON.stringify(import.meta.resolve("@aws-sdk/client-sqs"))};
export const handler = async (event) =>
  void (await new SQSClient({ useQueueUrlAsEndpoint: false }).send(new SendMessageCommand({ QueueUrl: process.env.QUEUE, MessageBody: JSON.stringify(event) })));
`;

let target: S3Target;
let lambda: LambdaTarget;
let sqs: SQSClient;
let QueueUrl: string;
let QueueArn: string;
beforeAll(async () => {
  target = await s3Target();
  lambda = await lambdaTarget();
  sqs = new SQSClient(target.config);
  const QueueName = target.newName();
  QueueArn = `arn:aws:sqs:${target.region}:${target.accountId}:${QueueName}`;
  const allowed = [
    {
      Effect: "Allow",
      Principal: { Service: ["sns.amazonaws.com", "events.amazonaws.com"] },
      Action: "sqs:SendMessage",
      Resource: QueueArn,
    },
  ];
  const Attributes = { Policy: JSON.stringify({ Version: "2012-10-17", Statement: allowed }) };
  QueueUrl = (await sqs.send(new CreateQueueCommand({ QueueName, Attributes }))).QueueUrl ?? "";
});
afterAll(async () => {
  await sqs.send(new DeleteQueueCommand({ QueueUrl }));
  sqs.destroy();
  await lambda[Symbol.asyncDispose]();
  await target[Symbol.asyncDispose]();
});

async function told(): Promise<Record<string, unknown>> {
  for (;;) {
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }));
    const [message] = Messages;
    if (!message) continue;
    await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message.ReceiptHandle }));
    return JSON.parse(message.Body ?? "") as Record<string, unknown>;
  }
}

const configure = async (Bucket: string, NotificationConfiguration: NotificationConfiguration) =>
  await target.s3.send(new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration }));
const put = async (Bucket: string, Key: string) =>
  await target.s3.send(new PutObjectCommand({ Bucket, Key, Body: "object" }));
const recordOf = (Bucket: string, key: string) => ({
  Records: [
    {
      eventSource: "aws:s3",
      awsRegion: target.region,
      eventName: "ObjectCreated:Put",
      s3: { bucket: { name: Bucket, arn: `arn:aws:s3:::${Bucket}` }, object: { key, size: 6 } },
    },
  ],
});

test("a function is called with AWS's event, once its policy allows the bucket", async () => {
  const Bucket = await target.newBucket();
  const Role = await lambda.newRole(["sqs:SendMessage"]);
  const ZipFile = await zipOf({ "index.mjs": TELLS });
  const Environment = { Variables: { QUEUE: QueueUrl } };
  const { FunctionName } = await lambda.newFunction({ Role, Environment, Timeout: 30, Code: { ZipFile } });
  const LambdaFunctionArn = lambda.arn(FunctionName);
  const one: NotificationConfiguration = {
    LambdaFunctionConfigurations: [{ LambdaFunctionArn, Events: ["s3:ObjectCreated:*"] }],
  };
  expect(await errorOf(configure(Bucket, one))).toEqual(["InvalidArgument", 400]);
  await lambda.client.send(
    new AddPermissionCommand({
      FunctionName,
      StatementId: "s3",
      Action: "lambda:InvokeFunction",
      Principal: "s3.amazonaws.com",
      SourceArn: `arn:aws:s3:::${Bucket}`,
      SourceAccount: target.accountId,
    }),
  );
  await configure(Bucket, one);
  await put(Bucket, "for a function");
  expect(await told()).toMatchObject(recordOf(Bucket, "for+a+function"));
});

test("a topic's subscribers get AWS's message", async () => {
  const Bucket = await target.newBucket();
  const sns = new SNSClient(target.config);
  const { TopicArn = "" } = await sns.send(new CreateTopicCommand({ Name: target.newName() }));
  await sns.send(new SubscribeCommand({ TopicArn, Protocol: "sqs", Endpoint: QueueArn }));
  const one: NotificationConfiguration = { TopicConfigurations: [{ TopicArn, Events: ["s3:ObjectCreated:Put"] }] };
  const Condition = { ArnLike: { "aws:SourceArn": `arn:aws:s3:::${Bucket}` } };
  const Statement = [
    {
      Effect: "Allow",
      Principal: { Service: "s3.amazonaws.com" },
      Action: "sns:Publish",
      Resource: TopicArn,
      Condition,
    },
  ];
  const AttributeValue = JSON.stringify({ Version: "2012-10-17", Statement });
  await sns.send(new SetTopicAttributesCommand({ TopicArn, AttributeName: "Policy", AttributeValue }));
  // A process sees a topic's new policy after a second or two.
  await expect
    .poll(async () => await configure(Bucket, one).then(() => "configured", String), { timeout: 20_000 })
    .toBe("configured");
  const first = await told();
  expect(first).toMatchObject({ Type: "Notification", TopicArn, Subject: "Amazon S3 Notification" });
  expect(JSON.parse(String(first["Message"]))).toMatchObject({ Event: "s3:TestEvent", Bucket });
  await put(Bucket, "for-a-topic");
  expect(JSON.parse(String((await told())["Message"]))).toMatchObject(recordOf(Bucket, "for-a-topic"));
  await sns.send(new DeleteTopicCommand({ TopicArn }));
  sns.destroy();
});

test("rules of the default bus match AWS's events", async () => {
  const Bucket = await target.newBucket();
  const events = new EventBridgeClient(target.config);
  const Name = target.newName();
  const EventPattern = JSON.stringify({
    source: ["aws.s3"],
    "detail-type": ["Object Created"],
    detail: { bucket: { name: [Bucket] }, object: { key: [{ prefix: "in/" }] } },
  });
  await events.send(new PutRuleCommand({ Name, EventPattern }));
  await events.send(new PutTargetsCommand({ Rule: Name, Targets: [{ Id: "queue", Arn: QueueArn }] }));
  await configure(Bucket, { EventBridgeConfiguration: {} });
  await put(Bucket, "out/no");
  // The rule may be seen a moment later; each object tells of itself.
  let n = 0;
  const timer = setInterval(() => void put(Bucket, `in/${n++}`).catch(() => undefined), 1_000);
  try {
    expect(await told()).toMatchObject({
      version: "0",
      source: "aws.s3",
      "detail-type": "Object Created",
      account: target.accountId,
      region: target.region,
      resources: [`arn:aws:s3:::${Bucket}`],
      detail: {
        version: "0",
        bucket: { name: Bucket },
        object: {
          key: expect.stringMatching(/^in\/\d+$/),
          size: 6,
          etag: expect.any(String),
          sequencer: expect.any(String),
        },
        requester: target.accountId,
        reason: "PutObject",
      },
    });
  } finally {
    clearInterval(timer);
  }
  await events.send(new RemoveTargetsCommand({ Rule: Name, Ids: ["queue"] }));
  await events.send(new DeleteRuleCommand({ Name }));
  events.destroy();
});
