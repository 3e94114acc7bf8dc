import {
  type AttributeValue,
  BatchGetItemCommand,
  BatchWriteItemCommand,
  GetItemCommand,
  PutItemCommand,
  TransactGetItemsCommand,
  TransactionCanceledException,
  TransactWriteItemsCommand,
} from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, expect, test } from "vitest";
import { refusal } from "../refusal.ts";
import { type DynamoTarget, dynamoTarget } from "./dynamoTarget.ts";

let target: DynamoTarget;
let TableName: string;
beforeAll(async () => {
  target = await dynamoTarget();
  TableName = await target.newTable();
});
afterAll(async () => await target[Symbol.asyncDispose]());

type Item = Record<string, AttributeValue>;
let made = 0;
const newKey = (): Item => ({ pk: { S: `t${made++}` }, sk: { S: "s" } });
const put = async (Item: Item) => await target.dynamo.send(new PutItemCommand({ TableName, Item }));
const get = async (Key: Item) => (await target.dynamo.send(new GetItemCommand({ TableName, Key }))).Item;

test("batches write and read items of several tables", async () => {
  const other = await target.newTable();
  const [first, second, third] = [newKey(), newKey(), newKey()];
  await put(third);
  const written = await target.dynamo.send(
    new BatchWriteItemCommand({
      RequestItems: {
        [TableName]: [{ PutRequest: { Item: { ...first, v: { N: "1" } } } }, { DeleteRequest: { Key: third } }],
        [other]: [{ PutRequest: { Item: second } }],
      },
    }),
  );
  expect(written.UnprocessedItems).toEqual({});
  const { Responses, UnprocessedKeys } = await target.dynamo.send(
    new BatchGetItemCommand({ RequestItems: { [TableName]: { Keys: [first, third] }, [other]: { Keys: [second] } } }),
  );
  expect(Responses).toEqual({ [TableName]: [{ ...first, v: { N: "1" } }], [other]: [second] });
  expect(UnprocessedKeys).toEqual({});
  const twice = new BatchGetItemCommand({ RequestItems: { [TableName]: { Keys: [first, first] } } });
  expect(await refusal(target.dynamo.send(twice))).toMatchObject({
    message: "Provided list of item keys contains duplicates",
  });
});

test("a batch of reads ends with the item that makes it 16 MB, and the answer names the keys that are left", async () => {
  const keys = Array.from({ length: 46 }, newKey);
  const left = [...keys];
  const write = async (): Promise<void> => {
    for (let key = left.pop(); key; key = left.pop()) await put({ ...key, v: { S: "x".repeat(390_000) } });
  };
  await Promise.all([write(), write(), write(), write()]);
  const read = async (RequestItems: Record<string, { Keys: Item[]; ProjectionExpression?: string }>) =>
    await target.dynamo.send(new BatchGetItemCommand({ RequestItems, ReturnConsumedCapacity: "TOTAL" }));
  const { Responses, UnprocessedKeys } = await read({ [TableName]: { Keys: keys, ProjectionExpression: "pk, sk" } });
  const found = Responses?.[TableName] ?? [];
  const unread = UnprocessedKeys?.[TableName]?.Keys ?? [];
  expect(found.length).toBeGreaterThan(40);
  expect(unread.length).toBeGreaterThan(0);
  const names = (items: readonly Item[]): string[] => items.map(({ pk }) => pk?.S ?? "").toSorted();
  expect(names([...found, ...unread])).toEqual(names(keys));
  const rest = await read({ [TableName]: { Keys: unread } });
  expect(names(rest.Responses?.[TableName] ?? [])).toEqual(names(unread));
  expect(rest.UnprocessedKeys).toEqual({});
}, 60_000);

test("a transaction reads and writes items of 4 MB together, and no more", async () => {
  const tooMuch = {
    name: "ValidationException",
    status: 400,
    message: "Collection size of items in the transaction exceeds the limit of 4 MB",
  };
  const keys = Array.from({ length: 11 }, newKey);
  for (const key of keys) await put({ ...key, v: { S: "x".repeat(390_000) } });
  const read = async (wanted: readonly Item[]) =>
    await target.dynamo.send(
      // What is left out of the answer counts too.
      new TransactGetItemsCommand({
        TransactItems: wanted.map((Key) => ({ Get: { TableName, Key, ProjectionExpression: "pk" } })),
      }),
    );
  expect((await read(keys.slice(0, 10))).Responses).toHaveLength(10);
  expect(await refusal(read(keys))).toEqual(tooMuch);
  const update = async (wanted: readonly Item[]) =>
    await target.dynamo.send(
      new TransactWriteItemsCommand({
        TransactItems: wanted.map((Key) => ({
          Update: {
            TableName,
            Key,
            UpdateExpression: "SET n = :n",
            ExpressionAttributeValues: { ":n": { N: "1" } },
          },
        })),
      }),
    );
  expect(await refusal(update(keys))).toEqual(tooMuch);
  await update(keys.slice(0, 10));
  expect((await get(keys[0] as Item))?.["n"]).toEqual({ N: "1" });
  expect((await get(keys[10] as Item))?.["n"]).toBeUndefined();
}, 60_000);

test("a transaction writes all or nothing, and says why", async () => {
  const [a, b, c] = [newKey(), newKey(), newKey()];
  await put({ ...c, v: { N: "1" } });
  const transact = (limit: string, ClientRequestToken?: string) =>
    target.dynamo.send(
      new TransactWriteItemsCommand({
        ClientRequestToken,
        TransactItems: [
          { Put: { TableName, Item: a } },
          {
            Update: {
              TableName,
              Key: b,
              UpdateExpression: "ADD v :one",
              ExpressionAttributeValues: { ":one": { N: "1" } },
            },
          },
          {
            ConditionCheck: {
              TableName,
              Key: c,
              ConditionExpression: "v < :limit",
              ExpressionAttributeValues: { ":limit": { N: limit } },
              ReturnValuesOnConditionCheckFailure: "ALL_OLD",
            },
          },
        ],
      }),
    );
  const error = await transact("0").catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(TransactionCanceledException);
  expect(error).toMatchObject({
    message:
      "Transaction cancelled, please refer cancellation reasons for specific reasons [None, None, ConditionalCheckFailed]",
    CancellationReasons: [
      { Code: "None" },
      { Code: "None" },
      { Code: "ConditionalCheckFailed", Message: "The conditional request failed", Item: { ...c, v: { N: "1" } } },
    ],
  });
  expect(await get(a)).toBeUndefined();
  const token = target.newName().slice(0, 36);
  await transact("5", token);
  await transact("5", token); // the same request again is not carried out twice
  const { Responses } = await target.dynamo.send(
    new TransactGetItemsCommand({ TransactItems: [a, b].map((Key) => ({ Get: { TableName, Key } })) }),
  );
  expect(Responses).toEqual([{ Item: a }, { Item: { ...b, v: { N: "1" } } }]);
  expect(await refusal(transact("6", token))).toMatchObject({ name: "IdempotentParameterMismatchException" });
});

test("transactions on the same items at the same time do not lose each other's writes", async () => {
  const keys = [newKey(), newKey(), newKey()];
  const add = (Key: Item) => ({
    Update: { TableName, Key, UpdateExpression: "ADD v :one", ExpressionAttributeValues: { ":one": { N: "1" } } },
  });
  const transact = async (): Promise<number> => {
    const order = [...keys].toSorted(() => Math.random() - 0.5);
    try {
      await target.dynamo.send(new TransactWriteItemsCommand({ TransactItems: order.map(add) }));
      return 1;
    } catch (error) {
      expect(error).toBeInstanceOf(TransactionCanceledException);
      return 0;
    }
  };
  const done = (await Promise.all(Array.from({ length: 20 }, transact))).reduce<number>((sum, one) => sum + one, 0);
  expect(done).toBeGreaterThan(0);
  for (const Key of keys) expect((await get(Key))?.["v"]).toEqual({ N: String(done) });
});

test("the reasons of a transaction that is refused are those of all its tables", async () => {
  const other = await target.newTable();
  const Key = newKey();
  const mustExist = (name: string) => ({
    ConditionCheck: { TableName: name, Key, ConditionExpression: "attribute_exists(pk)" },
  });
  const TransactItems = [mustExist(TableName), { Put: { TableName, Item: newKey() } }, mustExist(other)];
  await expect(target.dynamo.send(new TransactWriteItemsCommand({ TransactItems }))).rejects.toMatchObject({
    CancellationReasons: ["ConditionalCheckFailed", "None", "ConditionalCheckFailed"].map((Code) => ({ Code })),
  });
});

test("a batch with an item that is too large or too deep, or one that is written twice, writes nothing", async () => {
  const [small, large] = [newKey(), newKey()];
  const write = async (RequestItems: Record<string, { PutRequest: { Item: Item } }[]>) =>
    await refusal(target.dynamo.send(new BatchWriteItemCommand({ RequestItems })));
  const putOf = (Item: Item) => ({ PutRequest: { Item } });
  expect(
    await write({ [TableName]: [putOf(small), putOf({ ...large, v: { S: "x".repeat(410_000) } })] }),
  ).toMatchObject({ name: "ValidationException", message: "Item size has exceeded the maximum allowed size" });
  const nested = (levels: number): AttributeValue => (levels === 1 ? { N: "1" } : { L: [nested(levels - 1)] });
  expect(await write({ [TableName]: [putOf({ ...large, v: nested(33) })] })).toMatchObject({
    message: "Nesting Levels have exceeded supported limits: Attributes can be nested up to 32 levels deep",
  });
  const deep = { ...large, v: nested(32) };
  await target.dynamo.send(new BatchWriteItemCommand({ RequestItems: { [TableName]: [putOf(deep)] } }));
  expect(await get(large)).toEqual(deep);
  const arn = `arn:aws:dynamodb:${target.region}:${target.accountId}:table/${TableName}`;
  expect(await write({ [TableName]: [putOf(small)], [arn]: [putOf(small)] })).toMatchObject({
    message: "Provided list of item keys contains duplicates",
  });
  // A write of its own comes after all that the batches have written.
  await put(large);
  expect(await get(small)).toBeUndefined();
});
