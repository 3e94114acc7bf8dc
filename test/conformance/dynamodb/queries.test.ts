import {
  type AttributeValue,
  BatchWriteItemCommand,
  DescribeTableCommand,
  paginateQuery,
  paginateScan,
  PutItemCommand,
  QueryCommand,
  type QueryCommandInput,
  ScanCommand,
  UpdateTableCommand,
} from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, expect, test } from "vitest";
import { refusal } from "../refusal.ts";
import { type DynamoTarget, dynamoTarget } from "./dynamoTarget.ts";

let target: DynamoTarget;
let TableName: string;

const numbered = (at: number) => ({
  pk: { S: at < 60 ? "many" : "few" },
  sk: { N: String(at - 30) },
  kind: { S: at % 3 === 0 ? "third" : "other" },
  rank: { N: String(100 - at) },
  filler: { S: "x".repeat(100) },
});

beforeAll(async () => {
  target = await dynamoTarget();
  TableName = await target.newTable({
    AttributeDefinitions: [
      { AttributeName: "pk", AttributeType: "S" },
      { AttributeName: "sk", AttributeType: "N" },
      { AttributeName: "kind", AttributeType: "S" },
      { AttributeName: "rank", AttributeType: "N" },
    ],
    GlobalSecondaryIndexes: [
      {
        IndexName: "by-kind",
        KeySchema: [
          { AttributeName: "kind", KeyType: "HASH" },
          { AttributeName: "rank", KeyType: "RANGE" },
        ],
        Projection: { ProjectionType: "KEYS_ONLY" },
      },
    ],
    LocalSecondaryIndexes: [
      {
        IndexName: "by-rank",
        KeySchema: [
          { AttributeName: "pk", KeyType: "HASH" },
          { AttributeName: "rank", KeyType: "RANGE" },
        ],
        Projection: { ProjectionType: "INCLUDE", NonKeyAttributes: ["kind"] },
      },
    ],
  });
  for (let from = 0; from < 75; from += 25) {
    const writes = Array.from({ length: 25 }, (_one, at) => ({ PutRequest: { Item: numbered(from + at) } }));
    await target.dynamo.send(new BatchWriteItemCommand({ RequestItems: { [TableName]: writes } }));
  }
});
afterAll(async () => await target[Symbol.asyncDispose]());

const query = async (more: Partial<QueryCommandInput>) =>
  await target.dynamo.send(
    new QueryCommand({
      TableName,
      KeyConditionExpression: "pk = :pk",
      ExpressionAttributeValues: { ":pk": { S: "many" } },
      ...more,
    }),
  );
const numbersIn = (items: Record<string, AttributeValue>[] = [], name = "sk") =>
  items.map((item) => Number(item[name]?.N));

test("a query gives the items of a partition key in the order of numbers, or backwards", async () => {
  const forwards = await query({});
  expect(numbersIn(forwards.Items)).toEqual(Array.from({ length: 60 }, (_one, at) => at - 30));
  expect(forwards).toMatchObject({ Count: 60, ScannedCount: 60 });
  const backwards = await query({ ScanIndexForward: false, Limit: 3 });
  expect(numbersIn(backwards.Items)).toEqual([29, 28, 27]);
  expect(backwards.LastEvaluatedKey).toEqual({ pk: { S: "many" }, sk: { N: "27" } });
});

test.for<[string, Record<string, AttributeValue>, number[]]>([
  ["sk = :a", { ":a": { N: "-7.0" } }, [-7]],
  ["sk < :a", { ":a": { N: "-28" } }, [-30, -29]],
  ["sk >= :a", { ":a": { N: "28" } }, [28, 29]],
  ["sk BETWEEN :a AND :b", { ":a": { N: "-1" }, ":b": { N: "1" } }, [-1, 0, 1]],
])("a condition on the sort key: %s", async ([condition, values, expected]) => {
  const found = await query({
    KeyConditionExpression: `pk = :pk AND ${condition}`,
    ExpressionAttributeValues: { ":pk": { S: "many" }, ...values },
  });
  expect(numbersIn(found.Items)).toEqual(expected);
});

test("pages follow each other without gaps, and a filter counts what it leaves out", async () => {
  const input = {
    TableName,
    KeyConditionExpression: "pk = :pk",
    FilterExpression: "kind = :kind",
    ExpressionAttributeValues: { ":pk": { S: "many" }, ":kind": { S: "third" } },
    ProjectionExpression: "sk",
  };
  const found: number[] = [];
  let scanned = 0;
  for await (const page of paginateQuery({ client: target.dynamo, pageSize: 7 }, input)) {
    found.push(...numbersIn(page.Items));
    scanned += page.ScannedCount ?? 0;
    for (const item of page.Items ?? []) expect(Object.keys(item)).toEqual(["sk"]);
  }
  expect(found).toEqual(Array.from({ length: 20 }, (_one, at) => at * 3 - 30));
  expect(scanned).toBe(60);
  expect(await query({ Select: "COUNT" })).not.toHaveProperty("Items");
});

test("a global index has its own keys and order, and only what it projects", async () => {
  const byKind = {
    IndexName: "by-kind",
    KeyConditionExpression: "kind = :kind AND #rank < :rank",
    ExpressionAttributeNames: { "#rank": "rank" },
    ExpressionAttributeValues: { ":kind": { S: "third" }, ":rank": { N: "40" } },
  };
  const found = await query(byKind);
  expect(numbersIn(found.Items, "rank")).toEqual([28, 31, 34, 37]);
  expect(found.Items?.[0]).toEqual({ pk: { S: "few" }, sk: { N: "42" }, kind: { S: "third" }, rank: { N: "28" } });
  const first = await query({ ...byKind, Limit: 1 });
  const rest = await query({ ...byKind, ExclusiveStartKey: first.LastEvaluatedKey });
  expect(numbersIn(rest.Items, "rank")).toEqual([31, 34, 37]);
  expect(await refusal(query({ ...byKind, ConsistentRead: true }))).toMatchObject({
    message: "Consistent reads are not supported on global secondary indexes",
  });
});

test("a query begins only with an item that it finds, and asks a global index only for what it has", async () => {
  const start = async (ExclusiveStartKey: Record<string, AttributeValue>, condition = "sk > :a") =>
    (
      await refusal(
        query({
          KeyConditionExpression: `pk = :pk AND ${condition}`,
          ExpressionAttributeValues: { ":pk": { S: "many" }, ":a": { N: "0" } },
          ExclusiveStartKey,
        }),
      )
    ).message;
  expect(await start({ pk: { S: "few" }, sk: { N: "1" } })).toBe(
    "The provided starting key is outside query boundaries based on provided conditions",
  );
  expect(await start({ pk: { S: "many" }, sk: { N: "-1" } })).toBe(
    "The provided starting key does not match the range key predicate",
  );
  const unprojected = target.dynamo.send(
    new ScanCommand({ TableName, IndexName: "by-kind", ProjectionExpression: "kind, filler, pk" }),
  );
  expect(await refusal(unprojected)).toMatchObject({
    name: "ValidationException",
    message: "One or more parameter values were invalid: Global secondary index by-kind does not project [filler]",
  });
});

test("a local index fetches from the table what it does not project", async () => {
  const byRank = { IndexName: "by-rank", Limit: 2, ConsistentRead: true };
  expect((await query(byRank)).Items?.[0]).toEqual({
    pk: { S: "many" },
    sk: { N: "29" },
    kind: { S: "other" },
    rank: { N: "41" },
  });
  const { Items } = await query({ ...byRank, Select: "ALL_ATTRIBUTES" });
  expect(Items?.[0]?.["filler"]).toEqual({ S: "x".repeat(100) });
});

test("the segments of a parallel scan have each item once", async () => {
  const segments = await Promise.all(
    Array.from({ length: 4 }, async (_one, Segment) => {
      const found: number[] = [];
      const input = { TableName, Segment, TotalSegments: 4 };
      for await (const page of paginateScan({ client: target.dynamo, pageSize: 5 }, input))
        found.push(...numbersIn(page.Items));
      return found;
    }),
  );
  expect(segments.flat().toSorted((a, b) => a - b)).toEqual(Array.from({ length: 75 }, (_one, at) => at - 30));
  const filtered = await target.dynamo.send(
    new ScanCommand({ TableName, FilterExpression: "sk > :n", ExpressionAttributeValues: { ":n": { N: "40" } } }),
  );
  expect(filtered).toMatchObject({ Count: 4, ScannedCount: 75 });
});

test("a page ends at 1 MB", async () => {
  const large = await target.newTable();
  for (let at = 0; at < 4; at++) {
    const Item = { pk: { S: "p" }, sk: { S: String(at) }, data: { S: "x".repeat(390_000) } };
    await target.dynamo.send(new PutItemCommand({ TableName: large, Item }));
  }
  const first = await query({ TableName: large, ExpressionAttributeValues: { ":pk": { S: "p" } } });
  expect(first.Count).toBe(3);
  expect(first.LastEvaluatedKey).toEqual({ pk: { S: "p" }, sk: { S: "2" } });
});

test.for<[string, Partial<QueryCommandInput>, string]>([
  [
    "no condition",
    { KeyConditionExpression: undefined, ExpressionAttributeValues: undefined },
    "Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.",
  ],
  ["no partition key", { KeyConditionExpression: "sk = :pk" }, "Query condition missed key schema element: pk"],
  [
    "a value of another type",
    { ExpressionAttributeValues: { ":pk": { N: "1" } } },
    "One or more parameter values were invalid: Condition parameter type does not match schema type",
  ],
  ["an index that does not exist", { IndexName: "none" }, "The table does not have the specified index: none"],
  [
    "a filter on the key",
    { FilterExpression: "sk > :n", ExpressionAttributeValues: { ":pk": { S: "many" }, ":n": { N: "1" } } },
    "Filter Expression can only contain non-primary key attributes: Primary key attribute: sk",
  ],
  [
    "a start that is no key",
    { ExclusiveStartKey: { pk: { S: "many" } } },
    "The provided starting key is invalid: The provided key element does not match the schema",
  ],
])("refused: %s", async ([, more, message]) => {
  expect(await refusal(query(more))).toEqual({ name: "ValidationException", status: 400, message });
});

test("an index that is added later gets the items that were there before", { timeout: 60_000 }, async () => {
  const name = await target.newTable();
  const Item = { pk: { S: "p" }, sk: { S: "s" }, colour: { S: "red" } };
  await target.dynamo.send(new PutItemCommand({ TableName: name, Item }));
  await target.dynamo.send(
    new UpdateTableCommand({
      TableName: name,
      AttributeDefinitions: [{ AttributeName: "colour", AttributeType: "S" }],
      GlobalSecondaryIndexUpdates: [
        {
          Create: {
            IndexName: "by-colour",
            KeySchema: [{ AttributeName: "colour", KeyType: "HASH" }],
            Projection: { ProjectionType: "ALL" },
          },
        },
      ],
    }),
  );
  await expect
    .poll(
      async () => {
        const { Table } = await target.dynamo.send(new DescribeTableCommand({ TableName: name }));
        return Table?.GlobalSecondaryIndexes?.[0]?.IndexStatus;
      },
      { timeout: 50_000, interval: 500 },
    )
    .toBe("ACTIVE");
  const found = await query({
    TableName: name,
    IndexName: "by-colour",
    KeyConditionExpression: "colour = :c",
    ExpressionAttributeValues: { ":c": { S: "red" } },
  });
  expect(found.Items).toEqual([Item]);
});
