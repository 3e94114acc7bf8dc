import { expect, test } from "vitest";
import { itemKeys } from "./itemKeys.ts";
import { questions } from "./questions.ts";

const KEY = { hash: "pk", range: "sk" };
const leading = (action: string, part: Readonly<Record<string, unknown>>, key = KEY) =>
  itemKeys(`dynamodb:${action}`, [part], key)("dynamodb:leadingkeys");
const attributes = (action: string, part: Readonly<Record<string, unknown>>) =>
  itemKeys(`dynamodb:${action}`, [part], KEY)("dynamodb:attributes")?.toSorted();

test("the leading keys are the partition keys of all items that a request is about", () => {
  const [a, b] = [
    { pk: { S: "a" }, sk: { S: "x" } },
    { pk: { S: "b" }, sk: { S: "y" } },
  ];
  expect(leading("GetItem", { Key: a })).toEqual(["a"]);
  expect(leading("PutItem", { Item: { ...a, other: { S: "b" } } })).toEqual(["a"]);
  expect(leading("BatchGetItem", { Keys: [a, b, a] })).toEqual(["a", "b"]);
  expect(leading("BatchWriteItem", { Writes: [{ PutRequest: { Item: a } }, { DeleteRequest: { Key: b } }] })).toEqual([
    "a",
    "b",
  ]);
  expect(leading("GetItem", { Key: { pk: { N: "1.50" } } })).toEqual(["1.5"]);
  expect(leading("GetItem", { Key: { pk: { B: Buffer.from("a") } } })).toEqual(["YQ=="]);
  expect(leading("Scan", {})).toBeUndefined();
});

test.for<[string, Readonly<Record<string, unknown>>]>([
  ["an expression", { KeyConditionExpression: "#k = :v AND sk > :w", ExpressionAttributeNames: { "#k": "pk" } }],
  ["an expression the other way round", { KeyConditionExpression: "(sk > :w) AND (:v = pk)" }],
  [
    "the parameters from before there were expressions",
    { KeyConditions: { pk: { ComparisonOperator: "EQ", AttributeValueList: [{ S: "a" }] } } },
  ],
])("a query has the partition key of %s", ([, part]) => {
  expect(leading("Query", { ExpressionAttributeValues: { ":v": { S: "a" }, ":w": { S: "b" } }, ...part })).toEqual([
    "a",
  ]);
});

test("the attributes are those of keys, items and expressions, without what is within them", () => {
  expect(
    attributes("UpdateItem", {
      Key: { pk: { S: "a" } },
      UpdateExpression: "SET #n.inner = if_not_exists(b[0].c, :v) REMOVE d",
      ConditionExpression: "attribute_exists(e) AND NOT size(f.g) > :v",
      ExpressionAttributeNames: { "#n": "a" },
    }),
  ).toEqual(["a", "b", "d", "e", "f", "pk"]);
  expect(attributes("GetItem", { Key: { pk: { S: "a" } }, AttributesToGet: ["x"] })).toEqual(["pk", "x"]);
  expect(attributes("Scan", {})).toBeUndefined();
});

test("what is asked for, and what is returned", () => {
  const of = (action: string, part: Readonly<Record<string, unknown>>, key: string) =>
    itemKeys(`dynamodb:${action}`, [part], KEY)(`dynamodb:${key}`);
  expect(of("GetItem", {}, "select")).toEqual(["ALL_ATTRIBUTES"]);
  expect(of("Query", { ProjectionExpression: "a" }, "select")).toEqual(["SPECIFIC_ATTRIBUTES"]);
  expect(of("Query", { Select: "COUNT" }, "select")).toEqual(["COUNT"]);
  expect(of("PutItem", {}, "select")).toBeUndefined();
  expect(of("UpdateItem", {}, "returnvalues")).toEqual(["NONE"]);
  expect(of("UpdateItem", { ReturnValues: "ALL_NEW" }, "returnvalues")).toEqual(["ALL_NEW"]);
});

test("a transaction has one question for each action and table, about all of its items there", async () => {
  const put = (TableName: string, pk: string) => ({ Put: { TableName, Item: { pk: { S: pk } } } });
  const TransactItems = [
    put("orders", "a"),
    put("orders", "b"),
    put("other", "c"),
    { Delete: { TableName: "orders", Key: { pk: { S: "d" } } } },
  ];
  const asked = await questions({
    operation: "TransactWriteItems",
    input: { TransactItems },
    accountId: "000000000000",
    principal: { kind: "root" },
    region: "us-east-1",
    pathOf: () => Promise.resolve(undefined),
  });
  expect(
    asked.map(({ action, resources, parts = [], keys }) => [
      action,
      resources[0].split("/")[1],
      itemKeys(action, parts, KEY)("dynamodb:leadingkeys"),
      keys?.("dynamodb:enclosingoperation"),
    ]),
  ).toEqual([
    ["dynamodb:PutItem", "orders", ["a", "b"], ["TransactWriteItems"]],
    ["dynamodb:PutItem", "other", ["c"], ["TransactWriteItems"]],
    ["dynamodb:DeleteItem", "orders", ["d"], ["TransactWriteItems"]],
  ]);
});
