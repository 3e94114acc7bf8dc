import { CreateAccessKeyCommand, CreateUserCommand, IAMClient } from "@aws-sdk/client-iam";
import {
  AddPermissionCommand,
  CreateQueueCommand,
  type CreateQueueCommandInput,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListDeadLetterSourceQueuesCommand,
  ListQueuesCommand,
  ListQueueTagsCommand,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  RemovePermissionCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
  TagQueueCommand,
  UntagQueueCommand,
} from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { refusal } from "../refusal.ts";
import { type SqsTarget, sqsTarget } from "./sqsTarget.ts";

let target: SqsTarget;
beforeAll(async () => void (target = await sqsTarget()));
afterAll(async () => await target[Symbol.asyncDispose]());

const attributesOf = async (QueueUrl: string, ...AttributeNames: string[]) =>
  (await target.sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: AttributeNames as [] }))).Attributes;
const set = async (QueueUrl: string, Attributes: Record<string, string>) =>
  await target.sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes }));
const arnOf = async (QueueUrl: string) => (await attributesOf(QueueUrl, "QueueArn"))?.["QueueArn"] ?? "";
const nameIn = (QueueUrl: string): string => QueueUrl.split("/").at(-1) ?? "";

test("a queue has AWS's defaults, and an URL that ends with its account and name", async () => {
  const QueueUrl = await target.newQueue();
  expect(QueueUrl.endsWith(`/${target.accountId}/${nameIn(QueueUrl)}`)).toBe(true);
  expect(await attributesOf(QueueUrl, "All")).toEqual({
    QueueArn: `arn:aws:sqs:${target.region}:${target.accountId}:${nameIn(QueueUrl)}`,
    ApproximateNumberOfMessages: "0",
    ApproximateNumberOfMessagesNotVisible: "0",
    ApproximateNumberOfMessagesDelayed: "0",
    CreatedTimestamp: expect.stringMatching(/^\d{10}$/),
    LastModifiedTimestamp: expect.stringMatching(/^\d{10}$/),
    VisibilityTimeout: "30",
    MaximumMessageSize: "1048576",
    MessageRetentionPeriod: "345600",
    DelaySeconds: "0",
    ReceiveMessageWaitTimeSeconds: "0",
    SqsManagedSseEnabled: "true",
  });
  const found = await target.sqs.send(new GetQueueUrlCommand({ QueueName: nameIn(QueueUrl) }));
  expect(found.QueueUrl).toBe(QueueUrl);
  expect(await attributesOf(QueueUrl)).toBeUndefined();
});

test("a FIFO queue shows what only FIFO queues have", async () => {
  const QueueUrl = await target.newFifoQueue();
  expect(await attributesOf(QueueUrl, "All")).toMatchObject({
    FifoQueue: "true",
    ContentBasedDeduplication: "false",
    DeduplicationScope: "queue",
    FifoThroughputLimit: "perQueue",
  });
});

test("creating a queue again gives its URL, unless an attribute differs", async () => {
  const QueueUrl = await target.newQueue({ Attributes: { VisibilityTimeout: "60" } });
  const again = async (Attributes: Record<string, string>) =>
    await target.sqs.send(new CreateQueueCommand({ QueueName: nameIn(QueueUrl), Attributes }));
  expect((await again({ VisibilityTimeout: "60", DelaySeconds: "0" })).QueueUrl).toBe(QueueUrl);
  expect(await refusal(again({ VisibilityTimeout: "61" }))).toEqual({
    name: "QueueNameExists",
    status: 400,
    message: "A queue already exists with the same name and a different value for attribute VisibilityTimeout",
  });
});

test.for<[string, Partial<CreateQueueCommandInput>, string, RegExp]>([
  ["a bad name", { QueueName: "a.b" }, "InvalidParameterValue", /1 to 80 in length$/],
  ["a FIFO queue without the suffix", { Attributes: { FifoQueue: "true" } }, "InvalidParameterValue", /\.fifo suffix/],
  [
    "an unknown attribute",
    { Attributes: { Colour: "x" } as never },
    "InvalidAttributeName",
    /^Unknown Attribute Colour\.$/,
  ],
  [
    "a timeout of 43201 s",
    { Attributes: { VisibilityTimeout: "43201" } },
    "InvalidAttributeValue",
    /VisibilityTimeout\.$/,
  ],
  ["a delay that is no number", { Attributes: { DelaySeconds: "x" } }, "InvalidAttributeValue", /DelaySeconds\.$/],
  [
    "a size of 1048577",
    { Attributes: { MaximumMessageSize: "1048577" } },
    "InvalidAttributeValue",
    /MaximumMessageSize/,
  ],
  ["a retention of 59 s", { Attributes: { MessageRetentionPeriod: "59" } }, "InvalidAttributeValue", /RetentionPeriod/],
  [
    "a dead-letter queue that is missing",
    {
      Attributes: {
        RedrivePolicy: '{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:no","maxReceiveCount":1}',
      },
    },
    "InvalidParameterValue",
    /for parameter RedrivePolicy is invalid\. Reason: Dead.letter target/,
  ],
  [
    "a policy without a statement",
    { Attributes: { Policy: '{"Statement":null}' } },
    "InvalidAttributeValue",
    /Policy\.$/,
  ],
  ["a policy of texts", { Attributes: { Policy: '{"Statement":["x"]}' } }, "InvalidAttributeValue", /Policy\.$/],
  [
    "a redrive policy without a count",
    { Attributes: { RedrivePolicy: '{"deadLetterTargetArn":"x"}' } },
    "InvalidParameterValue",
    /maxReceiveCount/,
  ],
])("CreateQueue refuses %s", async ([, input, name, message]) => {
  expect(await refusal(target.newQueue(input))).toEqual({ name, status: 400, message: expect.stringMatching(message) });
});

test("attributes are set one by one, kept as the text that was sent, and removed by an empty text", async () => {
  const dead = await target.newQueue();
  const QueueUrl = await target.newQueue({ Attributes: { DelaySeconds: "3" } });
  const RedrivePolicy = `{"deadLetterTargetArn": "${await arnOf(dead)}",  "maxReceiveCount": "5"}`;
  await set(QueueUrl, { RedrivePolicy, VisibilityTimeout: "12" });
  const names = ["RedrivePolicy", "VisibilityTimeout", "DelaySeconds"];
  expect(await attributesOf(QueueUrl, ...names)).toEqual({ RedrivePolicy, VisibilityTimeout: "12", DelaySeconds: "3" });
  const sources = await target.sqs.send(new ListDeadLetterSourceQueuesCommand({ QueueUrl: dead }));
  expect(sources.queueUrls).toEqual([QueueUrl]);
  await set(QueueUrl, { RedrivePolicy: "" });
  expect(await attributesOf(QueueUrl, "RedrivePolicy")).toBeUndefined();
});

test("a dead-letter queue says which queues may use it", async () => {
  const RedriveAllowPolicy = JSON.stringify({ redrivePermission: "denyAll" });
  const dead = await target.newQueue({ Attributes: { RedriveAllowPolicy } });
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: await arnOf(dead), maxReceiveCount: 3 });
  expect(await refusal(target.newQueue({ Attributes: { RedrivePolicy } }))).toMatchObject({
    name: "InvalidParameterValue",
  });
  const QueueUrl = await target.newQueue();
  const byQueue = { redrivePermission: "byQueue", sourceQueueArns: [await arnOf(QueueUrl)] };
  await set(dead, { RedriveAllowPolicy: JSON.stringify(byQueue) });
  await set(QueueUrl, { RedrivePolicy });
});

test("the numbers of messages are right", async () => {
  const QueueUrl = await target.newQueue();
  for (const DelaySeconds of [0, 0, 0, 900]) {
    await target.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "x", DelaySeconds }));
  }
  await target.sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 5 }));
  const names = ["", "NotVisible", "Delayed"].map((end) => `ApproximateNumberOfMessages${end}`);
  await expect
    .poll(async () => await attributesOf(QueueUrl, ...names))
    .toEqual({
      ApproximateNumberOfMessages: "2",
      ApproximateNumberOfMessagesNotVisible: "1",
      ApproximateNumberOfMessagesDelayed: "1",
    });
});

test("a purged queue is empty, and is not purged again within a minute", async () => {
  const QueueUrl = await target.newQueue();
  await target.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "x" }));
  await target.sqs.send(new PurgeQueueCommand({ QueueUrl }));
  await expect
    .poll(async () => await attributesOf(QueueUrl, "ApproximateNumberOfMessages"))
    .toEqual({ ApproximateNumberOfMessages: "0" });
  expect(await refusal(target.sqs.send(new PurgeQueueCommand({ QueueUrl })))).toEqual({
    name: "PurgeQueueInProgress",
    status: target.isAws ? 403 : 400,
    message: `Only one PurgeQueue operation on ${nameIn(QueueUrl)} is allowed every 60 seconds.`,
  });
});

test("queues are listed by prefix, in pages", async () => {
  const prefix = target.newName();
  const urls = [];
  for (const end of ["c", "a", "b"]) urls.push(await target.newQueue({ QueueName: `${prefix}-${end}` }));
  const listed = async (more: object) =>
    await target.sqs.send(new ListQueuesCommand({ QueueNamePrefix: prefix, ...more }));
  const sorted = urls.toSorted();
  await expect.poll(async () => (await listed({})).QueueUrls?.toSorted()).toEqual(sorted);
  const first = await listed({ MaxResults: 2 });
  const rest = await listed({ MaxResults: 2, NextToken: first.NextToken });
  expect([first.QueueUrls?.length, rest.QueueUrls?.length, rest.NextToken]).toEqual([2, 1, undefined]);
});

test("tags are added, listed and removed", async () => {
  const QueueUrl = await target.newQueue({ tags: { a: "1", b: "2" } });
  await target.sqs.send(new TagQueueCommand({ QueueUrl, Tags: { b: "3", "c/d": "" } }));
  await target.sqs.send(new UntagQueueCommand({ QueueUrl, TagKeys: ["a", "none"] }));
  expect((await target.sqs.send(new ListQueueTagsCommand({ QueueUrl }))).Tags).toEqual({ b: "3", "c/d": "" });
});

describe("permissions", () => {
  test("become statements of the queue's policy", async () => {
    const QueueUrl = await target.newQueue();
    const AWSAccountIds = [target.accountId];
    const add = async (Label: string, ...Actions: string[]) =>
      await target.sqs.send(new AddPermissionCommand({ QueueUrl, Label, AWSAccountIds, Actions }));
    await add("one", "SendMessage", "ReceiveMessage");
    const policy = JSON.parse((await attributesOf(QueueUrl, "Policy"))?.["Policy"] ?? "") as object;
    expect(policy).toMatchObject({
      Version: "2008-10-17",
      Statement: [
        {
          Sid: "one",
          Effect: "Allow",
          Action: ["SQS:SendMessage", "SQS:ReceiveMessage"],
          Resource: await arnOf(QueueUrl),
        },
      ],
    });
    expect(await refusal(add("one", "SendMessage"))).toMatchObject({ name: "InvalidParameterValue" });
    const remove = async () => await target.sqs.send(new RemovePermissionCommand({ QueueUrl, Label: "one" }));
    await remove();
    expect(await attributesOf(QueueUrl, "Policy")).toBeUndefined();
    expect(await refusal(remove())).toMatchObject({ name: "InvalidParameterValue" });
  });
});

test("a queue's policy decides, and so do the caller's", async () => {
  const iam = new IAMClient({ ...target.config, maxAttempts: 1 });
  const UserName = target.newName();
  const { User } = await iam.send(new CreateUserCommand({ UserName }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
  const credentials = {
    accessKeyId: AccessKey?.AccessKeyId ?? "",
    secretAccessKey: AccessKey?.SecretAccessKey ?? "",
  };
  const theirs = new SQSClient({ ...target.config, maxAttempts: 1, credentials });
  const Statement = (Effect: string, Action: string, Resource: string) => [
    { Effect, Principal: { AWS: User?.Arn }, Action, Resource },
  ];
  const QueueUrl = await target.newQueue();
  const send = async () => await theirs.send(new SendMessageCommand({ QueueUrl, MessageBody: "x" }));
  const arn = await arnOf(QueueUrl);
  expect(await refusal(send())).toMatchObject({
    name: expect.stringMatching(/^AccessDenied/),
    message: expect.stringContaining(`is not authorized to perform: sqs:SendMessage on resource: ${arn}`),
  });
  await set(QueueUrl, {
    Policy: JSON.stringify({ Version: "2012-10-17", Statement: Statement("Allow", "sqs:Send*", arn) }),
  });
  await send();
  expect(await refusal(theirs.send(new ReceiveMessageCommand({ QueueUrl })))).toMatchObject({
    name: expect.stringMatching(/^AccessDenied/),
  });
  await set(QueueUrl, {
    Policy: JSON.stringify({ Version: "2012-10-17", Statement: Statement("Deny", "sqs:*", arn) }),
  });
  expect(await refusal(send())).toMatchObject({ name: expect.stringMatching(/^AccessDenied/) });
});

test("a deleted queue does not exist", async () => {
  const QueueUrl = await target.newQueue();
  await target.sqs.send(new DeleteQueueCommand({ QueueUrl }));
  const missing = { name: "QueueDoesNotExist", status: 400, message: "The specified queue does not exist." };
  expect(await refusal(target.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "x" })))).toEqual(missing);
  expect(await refusal(attributesOf(QueueUrl, "All"))).toEqual(missing);
  expect(await refusal(target.sqs.send(new GetQueueUrlCommand({ QueueName: nameIn(QueueUrl) })))).toEqual(missing);
  const nowhere = new SendMessageCommand({ QueueUrl: "http://example.org/queue", MessageBody: "x" });
  expect(await refusal(target.sqs.send(nowhere))).toMatchObject({ name: "InvalidAddress" });
});
