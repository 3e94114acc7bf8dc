import {
  CreateTableCommand,
  DeleteTableCommand,
  DynamoDBClient,
  ScanCommand,
  waitUntilTableExists,
} from "@aws-sdk/client-dynamodb";
import { CreateStreamCommand, DeleteStreamCommand, KinesisClient } from "@aws-sdk/client-kinesis";
import { GetRecordsCommand, GetShardIteratorCommand, ListShardsCommand } from "@aws-sdk/client-kinesis";
import { AddPermissionCommand, LambdaClient } from "@aws-sdk/client-lambda";
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { CreateTopicCommand, DeleteTopicCommand, SNSClient, SubscribeCommand } from "@aws-sdk/client-sns";
import { SetQueueAttributesCommand } from "@aws-sdk/client-sqs";
import { DisableTopicRuleCommand, EnableTopicRuleCommand, ReplaceTopicRuleCommand } from "@aws-sdk/client-iot";
import { afterAll, beforeAll, expect, test } from "vitest";
import { newFunction } from "../scheduler/newFunction.ts";
import { type IotTarget, iotTarget, SQL_VERSION } from "./iotTarget.ts";

let target: IotTarget;
let roleArn: string;
beforeAll(async () => {
  target = await iotTarget();
  roleArn = await target.newRole(["sqs:SendMessage", "sns:Publish", "kinesis:PutRecord", "iot:Publish"], IOT);
});
afterAll(async () => await target[Symbol.asyncDispose]());

const IOT = "iot.amazonaws.com";
const NEVER_SECONDS = 1;

test("a function gets what a rule selects, when its policy allows the rule", async () => {
  await using fn = await newFunction(target);
  const functionArn = `arn:aws:lambda:${target.region}:${target.accountId}:function:${fn.FunctionName}`;
  const root = target.newName();
  const sql = `SELECT temperature AS t, topic(2) AS device, clientid() AS client FROM '${root}/+/data' WHERE temperature > 40`;
  const ruleName = await target.newRule(sql, [{ lambda: { functionArn } }]);
  const lambda = new LambdaClient(target.config);
  const SourceArn = `arn:aws:iot:${target.region}:${target.accountId}:rule/${ruleName}`;
  const permission = { StatementId: "iot", Action: "lambda:InvokeFunction", Principal: IOT, SourceArn };
  await lambda.send(new AddPermissionCommand({ FunctionName: fn.FunctionName, ...permission }));
  lambda.destroy();
  await target.publish(`${root}/s1/data`, { temperature: 30 });
  await target.publish(`${root}/s2/data`, { temperature: 50 });
  expect(await fn.nextEvent()).toEqual({ t: 50, device: "s2", client: "n/a" });
});

test("queues, topics and streams get messages; templates take values of the message", async () => {
  const queue = await target.newQueue();
  const [sns, kinesis] = [new SNSClient(target.config), new KinesisClient(target.config)];
  const { TopicArn = "" } = await sns.send(new CreateTopicCommand({ Name: target.newName() }));
  const StreamName = target.newName();
  await kinesis.send(new CreateStreamCommand({ StreamName, ShardCount: 1 }));
  const subscribed = await target.newQueue();
  const Statement = [{ Effect: "Allow", Principal: "*", Action: "sqs:SendMessage", Resource: subscribed.arn }];
  const Attributes = { Policy: JSON.stringify({ Version: "2012-10-17", Statement }) };
  await target.sqs.send(new SetQueueAttributesCommand({ QueueUrl: subscribed.url, Attributes }));
  const raw = { RawMessageDelivery: "true" };
  await sns.send(new SubscribeCommand({ TopicArn, Protocol: "sqs", Endpoint: subscribed.arn, Attributes: raw }));
  const root = target.newName();
  await target.newRule(`SELECT id, v * 2 AS twice FROM '${root}/#'`, [
    { sqs: { roleArn, queueUrl: queue.url } },
    { sqs: { roleArn, queueUrl: queue.url, useBase64: true } },
    { sns: { roleArn, targetArn: TopicArn } },
    { kinesis: { roleArn, streamName: StreamName, partitionKey: "${topic(2)}-${id}" } },
  ]);
  const expected = { id: 7, twice: 6 };
  const records = async () => {
    const { Shards: [shard] = [] } = await kinesis.send(new ListShardsCommand({ StreamName }));
    const from = { ShardId: shard?.ShardId ?? "", ShardIteratorType: "TRIM_HORIZON" } as const;
    const { ShardIterator } = await kinesis.send(new GetShardIteratorCommand({ StreamName, ...from }));
    const { Records = [] } = await kinesis.send(new GetRecordsCommand({ ShardIterator }));
    return Records.map(({ Data, PartitionKey }) => [PartitionKey, Buffer.from(Data ?? []).toString()]);
  };
  await expect.poll(records, { timeout: 20_000 }).toEqual([]);
  await target.publish(`${root}/s1`, { id: 7, v: 3 });
  const bodies = [await target.receive(queue.url), await target.receive(queue.url)].map((message) => message?.Body);
  const text = JSON.stringify(expected);
  expect(new Set(bodies)).toEqual(new Set([text, Buffer.from(text).toString("base64")]));
  expect(await target.nextBody(subscribed.url)).toEqual(expected);
  await expect.poll(records, { timeout: 20_000 }).toEqual([["s1-7", text]]);
  await sns.send(new DeleteTopicCommand({ TopicArn }));
  await kinesis.send(new DeleteStreamCommand({ StreamName }));
  for (const client of [sns, kinesis]) client.destroy();
});

test("a bucket gets what a rule selects as an object, and a table as an item; each needs its permission", async () => {
  const [s3, dynamo] = [new S3Client({ ...target.config, forcePathStyle: true }), new DynamoDBClient(target.config)];
  const [Bucket, TableName] = [target.newName().toLowerCase(), target.newName()];
  await s3.send(new CreateBucketCommand({ Bucket }));
  await dynamo.send(
    new CreateTableCommand({
      TableName,
      AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
      KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
      BillingMode: "PAY_PER_REQUEST",
    }),
  );
  await waitUntilTableExists({ client: dynamo, maxWaitTime: 60, minDelay: 0.1 }, { TableName });
  const writer = await target.newRole(["s3:PutObject", "dynamodb:PutItem"], IOT);
  const [errors, refusals] = [await target.newQueue(), await target.newQueue()];
  const root = target.newName();
  const key = `readings/\${topic(2)}.json`;
  await target.newRule(
    `SELECT * FROM '${root}/+'`,
    [
      { s3: { roleArn: writer, bucketName: Bucket, key } },
      { dynamoDBv2: { roleArn: writer, putItem: { tableName: TableName } } },
    ],
    { sqs: { roleArn, queueUrl: errors.url } },
  );
  await target.newRule(`SELECT * FROM '${root}/s1'`, [{ s3: { roleArn, bucketName: Bucket, key: "never" } }], {
    sqs: { roleArn, queueUrl: refusals.url },
  });
  const text = `{"id":"s1","big":12345678901234567890.5,"on":true,"none":null,"list":[1,{"a":"b"}]}`;
  await target.publish(`${root}/s1`, text);
  const object = async (Key: string): Promise<string | undefined> => {
    const found = await s3.send(new GetObjectCommand({ Bucket, Key })).catch(() => undefined);
    return await found?.Body?.transformToString();
  };
  await expect.poll(() => object("readings/s1.json"), { timeout: 60_000 }).toBe(text);
  const items = async () => (await dynamo.send(new ScanCommand({ TableName }))).Items;
  await expect.poll(items, { timeout: 60_000 }).toEqual([
    {
      id: { S: "s1" },
      big: { N: "12345678901234567890.5" },
      on: { BOOL: true },
      none: { NULL: true },
      list: { L: [{ N: "1" }, { M: { a: { S: "b" } } }] },
    },
  ]);
  expect(await target.nextBody(refusals.url)).toMatchObject({ failures: [{ failedAction: "S3Action" }] });
  expect(await object("never")).toBeUndefined();
  await target.publish(`${root}/s2`, { keyless: 1 });
  expect(await target.nextBody(errors.url)).toMatchObject({
    failures: [{ failedAction: "DynamoDBv2Action", failedResource: TableName }],
  });
  await expect.poll(() => object("readings/s2.json"), { timeout: 60_000 }).toBe('{"keyless":1}');
  for (const name of ["s1", "s2"]) await s3.send(new DeleteObjectCommand({ Bucket, Key: `readings/${name}.json` }));
  await s3.send(new DeleteBucketCommand({ Bucket }));
  await dynamo.send(new DeleteTableCommand({ TableName }));
  for (const client of [s3, dynamo]) client.destroy();
});

test("a republished message matches other rules, and rules that publish to their own topic end", async () => {
  const queue = await target.newQueue();
  const root = target.newName();
  await target.newRule(`SELECT *, 'again' AS how FROM '${root}/in'`, [
    { republish: { roleArn, topic: `${root}/out/\${n}`, qos: 1 } },
  ]);
  await target.newRule(`SELECT *, topic() AS topic FROM '${root}/out/#'`, [{ sqs: { roleArn, queueUrl: queue.url } }]);
  await target.publish(`${root}/in`, { n: 1 });
  expect(await target.nextBody(queue.url)).toEqual({ n: 1, how: "again", topic: `${root}/out/1` });
  const errors = await target.newQueue();
  await target.newRule(`SELECT * FROM '${root}/loop'`, [{ republish: { roleArn, topic: `${root}/loop` } }], {
    sqs: { roleArn, queueUrl: errors.url },
  });
  await target.publish(`${root}/loop`, { n: 2 });
  expect(await target.nextBody(errors.url)).toMatchObject({
    failures: [{ failedAction: "RepublishAction", errorMessage: expect.stringContaining("passed on") }],
  });
});

test("the error action gets what an action could not send, and why", async () => {
  const errors = await target.newQueue();
  const root = target.newName();
  const missing = errors.url.replace(/[^/]+$/, target.newName());
  const ruleName = await target.newRule(
    `SELECT v FROM '${root}'`,
    [
      { sqs: { roleArn, queueUrl: missing } },
      { lambda: { functionArn: `arn:aws:lambda:${target.region}:${target.accountId}:function:no-such` } },
    ],
    { sqs: { roleArn, queueUrl: errors.url } },
  );
  await target.publish(root, { v: 1, w: 2 });
  const got = [await target.nextBody(errors.url), await target.nextBody(errors.url)] as {
    readonly failures: readonly { readonly failedAction: string }[];
  }[];
  const [lambda, sqs] = got.toSorted((a, b) =>
    (a.failures[0]?.failedAction ?? "").localeCompare(b.failures[0]?.failedAction ?? ""),
  );
  const common = {
    ruleName,
    topic: root,
    clientId: "N/A",
    cloudwatchTraceId: expect.any(String),
    base64OriginalPayload: Buffer.from('{"v":1,"w":2}').toString("base64"),
  };
  const failure = (failedAction: string, failedResource: string) => [
    { failedAction, failedResource, errorMessage: expect.any(String) },
  ];
  expect(sqs).toEqual({ ...common, failures: failure("SqsAction", missing) });
  expect(lambda).toEqual({
    ...common,
    failures: failure("LambdaAction", expect.stringContaining("no-such") as string),
  });
});

test("bytes that are not JSON pass whole, and a function's action refuses them", async () => {
  const [queue, errors] = [await target.newQueue(), await target.newQueue()];
  const root = target.newName();
  const functionArn = `arn:aws:lambda:${target.region}:${target.accountId}:function:x`;
  await target.newRule(
    `SELECT * FROM '${root}'`,
    [{ sqs: { roleArn, queueUrl: queue.url, useBase64: true } }, { lambda: { functionArn } }],
    { sqs: { roleArn, queueUrl: errors.url } },
  );
  await target.publish(root, new Uint8Array([255, 0, 1]));
  expect((await target.receive(queue.url))?.Body).toBe("/wAB");
  expect(await target.nextBody(errors.url)).toMatchObject({
    failures: [{ failedAction: "LambdaAction", errorMessage: expect.stringContaining("not JSON") }],
  });
});

test("a rule without permission sends nothing, a disabled one is not evaluated, and a replaced one acts as it was replaced", async () => {
  const queue = await target.newQueue();
  const powerless = await target.newRole([], IOT);
  const root = target.newName();
  const errors = await target.newQueue();
  const ruleName = await target.newRule(
    `SELECT * FROM '${root}'`,
    [{ sqs: { roleArn: powerless, queueUrl: queue.url } }],
    { sqs: { roleArn, queueUrl: errors.url } },
  );
  await target.publish(root, { n: 1 });
  expect(await target.nextBody(errors.url)).toMatchObject({ failures: [{ failedAction: "SqsAction" }] });
  const topicRulePayload = {
    sql: `SELECT n + 1 AS n FROM '${root}'`,
    actions: [{ sqs: { roleArn, queueUrl: queue.url } }],
    ...SQL_VERSION,
  };
  await target.iot.send(new ReplaceTopicRuleCommand({ ruleName, topicRulePayload }));
  await target.iot.send(new DisableTopicRuleCommand({ ruleName }));
  await target.publish(root, { n: 1 });
  expect(await target.nextBody(queue.url, NEVER_SECONDS)).toBeUndefined();
  await target.iot.send(new EnableTopicRuleCommand({ ruleName }));
  await target.publish(root, { n: 1 });
  expect(await target.nextBody(queue.url)).toEqual({ n: 2 });
});

test("a topic that names a rule is for that rule alone, whose FROM may be left out", async () => {
  const queue = await target.newQueue();
  const sqs = { roleArn, queueUrl: queue.url };
  const ruleName = await target.newRule("SELECT *, topic() AS topic", [{ sqs }]);
  await target.publish(`$aws/rules/${ruleName}/a/b`, { n: 1 });
  expect(await target.nextBody(queue.url)).toEqual({ n: 1, topic: "a/b" });
});

test("a message that more than ten actions are for reaches all of them", async () => {
  const queue = await target.newQueue();
  const root = target.newName();
  const sqs = { roleArn, queueUrl: queue.url };
  for (const half of ["a", "b"]) {
    await target.newRule(
      `SELECT '${half}' AS half, n FROM '${root}'`,
      Array.from({ length: 6 }, () => ({ sqs })),
    );
  }
  await target.publish(root, { n: 1 });
  const bodies: unknown[] = [];
  for (let at = 0; at < 12; at++) bodies.push(await target.nextBody(queue.url));
  expect(bodies.filter((body) => (body as { readonly half: string }).half === "a")).toHaveLength(6);
  expect(bodies.filter((body) => (body as { readonly half: string }).half === "b")).toHaveLength(6);
});
