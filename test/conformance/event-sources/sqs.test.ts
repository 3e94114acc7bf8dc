import { createHash } from "node:crypto";
import { DeleteFunctionConcurrencyCommand, PutFunctionConcurrencyCommand } from "@aws-sdk/client-lambda";
import { GetQueueAttributesCommand, SendMessageBatchCommand, SendMessageCommand } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { refusal } from "../refusal.ts";
import { sqsTarget, type SqsTarget } from "../sqs/sqsTarget.ts";
import { type MappingTarget, mappingTarget } from "./mappingTarget.ts";

let target: MappingTarget;
let queues: SqsTarget;
beforeAll(async () => {
  queues = await sqsTarget();
  target = await mappingTarget(["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]);
});
afterAll(async () => {
  await target[Symbol.asyncDispose]();
  await queues[Symbol.asyncDispose]();
});

interface Message {
  readonly messageId: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, string>>;
}
interface SqsEvent {
  readonly Records: readonly Message[];
}

const arnOf = (url: string) => `arn:aws:sqs:${target.region}:${target.accountId}:${url.split("/").at(-1)}`;
const send = (QueueUrl: string, MessageBody: string, more: object = {}) =>
  queues.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody, ...more }));
async function sendAll(QueueUrl: string, bodies: readonly string[]): Promise<void> {
  for (let at = 0; at < bodies.length; at += 10) {
    const Entries = bodies.slice(at, at + 10).map((MessageBody, i) => ({ Id: `${at + i}`, MessageBody }));
    await queues.sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
  }
}
const recordsOf = async (FunctionName: string) =>
  (await target.eventsOf<SqsEvent>(FunctionName)).flatMap(({ Records }) => Records);
const bodiesOf = async (FunctionName: string) => (await recordsOf(FunctionName)).map(({ body }) => body);
async function left(QueueUrl: string): Promise<number> {
  const AttributeNames = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"] as const;
  const { Attributes } = await queues.sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...AttributeNames] }),
  );
  return AttributeNames.reduce((sum, name) => sum + Number(Attributes?.[name]), 0);
}
/** How many messages are in flight, or come back. */
async function receiveCount(QueueUrl: string): Promise<number> {
  const AttributeNames = ["ApproximateNumberOfMessagesNotVisible"] as const;
  const { Attributes } = await queues.sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...AttributeNames] }),
  );
  return Number(Attributes?.[AttributeNames[0]]);
}
const patient = { timeout: 60_000 };

test("a function gets the messages of a queue as AWS writes them, and they are deleted", async () => {
  const FunctionName = await target.newConsumer("");
  const QueueUrl = await queues.newQueue();
  const EventSourceArn = arnOf(QueueUrl);
  await target.map(FunctionName, { EventSourceArn });
  const sent = await send(QueueUrl, "hello", {
    MessageAttributes: {
      kind: { DataType: "String", StringValue: "greeting" },
      raw: { DataType: "Binary", BinaryValue: Buffer.from([1, 2]) },
    },
  });
  await expect.poll(async () => (await recordsOf(FunctionName)).length, patient).toBe(1);
  expect((await recordsOf(FunctionName))[0]).toEqual({
    messageId: sent.MessageId,
    receiptHandle: expect.stringMatching(/.+/),
    body: "hello",
    attributes: {
      ApproximateReceiveCount: "1",
      SentTimestamp: expect.stringMatching(/^\d{13}$/),
      SenderId: expect.stringMatching(/.+/),
      ApproximateFirstReceiveTimestamp: expect.stringMatching(/^\d{13}$/),
    },
    messageAttributes: {
      kind: { stringValue: "greeting", stringListValues: [], binaryListValues: [], dataType: "String" },
      raw: { binaryValue: "AQI=", stringListValues: [], binaryListValues: [], dataType: "Binary" },
    },
    md5OfMessageAttributes: sent.MD5OfMessageAttributes,
    md5OfBody: sent.MD5OfMessageBody,
    eventSource: "aws:sqs",
    eventSourceARN: EventSourceArn,
    awsRegion: target.region,
  });
  await expect.poll(() => left(QueueUrl), patient).toBe(0);
});

test("messages wait for others up to the batching window, and batches are not larger than BatchSize", async () => {
  const FunctionName = await target.newConsumer("");
  const QueueUrl = await queues.newQueue();
  await target.map(FunctionName, {
    EventSourceArn: arnOf(QueueUrl),
    BatchSize: 25,
    MaximumBatchingWindowInSeconds: 3,
  });
  const bodies = Array.from({ length: 40 }, (_, i) => `m${i}`);
  await sendAll(QueueUrl, bodies);
  await expect.poll(async () => (await bodiesOf(FunctionName)).toSorted(), patient).toEqual(bodies.toSorted());
  const sizes = (await target.eventsOf<SqsEvent>(FunctionName)).map(({ Records }) => Records.length);
  expect(Math.max(...sizes)).toBe(25);
});

test("only messages that match a filter reach the function, and the others are deleted", async () => {
  const FunctionName = await target.newConsumer("");
  const QueueUrl = await queues.newQueue();
  await target.map(FunctionName, {
    EventSourceArn: arnOf(QueueUrl),
    FilterCriteria: { Filters: [{ Pattern: JSON.stringify({ body: { kind: ["a"], n: [{ numeric: [">", 1] }] } }) }] },
  });
  await sendAll(QueueUrl, ['{"kind":"a","n":1}', '{"kind":"a","n":2}', '{"kind":"b","n":2}', "text", "2"]);
  await expect.poll(() => bodiesOf(FunctionName), patient).toEqual(['{"kind":"a","n":2}']);
  await expect.poll(() => left(QueueUrl), patient).toBe(0);
});

test("with ReportBatchItemFailures only the failed messages come back", async () => {
  const FunctionName = await target.newConsumer(
    `
    return { batchItemFailures: event.Records
      .filter(({ body, attributes }) => body === "bad" && attributes.ApproximateReceiveCount === "1")
      .map(({ messageId }) => ({ itemIdentifier: messageId })) };`,
    { Timeout: 3 },
  );
  const QueueUrl = await queues.newQueue({ Attributes: { VisibilityTimeout: "3" } });
  await target.map(FunctionName, {
    EventSourceArn: arnOf(QueueUrl),
    FunctionResponseTypes: ["ReportBatchItemFailures"],
  });
  await sendAll(QueueUrl, ["good", "bad", "fine"]);
  await expect.poll(() => bodiesOf(FunctionName), patient).toHaveLength(4);
  expect((await bodiesOf(FunctionName)).toSorted()).toEqual(["bad", "bad", "fine", "good"]);
  await expect.poll(() => left(QueueUrl), patient).toBe(0);
});

test("a failed batch comes back after the visibility timeout, and goes to the dead-letter queue in the end", async () => {
  const FunctionName = await target.newConsumer(`throw new Error("no");`, { Timeout: 3 });
  const deadLetters = await queues.newQueue();
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: arnOf(deadLetters), maxReceiveCount: 2 });
  const QueueUrl = await queues.newQueue({ Attributes: { VisibilityTimeout: "3", RedrivePolicy } });
  await target.map(FunctionName, { EventSourceArn: arnOf(QueueUrl) });
  await send(QueueUrl, "poison");
  await expect.poll(() => left(deadLetters), patient).toBe(1);
  const counts = (await recordsOf(FunctionName)).map(({ attributes }) => attributes["ApproximateReceiveCount"]);
  expect(counts).toEqual(["1", "2"]);
});

test("messages of a FIFO queue come in the order of their groups, each with its group", async () => {
  const FunctionName = await target.newConsumer("");
  const QueueUrl = await queues.newFifoQueue({ ContentBasedDeduplication: "true" });
  await target.map(FunctionName, { EventSourceArn: arnOf(QueueUrl), BatchSize: 3 });
  for (let i = 0; i < 6; i++) {
    for (const group of ["a", "b"]) await send(QueueUrl, `${group}${i}`, { MessageGroupId: group });
  }
  await expect.poll(async () => (await bodiesOf(FunctionName)).length, patient).toBe(12);
  const records = await recordsOf(FunctionName);
  for (const group of ["a", "b"]) {
    const own = records.filter(({ attributes }) => attributes["MessageGroupId"] === group);
    const inOrder = own.toSorted((x, y) =>
      (x.attributes["SequenceNumber"] ?? "") < (y.attributes["SequenceNumber"] ?? "") ? -1 : 1,
    );
    expect(inOrder.map(({ body }) => body)).toEqual([0, 1, 2, 3, 4, 5].map((i) => `${group}${i}`));
  }
});

test("a function with reserved concurrency 0 gets nothing, and its messages wait in the queue", async () => {
  const FunctionName = await target.newConsumer("", { Timeout: 3 });
  const QueueUrl = await queues.newQueue({ Attributes: { VisibilityTimeout: "3" } });
  await target.map(FunctionName, { EventSourceArn: arnOf(QueueUrl) });
  await target.client.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: 0 }));
  await send(QueueUrl, "patience");
  await expect.poll(async () => (await receiveCount(QueueUrl)) > 0, patient).toBe(true);
  expect(await bodiesOf(FunctionName)).toEqual([]);
  await target.client.send(new DeleteFunctionConcurrencyCommand({ FunctionName }));
  await expect.poll(() => bodiesOf(FunctionName), patient).toEqual(["patience"]);
  await expect.poll(() => left(QueueUrl), patient).toBe(0);
});

test("a role that may not read the queue is refused, and so is a queue with too short a visibility timeout", async () => {
  const QueueUrl = await queues.newQueue();
  const EventSourceArn = arnOf(QueueUrl);
  const weak = await target.newConsumer("", { Role: await target.newRole(["logs:*", "sqs:DeleteMessage"]) });
  expect(await refusal(target.map(weak, { EventSourceArn }))).toEqual({
    name: "InvalidParameterValueException",
    status: 400,
    message: "The provided execution role does not have permissions to call ReceiveMessage on SQS",
  });
  const slow = await target.newConsumer("", { Timeout: 31 });
  expect(await refusal(target.map(slow, { EventSourceArn }))).toMatchObject({
    message: "Queue visibility timeout: 30 seconds is less than Function timeout: 31 seconds",
  });
});

test("a message that came out of 16 runs of the function is not run again; the others of its batch are", async () => {
  if (target.isAws) return; // the lineage of AWS is its own secret
  const FunctionName = await target.newConsumer("");
  const QueueUrl = await queues.newQueue();
  await target.map(FunctionName, {
    EventSourceArn: arnOf(QueueUrl),
    BatchSize: 20,
    MaximumBatchingWindowInSeconds: 2,
  });
  const name = createHash("sha256").update(target.arn(FunctionName)).digest("hex").slice(0, 8);
  const after = (runs: number) => {
    const StringValue = `Root=1-5759e988-bd862e3fe1be46a994272793;Lineage=${name}:${runs - 1}`;
    return { MessageSystemAttributes: { AWSTraceHeader: { DataType: "String", StringValue } } };
  };
  await send(QueueUrl, "after 15 runs", after(15));
  await send(QueueUrl, "after 16 runs", after(16));
  await send(QueueUrl, "fresh");
  await expect.poll(async () => (await bodiesOf(FunctionName)).toSorted(), patient).toEqual(["after 15 runs", "fresh"]);
  await expect.poll(() => left(QueueUrl), patient).toBe(1);
});
