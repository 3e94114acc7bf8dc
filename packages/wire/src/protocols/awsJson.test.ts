import { CloudWatchLogsClient, GetLogEventsCommand, ListTagsForResourceCommand } from "@aws-sdk/client-cloudwatch-logs";
import { GetRecordsCommand, KinesisClient, PutRecordCommand } from "@aws-sdk/client-kinesis";
import { GetQueueAttributesCommand, ReceiveMessageCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { AwsError } from "@hearth/model";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { z } from "zod";
import { operation } from "../operation.ts";
import { blob } from "../schema/traits.ts";
import { serveToy } from "../testing/toyServer.ts";

class QueueDoesNotExist extends AwsError {
  readonly code = "QueueDoesNotExist";
  readonly httpStatus = 400;
}

const md5 = (text: string): string => createHash("md5").update(text).digest("hex");
const Attributes = z.record(
  z.string(),
  z.object({ DataType: z.string(), StringValue: z.string().optional(), BinaryValue: blob().optional() }),
);
const sendMessage = operation({
  name: "SendMessage",
  input: z.object({
    QueueUrl: z.string(),
    MessageBody: z.string(),

    MessageAttributes: Attributes.optional(),
  }),
  output: z.object({ MessageId: z.string(), MD5OfMessageBody: z.string() }),
  errors: [QueueDoesNotExist],
  handle: async ({ QueueUrl, MessageBody, MessageAttributes = {} }) => {
    if (QueueUrl === "http://missing") throw new QueueDoesNotExist("The specified queue does not exist.");
    return {
      MessageId: String(MessageAttributes["b"]?.BinaryValue?.length),
      MD5OfMessageBody: md5(MessageBody),
    };
  },
});
const receiveMessage = operation({
  name: "ReceiveMessage",
  input: z.object({ QueueUrl: z.string(), MaxNumberOfMessages: z.number() }),
  output: z.object({
    Messages: z.array(z.object({ Body: z.string(), MD5OfBody: z.string(), MessageAttributes: Attributes })),
  }),
  errors: [],
  handle: async () => ({
    Messages: [
      {
        Body: "hi",
        MD5OfBody: md5("hi"),
        MessageAttributes: { b: { DataType: "Binary", BinaryValue: Buffer.from([1, 2, 255]) } },
      },
    ],
  }),
});

test("JSON 1.0 and the SQS client understand each other, with the query code of errors", async () => {
  await using server = await serveToy({
    signingName: "sqs",
    protocols: ["json-1.0", "query"],
    targetPrefix: "AmazonSQS",
    queryErrors: { QueueDoesNotExist: "AWS.SimpleQueueService.NonExistentQueue" },
    operations: [sendMessage, receiveMessage],
    notBuilt: [{ name: "GetQueueAttributes" }],
  });
  const client = new SQSClient({ ...server.clientConfig, useQueueUrlAsEndpoint: false });
  const MessageAttributes = { b: { DataType: "Binary", BinaryValue: Buffer.from([9, 8, 7]) } };
  const sent = await client.send(
    new SendMessageCommand({ QueueUrl: server.endpoint, MessageBody: "hello", MessageAttributes }),
  );
  expect(sent.MessageId).toBe("3");
  const received = await client.send(
    new ReceiveMessageCommand({ QueueUrl: server.endpoint, MaxNumberOfMessages: 1, MessageAttributeNames: ["All"] }),
  );
  expect(received.Messages?.[0]?.Body).toBe("hi");
  expect([...(received.Messages?.[0]?.MessageAttributes?.["b"]?.BinaryValue ?? [])]).toEqual([1, 2, 255]);
  const missing = client.send(new SendMessageCommand({ QueueUrl: "http://missing", MessageBody: "x" }));
  await expect(missing).rejects.toMatchObject({
    name: "QueueDoesNotExist",
    Error: { Type: "Sender", Code: "AWS.SimpleQueueService.NonExistentQueue" },
  });
  await expect(client.send(new GetQueueAttributesCommand({ QueueUrl: server.endpoint }))).rejects.toMatchObject({
    message: "The operation GetQueueAttributes is not implemented by Hearth.",
  });
  const form = await fetchQuery(server.endpoint, "Action=Nothing&Version=2012-11-05");
  expect(form).toContain("<Code>");
});

async function fetchQuery(endpoint: string, body: string): Promise<string> {
  const headers = {
    "content-type": "application/x-www-form-urlencoded",
    authorization:
      "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/sqs/aws4_request,SignedHeaders=host,Signature=0",
    "x-amz-date": "20260101T000000Z",
  };
  return await (await fetch(endpoint, { method: "POST", headers, body })).text();
}

const getLogEvents = operation({
  name: "GetLogEvents",
  input: z.object({ logGroupName: z.string(), logStreamName: z.string(), startFromHead: z.boolean() }),
  output: z.object({ events: z.array(z.object({ timestamp: z.number(), message: z.string() })) }),
  errors: [],
  handle: async ({ logGroupName, startFromHead }) => ({
    events: [{ timestamp: 1_700_000_000_123, message: `${logGroupName} ${startFromHead}` }],
  }),
});
const listTagsForResource = operation({
  name: "ListTagsForResource",
  input: z.object({ resourceArn: z.string() }),
  output: z.object({ tags: z.record(z.string(), z.string()) }),
  errors: [],
  handle: async ({ resourceArn }) => ({ tags: { resourceArn, "a b": "ü" } }),
});

test("JSON 1.1 and the CloudWatch Logs client understand each other", async () => {
  await using server = await serveToy({
    signingName: "logs",
    protocols: ["json-1.1"],
    targetPrefix: "Logs_20140328",
    operations: [getLogEvents, listTagsForResource],
  });
  const client = new CloudWatchLogsClient(server.clientConfig);
  const command = new GetLogEventsCommand({ logGroupName: "g", logStreamName: "s", startFromHead: true });
  expect((await client.send(command)).events).toEqual([{ timestamp: 1_700_000_000_123, message: "g true" }]);
  const { tags } = await client.send(new ListTagsForResourceCommand({ resourceArn: "arn" }));
  expect(tags).toEqual({ resourceArn: "arn", "a b": "ü" });
});

const putRecord = operation({
  name: "PutRecord",
  input: z.object({ StreamName: z.string(), PartitionKey: z.string(), Data: blob() }),
  output: z.object({ ShardId: z.string(), SequenceNumber: z.string() }),
  errors: [],
  handle: async ({ PartitionKey, Data }) => ({ ShardId: PartitionKey, SequenceNumber: String(Data.length) }),
});
const getRecords = operation({
  name: "GetRecords",
  input: z.object({ ShardIterator: z.string() }),
  output: z.object({
    MillisBehindLatest: z.number(),
    Records: z.array(z.object({ SequenceNumber: z.string(), ApproximateArrivalTimestamp: z.date(), Data: blob() })),
  }),
  errors: [],
  handle: async () => ({
    MillisBehindLatest: 0,
    Records: [
      { SequenceNumber: "1", ApproximateArrivalTimestamp: new Date(1_700_000_000_500), Data: Buffer.from("é") },
    ],
  }),
});

test("JSON 1.1 and the Kinesis client understand each other: times and bytes, in and out", async () => {
  await using server = await serveToy({
    signingName: "kinesis",
    protocols: ["json-1.1"],
    targetPrefix: "Kinesis_20131202",
    operations: [putRecord, getRecords],
  });
  const client = new KinesisClient({ ...server.clientConfig, requestHandler: new NodeHttpHandler() });
  const put = await client.send(
    new PutRecordCommand({ StreamName: "s", PartitionKey: "p", Data: Buffer.alloc(70_000, 1) }),
  );
  expect(put).toMatchObject({ ShardId: "p", SequenceNumber: "70000" });
  const { Records } = await client.send(new GetRecordsCommand({ ShardIterator: "i" }));
  expect(Records?.[0]?.ApproximateArrivalTimestamp).toEqual(new Date(1_700_000_000_500));
  expect(Buffer.from(Records?.[0]?.Data ?? []).toString()).toBe("é");
});
