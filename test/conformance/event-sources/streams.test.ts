import { DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { KinesisClient, PutRecordsCommand } from "@aws-sdk/client-kinesis";
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  S3Client,
} from "@aws-sdk/client-s3";
import { CreateQueueCommand, DeleteQueueCommand, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { NewStreams, STREAM_ACTIONS } from "../lambda/newStreams.ts";
import { type MappingTarget, mappingTarget } from "./mappingTarget.ts";

let target: MappingTarget;
let streams: NewStreams;
let kinesis: KinesisClient;
let dynamo: DynamoDBClient;
let sqs: SQSClient;
let s3: S3Client;
beforeAll(async () => {
  target = await mappingTarget([...STREAM_ACTIONS, "sqs:SendMessage", "s3:PutObject", "s3:ListBucket"]);
  streams = new NewStreams(target);
  const { region, credentials, endpoint } = target.client.config;
  const config = { region, credentials, ...(endpoint && { endpoint }) };
  [kinesis, dynamo, sqs] = [new KinesisClient(config), new DynamoDBClient(config), new SQSClient(config)];
  s3 = new S3Client({ ...config, forcePathStyle: true });
});
afterAll(async () => {
  await streams[Symbol.asyncDispose]();
  await target[Symbol.asyncDispose]();
  for (const client of [kinesis, dynamo, sqs, s3]) client.destroy();
});

interface KinesisEvent {
  readonly Records: readonly { readonly kinesis: { readonly data: string } }[];
}

const patient = { timeout: 60_000 };
const put = async (StreamARN: string, bodies: readonly string[]) =>
  await kinesis.send(
    new PutRecordsCommand({
      StreamARN,
      Records: bodies.map((body) => ({ Data: Buffer.from(body), PartitionKey: "k" })),
    }),
  );
const bodiesOf = async (FunctionName: string) =>
  (await target.eventsOf<KinesisEvent>(FunctionName)).flatMap(({ Records }) =>
    Records.map(({ kinesis: { data } }) => Buffer.from(data, "base64").toString()),
  );

test("a function gets the records of a stream as AWS writes them, in their order", async () => {
  const EventSourceArn = await streams.create();
  const FunctionName = await target.newConsumer("");
  await put(EventSourceArn, ["before"]);
  await target.map(FunctionName, { EventSourceArn, StartingPosition: "TRIM_HORIZON" });
  await put(EventSourceArn, ["one", "two"]);
  await expect.poll(() => bodiesOf(FunctionName), patient).toEqual(["before", "one", "two"]);
  const [event] = await target.eventsOf<{ readonly Records: readonly object[] }>(FunctionName);
  expect(event?.Records[0]).toEqual({
    kinesis: {
      kinesisSchemaVersion: "1.0",
      partitionKey: "k",
      sequenceNumber: expect.stringMatching(/^\d{56}$/),
      data: Buffer.from("before").toString("base64"),
      approximateArrivalTimestamp: expect.any(Number),
    },
    eventSource: "aws:kinesis",
    eventVersion: "1.0",
    eventID: expect.stringMatching(/^shardId-000000000000:\d{56}$/),
    eventName: "aws:kinesis:record",
    invokeIdentityArn: target.Role,
    awsRegion: target.region,
    eventSourceARN: EventSourceArn,
  });
});

test("a poison record goes to the on-failure destination, and those after it to the function", async () => {
  const EventSourceArn = await streams.create();
  const { QueueUrl = "" } = await sqs.send(new CreateQueueCommand({ QueueName: target.newName() }));
  try {
    const FunctionName = await target.newConsumer(
      `for (const { kinesis } of event.Records) if (Buffer.from(kinesis.data, "base64").toString() === "poison") throw new Error("poison");`,
    );
    const Destination = `arn:aws:sqs:${target.region}:${target.accountId}:${QueueUrl.split("/").at(-1)}`;
    await target.map(FunctionName, {
      EventSourceArn,
      StartingPosition: "TRIM_HORIZON",
      MaximumRetryAttempts: 1,
      BisectBatchOnFunctionError: true,
      DestinationConfig: { OnFailure: { Destination } },
    });
    await put(EventSourceArn, ["a", "poison", "b"]);
    await expect.poll(async () => (await bodiesOf(FunctionName)).at(-1), patient).toBe("b");
    const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }));
    expect(JSON.parse(Messages?.[0]?.Body ?? "{}")).toMatchObject({
      requestContext: { condition: "RetryAttemptsExhausted", functionArn: expect.stringContaining(FunctionName) },
      responseContext: { statusCode: 200, functionError: "Unhandled" },
      version: "1.0",
      KinesisBatchInfo: { shardId: "shardId-000000000000", batchSize: 1, streamArn: EventSourceArn },
    });
  } finally {
    await sqs.send(new DeleteQueueCommand({ QueueUrl }));
  }
});

test("a bucket gets the records that were given up", async () => {
  const EventSourceArn = await streams.create();
  const Bucket = target.newName().toLowerCase();
  await s3.send(new CreateBucketCommand({ Bucket }));
  try {
    const FunctionName = await target.newConsumer(`throw new Error("never");`);
    const { UUID } = await target.map(FunctionName, {
      EventSourceArn,
      StartingPosition: "TRIM_HORIZON",
      MaximumRetryAttempts: 0,
      DestinationConfig: { OnFailure: { Destination: `arn:aws:s3:::${Bucket}` } },
    });
    await put(EventSourceArn, ["poison"]);
    const found = async () => (await s3.send(new ListObjectsV2Command({ Bucket }))).Contents?.[0]?.Key;
    await expect.poll(found, patient).toMatch(new RegExp(`^aws/lambda/${UUID}/shardId-0{12}/\\d{4}/\\d\\d/\\d\\d/`));
    const Key = await found();
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
    const record = JSON.parse((await Body?.transformToString()) ?? "") as { readonly payload: string };
    expect(record).toMatchObject({
      requestContext: { condition: "RetryAttemptsExhausted" },
      KinesisBatchInfo: { batchSize: 1, streamArn: EventSourceArn },
    });
    const event = async () => (await target.eventsOf(FunctionName))[0];
    await expect.poll(event, patient).toEqual(JSON.parse(record.payload));
  } finally {
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket }));
    for (const { Key } of Contents) await s3.send(new DeleteObjectCommand({ Bucket, Key }));
    await s3.send(new DeleteBucketCommand({ Bucket }));
  }
});

test("a function gets the changes of a table that its filter lets through", async () => {
  const EventSourceArn = await streams.createTable();
  const TableName = EventSourceArn.split("/")[1] ?? "";
  const FunctionName = await target.newConsumer("");
  await target.map(FunctionName, {
    EventSourceArn,
    StartingPosition: "TRIM_HORIZON",
    FilterCriteria: {
      Filters: [{ Pattern: '{"eventName":["INSERT"],"dynamodb":{"NewImage":{"kind":{"S":["wanted"]}}}}' }],
    },
  });
  for (const kind of ["other", "wanted"]) {
    await dynamo.send(new PutItemCommand({ TableName, Item: { pk: { S: kind }, kind: { S: kind } } }));
  }
  await expect.poll(async () => (await target.eventsOf(FunctionName)).length, patient).toBe(1);
  const [event] = await target.eventsOf<{ readonly Records: readonly object[] }>(FunctionName);
  expect(event?.Records).toMatchObject([
    {
      eventName: "INSERT",
      eventSource: "aws:dynamodb",
      eventVersion: "1.1",
      awsRegion: target.region,
      eventSourceARN: EventSourceArn,
      dynamodb: {
        Keys: { pk: { S: "wanted" } },
        NewImage: { kind: { S: "wanted" } },
        StreamViewType: "NEW_AND_OLD_IMAGES",
      },
    },
  ]);
});
