import { DeleteTableCommand, DescribeTableCommand, PutItemCommand, UpdateTableCommand } from "@aws-sdk/client-dynamodb";
import {
  DescribeStreamCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  ListStreamsCommand,
  type StreamDescription,
} from "@aws-sdk/client-dynamodb-streams";
import { afterAll, beforeAll, expect, test } from "vitest";
import { refusal } from "../refusal.ts";
import { type DynamoTarget, dynamoTarget } from "./dynamoTarget.ts";

let target: DynamoTarget;
beforeAll(async () => void (target = await dynamoTarget()));
afterAll(async () => await target[Symbol.asyncDispose]());

const StreamSpecification = { StreamEnabled: true, StreamViewType: "NEW_IMAGE" } as const;
const put = async (TableName: string, text: string) =>
  await target.dynamo.send(new PutItemCommand({ TableName, Item: { pk: { S: text }, sk: { S: "s" } } }));
const streamOf = async (TableName: string) =>
  (await target.dynamo.send(new DescribeTableCommand({ TableName }))).Table?.LatestStreamArn ?? "";
const describeStream = async (StreamArn: string) =>
  (await target.streams.send(new DescribeStreamCommand({ StreamArn }))).StreamDescription;
const listed = async (TableName: string) =>
  ((await target.streams.send(new ListStreamsCommand({ TableName }))).Streams ?? []).map(({ StreamArn }) => StreamArn);

async function readAll(StreamArn: string, description: StreamDescription | undefined): Promise<readonly unknown[]> {
  const ShardId = description?.Shards?.[0]?.ShardId ?? "";
  const { ShardIterator } = await target.streams.send(
    new GetShardIteratorCommand({ StreamArn, ShardId, ShardIteratorType: "TRIM_HORIZON" }),
  );
  const { Records = [] } = await target.streams.send(new GetRecordsCommand({ ShardIterator }));
  return Records.map(({ dynamodb }) => dynamodb?.NewImage?.["pk"]?.S);
}

test("a stream that was switched off is listed, described as it was and read, beside the one that follows it", async () => {
  const TableName = await target.newTable({ StreamSpecification });
  const first = await streamOf(TableName);
  await put(TableName, "before");
  await target.dynamo.send(new UpdateTableCommand({ TableName, StreamSpecification: { StreamEnabled: false } }));
  const ended = await describeStream(first);
  expect(ended).toMatchObject({ StreamStatus: "DISABLED", StreamViewType: "NEW_IMAGE", TableName });
  expect(ended?.Shards?.[0]?.SequenceNumberRange?.EndingSequenceNumber).toBeDefined();
  await target.dynamo.send(
    new UpdateTableCommand({
      TableName,
      StreamSpecification: { StreamEnabled: true, StreamViewType: "KEYS_ONLY" },
    }),
  );
  const second = await streamOf(TableName);
  await put(TableName, "after");
  expect(await listed(TableName)).toEqual([first, second]);
  expect(await describeStream(first)).toMatchObject({ StreamStatus: "DISABLED", StreamViewType: "NEW_IMAGE" });
  expect(await describeStream(second)).toMatchObject({ StreamStatus: "ENABLED", StreamViewType: "KEYS_ONLY" });
  expect(await readAll(first, ended)).toEqual(["before"]);
});

test("the stream of a deleted table is described and read", async () => {
  const TableName = await target.newTable({ StreamSpecification });
  const arn = await streamOf(TableName);
  await put(TableName, "last");
  await target.dynamo.send(new DeleteTableCommand({ TableName }));
  const ended = await describeStream(arn);
  expect(ended).toMatchObject({
    StreamStatus: "DISABLED",
    TableName,
    KeySchema: [
      { AttributeName: "pk", KeyType: "HASH" },
      { AttributeName: "sk", KeyType: "RANGE" },
    ],
  });
  expect(await readAll(arn, ended)).toEqual(["last"]);
  expect(await listed(TableName)).toEqual([arn]);
});

test("streams of all tables are listed in pages", async () => {
  const wanted: string[] = [];
  for (let at = 0; at < 3; at++) wanted.push(await streamOf(await target.newTable({ StreamSpecification })));
  await target.newTable();
  const found: string[] = [];
  let ExclusiveStartStreamArn: string | undefined;
  do {
    const page = await target.streams.send(new ListStreamsCommand({ Limit: 2, ExclusiveStartStreamArn }));
    expect(page.Streams?.length).toBeLessThanOrEqual(2);
    found.push(...(page.Streams ?? []).map(({ StreamArn = "" }) => StreamArn));
    ExclusiveStartStreamArn = page.LastEvaluatedStreamArn;
  } while (ExclusiveStartStreamArn !== undefined);
  expect(new Set(found).size).toBe(found.length);
  expect(found).toEqual(expect.arrayContaining(wanted));
});

test("a stream that never was is not found", async () => {
  const TableName = await target.newTable();
  const StreamArn = `arn:aws:dynamodb:${target.region}:${target.accountId}:table/${TableName}/stream/2020-01-01T00:00:00.000`;
  expect(await refusal(target.streams.send(new DescribeStreamCommand({ StreamArn })))).toEqual({
    name: "ResourceNotFoundException",
    status: 400,
    message: `Requested resource not found: Stream: ${StreamArn} not found`,
  });
  expect(await listed(TableName)).toEqual([]);
});
