import {
  BatchWriteItemCommand,
  DeleteItemCommand,
  PutItemCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type DynamoTarget, dynamoTarget } from "./dynamoTarget.ts";

let target: DynamoTarget;
let TableName: string;
let plain: string;
beforeAll(async () => {
  target = await dynamoTarget();
  plain = await target.newTable();
  TableName = await target.newTable({
    AttributeDefinitions: [
      { AttributeName: "pk", AttributeType: "S" },
      { AttributeName: "sk", AttributeType: "S" },
      { AttributeName: "date", AttributeType: "S" },
    ],
    LocalSecondaryIndexes: [
      {
        IndexName: "by-date",
        KeySchema: [
          { AttributeName: "pk", KeyType: "HASH" },
          { AttributeName: "date", KeyType: "RANGE" },
        ],
        Projection: { ProjectionType: "ALL" },
      },
    ],
  });
});
afterAll(async () => await target[Symbol.asyncDispose]());

const ReturnItemCollectionMetrics = "SIZE";
const Key = { pk: { S: "p" }, sk: { S: "s" } };
const metrics = (pk: string) => ({ ItemCollectionKey: { pk: { S: pk } }, SizeEstimateRangeGB: [0, 1] });

test("writes of one item say how large its collection is, where they are asked and the table has local indexes", async () => {
  const asked = { TableName, ReturnItemCollectionMetrics } as const;
  const { dynamo } = target;
  const UpdateExpression = "SET v = :v";
  const ExpressionAttributeValues = { ":v": { N: "1" } };
  const put = await dynamo.send(new PutItemCommand({ ...asked, Item: Key }));
  const update = await dynamo.send(
    new UpdateItemCommand({ ...asked, Key, UpdateExpression, ExpressionAttributeValues }),
  );
  const deletion = await dynamo.send(new DeleteItemCommand({ ...asked, Key }));
  for (const { ItemCollectionMetrics } of [put, update, deletion]) expect(ItemCollectionMetrics).toEqual(metrics("p"));
  const silent = [
    await dynamo.send(new PutItemCommand({ TableName, Item: Key })),
    await dynamo.send(new PutItemCommand({ TableName, ReturnItemCollectionMetrics: "NONE", Item: Key })),
    await dynamo.send(new PutItemCommand({ ...asked, TableName: plain, Item: Key })),
  ];
  for (const { ItemCollectionMetrics } of silent) expect(ItemCollectionMetrics).toBeUndefined();
});

test("batches and transactions have each collection that they change once, by the names of tables", async () => {
  const of = (pk: string, sk: string) => ({ pk: { S: pk }, sk: { S: sk } });
  const puts = [of("a", "1"), of("b", "1"), of("a", "2")].map((Item) => ({ PutRequest: { Item } }));
  const RequestItems = { [TableName]: puts, [plain]: puts };
  const batch = await target.dynamo.send(new BatchWriteItemCommand({ RequestItems, ReturnItemCollectionMetrics }));
  expect(batch.ItemCollectionMetrics).toEqual({ [TableName]: [metrics("a"), metrics("b")] });
  const ConditionExpression = "attribute_not_exists(pk)";
  const TransactItems = [
    { Put: { TableName, Item: of("c", "1") } },
    { Put: { TableName, Item: of("c", "2") } },
    { ConditionCheck: { TableName, Key: of("d", "1"), ConditionExpression } },
    { Put: { TableName: plain, Item: of("e", "1") } },
  ];
  const done = await target.dynamo.send(new TransactWriteItemsCommand({ TransactItems, ReturnItemCollectionMetrics }));
  expect(done.ItemCollectionMetrics).toEqual({ [TableName]: [metrics("c")] });
});
