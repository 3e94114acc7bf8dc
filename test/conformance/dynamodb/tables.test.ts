import {
  CreateTableCommand,
  DeleteItemCommand,
  DeleteTableCommand,
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  EnableKinesisStreamingDestinationCommand,
  ExecuteStatementCommand,
  ListTablesCommand,
  ListTagsOfResourceCommand,
  PutItemCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateItemCommand,
  UpdateTableCommand,
  UpdateTimeToLiveCommand,
} from "@aws-sdk/client-dynamodb";
import {
  DescribeStreamCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  ListStreamsCommand,
} from "@aws-sdk/client-dynamodb-streams";
import {
  CreateStreamCommand,
  DeleteStreamCommand,
  GetRecordsCommand as GetKinesisRecords,
  GetShardIteratorCommand as GetKinesisIterator,
  KinesisClient,
} from "@aws-sdk/client-kinesis";
import { afterAll, beforeAll, expect, test } from "vitest";
import { refusal } from "../refusal.ts";
import { type DynamoTarget, dynamoTarget } from "./dynamoTarget.ts";

let target: DynamoTarget;
beforeAll(async () => void (target = await dynamoTarget()));
afterAll(async () => await target[Symbol.asyncDispose]());

const describeTable = async (TableName: string) =>
  (await target.dynamo.send(new DescribeTableCommand({ TableName }))).Table;
const arnOf = (TableName: string) => `arn:aws:dynamodb:${target.region}:${target.accountId}:table/${TableName}`;
const Key = { pk: { S: "p" }, sk: { S: "s" } };

test("a table is described as it was made", async () => {
  const TableName = await target.newTable({ DeletionProtectionEnabled: true, Tags: [{ Key: "a", Value: "1" }] });
  expect(await describeTable(TableName)).toMatchObject({
    TableName,
    TableArn: arnOf(TableName),
    TableStatus: "ACTIVE",
    KeySchema: [
      { AttributeName: "pk", KeyType: "HASH" },
      { AttributeName: "sk", KeyType: "RANGE" },
    ],
    BillingModeSummary: { BillingMode: "PAY_PER_REQUEST" },
    ProvisionedThroughput: { ReadCapacityUnits: 0, WriteCapacityUnits: 0 },
    DeletionProtectionEnabled: true,
    ItemCount: 0,
  });
  const again = target.dynamo.send(
    new CreateTableCommand({
      TableName,
      AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
      KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
      BillingMode: "PAY_PER_REQUEST",
    }),
  );
  expect(await refusal(again)).toEqual({
    name: "ResourceInUseException",
    status: 400,
    message: `Table already exists: ${TableName}`,
  });
  expect(await refusal(target.dynamo.send(new DeleteTableCommand({ TableName })))).toMatchObject({
    name: "ValidationException",
    message: expect.stringMatching(/protected against deletion/),
  });
  await target.dynamo.send(new UpdateTableCommand({ TableName, DeletionProtectionEnabled: false }));
  await target.dynamo.send(new TagResourceCommand({ ResourceArn: arnOf(TableName), Tags: [{ Key: "b", Value: "2" }] }));
  await target.dynamo.send(new UntagResourceCommand({ ResourceArn: arnOf(TableName), TagKeys: ["a"] }));
  const { Tags } = await target.dynamo.send(new ListTagsOfResourceCommand({ ResourceArn: arnOf(TableName) }));
  expect(Tags).toEqual([{ Key: "b", Value: "2" }]);
  await target.dynamo.send(new DeleteTableCommand({ TableName }));
  expect(await refusal(describeTable(TableName))).toEqual({
    name: "ResourceNotFoundException",
    status: 400,
    message: `Requested resource not found: Table: ${TableName} not found`,
  });
});

test("provisioned throughput is kept, and changed to on demand", async () => {
  const throughput = { ReadCapacityUnits: 5, WriteCapacityUnits: 6 };
  const TableName = await target.newTable({ BillingMode: "PROVISIONED", ProvisionedThroughput: throughput });
  expect((await describeTable(TableName))?.ProvisionedThroughput).toMatchObject(throughput);
  const refused = async (change: object) =>
    (await refusal(target.dynamo.send(new UpdateTableCommand({ TableName, ...change })))).message;
  expect(await refused({ ProvisionedThroughput: throughput })).toMatch(
    "The provisioned throughput for the table will not change. The requested value equals the current value.",
  );
  expect(await refused({})).toMatch(/^At least one of ProvisionedThroughput, BillingMode, /);
  await target.dynamo.send(new UpdateTableCommand({ TableName, BillingMode: "PAY_PER_REQUEST" }));
  expect((await describeTable(TableName))?.BillingModeSummary?.BillingMode).toBe("PAY_PER_REQUEST");
});

test("tables are listed in pages; what has no counterpart is answered as such", async () => {
  const names = [await target.newTable(), await target.newTable()];
  const found: string[] = [];
  let start: string | undefined;
  do {
    const page = await target.dynamo.send(new ListTablesCommand({ Limit: 1, ExclusiveStartTableName: start }));
    found.push(...(page.TableNames ?? []));
    start = page.LastEvaluatedTableName;
  } while (start !== undefined);
  expect(found).toEqual(expect.arrayContaining(names));
  const [TableName] = names;
  const backups = await target.dynamo.send(new DescribeContinuousBackupsCommand({ TableName }));
  expect(backups.ContinuousBackupsDescription?.PointInTimeRecoveryDescription?.PointInTimeRecoveryStatus).toBe(
    "DISABLED",
  );
  const partiQl = target.dynamo.send(new ExecuteStatementCommand({ Statement: `SELECT * FROM "${TableName}"` }));
  expect(await refusal(partiQl)).toMatchObject({ name: "NotImplementedException", status: 400 });
});

test("a key that is declared wrongly is refused", async () => {
  const make = (input: object) =>
    target.newTable({ AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }], ...input });
  expect(await refusal(make({ KeySchema: [{ AttributeName: "pk", KeyType: "RANGE" }] }))).toMatchObject({
    name: "ValidationException",
    message: "Invalid KeySchema: The first KeySchemaElement is not a HASH key type",
  });
  expect(await refusal(make({}))).toMatchObject({
    name: "ValidationException",
    message: expect.stringMatching(/Some index key attributes are not defined in AttributeDefinitions/),
  });
});

test("a stream has each change with the images that were asked for, in order", async () => {
  const TableName = await target.newTable({
    StreamSpecification: { StreamEnabled: true, StreamViewType: "NEW_AND_OLD_IMAGES" },
  });
  const StreamArn = (await describeTable(TableName))?.LatestStreamArn ?? "";
  await target.dynamo.send(
    new PutItemCommand({ TableName, Item: { ...Key, v: { N: "1" }, b: { B: Buffer.from("x") } } }),
  );
  await target.dynamo.send(
    new PutItemCommand({ TableName, Item: { ...Key, v: { N: "1" }, b: { B: Buffer.from("x") } } }),
  ); // no change
  const add = { UpdateExpression: "ADD v :one", ExpressionAttributeValues: { ":one": { N: "1" } } };
  await target.dynamo.send(new UpdateItemCommand({ TableName, Key, ...add }));
  await target.dynamo.send(new DeleteItemCommand({ TableName, Key }));
  expect((await target.streams.send(new ListStreamsCommand({ TableName }))).Streams).toMatchObject([
    { StreamArn, TableName },
  ]);
  const { StreamDescription } = await target.streams.send(new DescribeStreamCommand({ StreamArn }));
  expect(StreamDescription).toMatchObject({ StreamStatus: "ENABLED", StreamViewType: "NEW_AND_OLD_IMAGES", TableName });
  const ShardId = StreamDescription?.Shards?.[0]?.ShardId ?? "";
  const { ShardIterator } = await target.streams.send(
    new GetShardIteratorCommand({ StreamArn, ShardId, ShardIteratorType: "TRIM_HORIZON" }),
  );
  const { Records = [], NextShardIterator } = await target.streams.send(new GetRecordsCommand({ ShardIterator }));
  expect(NextShardIterator).toBeDefined();
  const [insert, modify, remove] = Records;
  expect(Records).toHaveLength(3);
  expect(insert).toMatchObject({
    eventName: "INSERT",
    eventSource: "aws:dynamodb",
    awsRegion: target.region,
    eventVersion: "1.1",
  });
  expect(insert?.dynamodb?.Keys).toEqual(Key);
  expect(insert?.dynamodb?.NewImage).toEqual({ ...Key, v: { N: "1" }, b: { B: Uint8Array.from(Buffer.from("x")) } });
  expect(insert?.dynamodb?.OldImage).toBeUndefined();
  expect(modify).toMatchObject({
    eventName: "MODIFY",
    dynamodb: { OldImage: { v: { N: "1" } }, NewImage: { v: { N: "2" } } },
  });
  expect(remove).toMatchObject({ eventName: "REMOVE", dynamodb: { OldImage: { v: { N: "2" } } } });
  const numbers = Records.map(({ dynamodb }) => BigInt(dynamodb?.SequenceNumber ?? 0));
  expect(numbers).toEqual(numbers.toSorted((a, b) => (a < b ? -1 : 1)));
  const SequenceNumber = insert?.dynamodb?.SequenceNumber;
  const after = await target.streams.send(
    new GetShardIteratorCommand({ StreamArn, ShardId, ShardIteratorType: "AFTER_SEQUENCE_NUMBER", SequenceNumber }),
  );
  const rest = await target.streams.send(new GetRecordsCommand({ ShardIterator: after.ShardIterator, Limit: 1 }));
  expect(rest.Records?.[0]?.eventID).toBe(modify?.eventID);
});

test("changes also go to a stream of Kinesis", async () => {
  const StreamName = target.newName();
  const kinesis = new KinesisClient({ ...target.config, maxAttempts: 1 });
  await kinesis.send(new CreateStreamCommand({ StreamName, ShardCount: 1 }));
  try {
    const TableName = await target.newTable();
    const StreamArn = `arn:aws:kinesis:${target.region}:${target.accountId}:stream/${StreamName}`;
    await target.dynamo.send(new EnableKinesisStreamingDestinationCommand({ TableName, StreamArn }));
    await target.dynamo.send(new PutItemCommand({ TableName, Item: { ...Key, v: { N: "1" } } }));
    const start = { StreamName, ShardId: "shardId-000000000000", ShardIteratorType: "TRIM_HORIZON" } as const;
    const { ShardIterator } = await kinesis.send(new GetKinesisIterator(start));
    const { Records } = await kinesis.send(new GetKinesisRecords({ ShardIterator }));
    expect(JSON.parse(Buffer.from(Records?.[0]?.Data ?? []).toString())).toMatchObject({
      eventName: "INSERT",
      tableName: TableName,
      recordFormat: "application/json",
      dynamodb: { Keys: Key, NewImage: { ...Key, v: { N: "1" } } },
    });
  } finally {
    await kinesis.send(new DeleteStreamCommand({ StreamName }));
    kinesis.destroy();
  }
});

test("time to live is switched on and off", async () => {
  const TableName = await target.newTable();
  const set = async (Enabled: boolean) =>
    await target.dynamo.send(
      new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification: { Enabled, AttributeName: "ttl" } }),
    );
  await set(true);
  expect(await refusal(set(true))).toMatchObject({
    name: "ValidationException",
    message: "TimeToLive is already enabled",
  });
  const { TimeToLiveDescription } = await target.dynamo.send(new DescribeTimeToLiveCommand({ TableName }));
  expect(TimeToLiveDescription).toEqual({ TimeToLiveStatus: "ENABLED", AttributeName: "ttl" });
  await set(false);
});
