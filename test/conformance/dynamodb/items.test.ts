import {
  type AttributeValue,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  type PutItemCommandInput,
  QueryCommand,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from "@aws-sdk/client-dynamodb";
import { GetCommand, PutCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
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
const newKey = (): Item => ({ pk: { S: `p${made++}` }, sk: { S: "s" } });
const put = async (Item: Item, more: Partial<PutItemCommandInput> = {}) =>
  await target.dynamo.send(new PutItemCommand({ TableName, Item, ...more }));
const get = async (Key: Item) => (await target.dynamo.send(new GetItemCommand({ TableName, Key }))).Item;
const update = async (Key: Item, more: Partial<UpdateItemCommandInput>) =>
  await target.dynamo.send(new UpdateItemCommand({ TableName, Key, ...more }));

test("an item of every type comes back as it was, numbers in their plain form", async () => {
  const Key = newKey();
  const Item: Item = {
    ...Key,
    s: { S: "text é 😀" },
    empty: { S: "" },
    n: { N: "1.50E2" },
    precise: { N: "12345678901234567890123456789012345678" },
    b: { B: Buffer.from([0, 255, 1]) },
    yes: { BOOL: true },
    nothing: { NULL: true },
    ss: { SS: ["b", "a"] },
    ns: { NS: ["1", "2.0"] },
    bs: { BS: [Buffer.from("x")] },
    l: { L: [{ S: "x" }, { L: [{ N: "1" }] }] },
    m: { M: { inner: { M: { deep: { BOOL: false } } }, "a.b": { N: "-0.10" } } },
  };
  await put(Item);
  const found = await get(Key);
  expect(found).toEqual({
    ...Item,
    n: { N: "150" },
    ns: { NS: ["1", "2"] },
    b: { B: Uint8Array.from([0, 255, 1]) },
    bs: { BS: [Uint8Array.from(Buffer.from("x"))] },
    m: { M: { inner: { M: { deep: { BOOL: false } } }, "a.b": { N: "-0.1" } } },
  });
  expect(await get(newKey())).toBeUndefined();
});

/** The SDK takes some names out of items: the body is set where it is still to be signed. */
function withBody<Command extends PutItemCommand>(command: Command, body: string): Command {
  command.middlewareStack.add(
    (next) => async (args) => {
      const request = args.request as { body: string; headers: Record<string, string> };
      Object.assign(request, { body });
      request.headers["content-length"] = String(Buffer.byteLength(body));
      return await next(args);
    },
    { step: "build", priority: "low" },
  );
  return command;
}

test("names that mean something to JavaScript are names of attributes and of keys like others", async () => {
  const item = `"__proto__":{"S":"outer"},"constructor":{"S":"c"},"map":{"M":{"__proto__":{"S":"inner"}}}`;
  const Key = newKey();
  await target.dynamo.send(
    withBody(
      new PutItemCommand({ TableName, Item: Key }),
      `{"TableName":"${TableName}","Item":{"pk":${JSON.stringify(Key["pk"])},"sk":${JSON.stringify(Key["sk"])},${item}}}`,
    ),
  );
  await update(Key, {
    UpdateExpression: "SET kept = #p",
    ConditionExpression: "#p = :outer AND #m.#p = :inner AND #c = :c AND attribute_not_exists(valueOf)",
    ExpressionAttributeNames: { "#p": "__proto__", "#m": "map", "#c": "constructor" },
    ExpressionAttributeValues: { ":outer": { S: "outer" }, ":inner": { S: "inner" }, ":c": { S: "c" } },
  });
  expect((await get(Key))?.["kept"]).toEqual({ S: "outer" });
  const keyed = await target.newTable({
    AttributeDefinitions: [{ AttributeName: "__proto__", AttributeType: "S" }],
    KeySchema: [{ AttributeName: "__proto__", KeyType: "HASH" }],
  });
  await target.dynamo.send(
    withBody(
      new PutItemCommand({ TableName: keyed, Item: Key }),
      `{"TableName":"${keyed}","Item":{"__proto__":{"S":"key"},"v":{"N":"1"}}}`,
    ),
  );
  const { Items } = await target.dynamo.send(
    new QueryCommand({
      ...{ TableName: keyed, KeyConditionExpression: "#p = :key" },
      ...{ ExpressionAttributeNames: { "#p": "__proto__" }, ExpressionAttributeValues: { ":key": { S: "key" } } },
    }),
  );
  expect(Items?.map(({ v }) => v)).toEqual([{ N: "1" }]);
});

test("members of the wrong type, and items that are missing, are refused as everywhere", async () => {
  const refused = (members: string) =>
    refusal(
      target.dynamo.send(
        withBody(new PutItemCommand({ TableName, Item: {} }), `{"TableName":"${TableName}"${members}}`),
      ),
    );
  expect(await refused("")).toMatchObject({
    name: "ValidationException",
    message: "1 validation error detected: Value null at 'item' failed to satisfy constraint: Member must not be null",
  });
  for (const members of [`,"Item":[]`, `,"Item":{"pk":[]}`, `,"Item":{"pk":{"L":{}}}`, `,"Item":{"pk":{"SS":"a"}}`]) {
    expect((await refused(members)).name, members).toBe("SerializationException");
  }
});

test("old items are returned when asked for, and a delete of nothing succeeds", async () => {
  const Key = newKey();
  await put({ ...Key, v: { N: "1" } });
  const second = await put({ ...Key, v: { N: "2" } }, { ReturnValues: "ALL_OLD", ReturnConsumedCapacity: "TOTAL" });
  expect(second.Attributes?.["v"]).toEqual({ N: "1" });
  expect(second.ConsumedCapacity).toEqual({ TableName, CapacityUnits: 1 });
  const remove = new DeleteItemCommand({ TableName, Key, ReturnValues: "ALL_OLD" });
  expect((await target.dynamo.send(remove)).Attributes?.["v"]).toEqual({ N: "2" });
  expect((await target.dynamo.send(remove)).Attributes).toBeUndefined();
});

test("a projection gives parts of an item, in lists too", async () => {
  const Key = newKey();
  await put({ ...Key, m: { M: { a: { N: "1" }, b: { N: "2" } } }, l: { L: [{ S: "x" }, { S: "y" }, { S: "z" }] } });
  const { Item } = await target.dynamo.send(
    new GetItemCommand({
      TableName,
      Key,
      ProjectionExpression: "#m.a, l[2], l[0], absent",
      ExpressionAttributeNames: { "#m": "m" },
    }),
  );
  expect(Item).toEqual({ m: { M: { a: { N: "1" } } }, l: { L: [{ S: "x" }, { S: "z" }] } });
});

describe("conditions", () => {
  const Item = () => ({
    ...newKey(),
    n: { N: "5" },
    s: { S: "hello" },
    set: { SS: ["a"] },
    m: { M: { x: { N: "1" } } },
  });
  test.for<[string, boolean, Item?]>([
    ["attribute_exists(pk)", true],
    ["attribute_not_exists(pk)", false],
    ["n = :five", true, { ":five": { N: "5.0" } }],
    ["n <> :five", false, { ":five": { N: "5" } }],
    ["n BETWEEN :a AND :b", true, { ":a": { N: "4" }, ":b": { N: "6" } }],
    ["n IN (:a, :b)", false, { ":a": { N: "4" }, ":b": { N: "6" } }],
    ["begins_with(s, :p) AND contains(s, :q)", true, { ":p": { S: "he" }, ":q": { S: "ll" } }],
    ["contains(#set, :a)", true, { ":a": { S: "a" } }],
    ["size(s) = :five", true, { ":five": { N: "5" } }],
    ["attribute_type(m, :t) AND m.x < :five", true, { ":t": { S: "M" }, ":five": { N: "5" } }],
    ["NOT (n > :five OR s = :s)", true, { ":five": { N: "5" }, ":s": { S: "other" } }],
    ["absent = :five", false, { ":five": { N: "5" } }],
    ["absent <> :five", true, { ":five": { N: "5" } }],
    ["n > :text", false, { ":text": { S: "1" } }],
  ])("%s", async ([ConditionExpression, fulfilled, values]) => {
    const item = Item();
    await put(item);
    const again = put(item, {
      ConditionExpression,
      ...(values && { ExpressionAttributeValues: values }),
      ...(ConditionExpression.includes("#set") && { ExpressionAttributeNames: { "#set": "set" } }),
      ReturnValuesOnConditionCheckFailure: "ALL_OLD",
    });
    if (fulfilled) await again;
    else {
      const error = await again.catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(ConditionalCheckFailedException);
      expect(error).toMatchObject({ message: "The conditional request failed", Item: item });
    }
  });
});

describe("updates", () => {
  test("SET, REMOVE, ADD and DELETE work on values, lists, maps, numbers and sets at once", async () => {
    const Key = newKey();
    await put({
      ...Key,
      n: { N: "1" },
      gone: { S: "x" },
      l: { L: [{ N: "0" }, { N: "1" }, { N: "2" }] },
      set: { SS: ["a", "b"] },
      m: { M: { x: { N: "1" } } },
    });
    const { Attributes } = await update(Key, {
      UpdateExpression:
        "SET n = n + :one, l2 = list_append(l, :list), #new = if_not_exists(#new, :one), m.y = :one REMOVE gone, l[1], l[0] ADD cnt :one DELETE #set :a",
      ExpressionAttributeNames: { "#new": "fresh", "#set": "set" },
      ExpressionAttributeValues: { ":one": { N: "1" }, ":list": { L: [{ N: "3" }] }, ":a": { SS: ["a"] } },
      ReturnValues: "ALL_NEW",
    });
    expect(Attributes).toEqual({
      ...Key,
      n: { N: "2" },
      l: { L: [{ N: "2" }] },
      l2: { L: [{ N: "0" }, { N: "1" }, { N: "2" }, { N: "3" }] },
      fresh: { N: "1" },
      m: { M: { x: { N: "1" }, y: { N: "1" } } },
      cnt: { N: "1" },
      set: { SS: ["b"] },
    });
  });

  test("an update makes the item where there is none, and returns what it has changed", async () => {
    const Key = newKey();
    const first = await update(Key, {
      UpdateExpression: "SET v = :v",
      ExpressionAttributeValues: { ":v": { S: "x" } },
      ReturnValues: "UPDATED_NEW",
    });
    expect(first.Attributes).toEqual({ v: { S: "x" } });
    const second = await update(Key, {
      UpdateExpression: "SET v = :v",
      ExpressionAttributeValues: { ":v": { S: "y" } },
      ReturnValues: "UPDATED_OLD",
    });
    expect(second.Attributes).toEqual({ v: { S: "x" } });
    expect(await get(Key)).toEqual({ ...Key, v: { S: "y" } });
  });

  test("hundreds of updates of one item at the same time are all counted", async () => {
    const Key = newKey();
    const one = { UpdateExpression: "ADD v :one", ExpressionAttributeValues: { ":one": { N: "1" } } };
    await Promise.all(Array.from({ length: 300 }, () => update(Key, one)));
    expect((await get(Key))?.["v"]).toEqual({ N: "300" });
  });

  test("the parameters from before there were expressions still work", async () => {
    const Key = newKey();
    await update(Key, { AttributeUpdates: { v: { Value: { N: "1" }, Action: "ADD" }, w: { Value: { S: "x" } } } });
    await put({ ...Key, v: { N: "2" } }, { Expected: { v: { Value: { N: "1" } } } });
    const wrong = put({ ...Key }, { Expected: { v: { ComparisonOperator: "GT", AttributeValueList: [{ N: "5" }] } } });
    expect(await refusal(wrong)).toMatchObject({ name: "ConditionalCheckFailedException", status: 400 });
  });
});

test.for<[string, () => Promise<unknown>, string]>([
  [
    "a put that asks for new values",
    async () => await put(newKey(), { ReturnValues: "ALL_NEW" }),
    "ReturnValues can only be ALL_OLD or NONE",
  ],
  [
    "a key that is missing",
    async () => await put({ pk: { S: "x" } }),
    "One or more parameter values were invalid: Missing the key sk in the item",
  ],
  [
    "a key of another type",
    async () => await put({ pk: { N: "1" }, sk: { S: "s" } }),
    "One or more parameter values were invalid: Type mismatch for key pk expected: S actual: N",
  ],
  [
    "an empty key",
    async () => await put({ pk: { S: "" }, sk: { S: "s" } }),
    "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: pk",
  ],
  ["a wrong key", async () => await get({ pk: { S: "x" } }), "The provided key element does not match the schema"],
  [
    "no number",
    async () => await put({ ...newKey(), n: { N: "abc" } }),
    "The parameter cannot be converted to a numeric value: abc",
  ],
  [
    "a number with too many digits",
    async () => await put({ ...newKey(), n: { N: "1".repeat(39) } }),
    "Attempting to store more than 38 significant digits in a Number",
  ],
  [
    "an item that is too large",
    async () => await put({ ...newKey(), s: { S: "x".repeat(400 * 1024) } }),
    "Item size has exceeded the maximum allowed size",
  ],
  [
    "a set with a member twice",
    async () => await put({ ...newKey(), s: { SS: ["a", "a"] } }),
    "One or more parameter values were invalid: Input collection [a, a] contains duplicates.",
  ],
  [
    "a reserved word",
    async () =>
      await update(newKey(), { UpdateExpression: "SET name = :v", ExpressionAttributeValues: { ":v": { S: "x" } } }),
    "Invalid UpdateExpression: Attribute name is a reserved keyword; reserved keyword: name",
  ],
  [
    "a syntax error",
    async () =>
      await update(newKey(), { UpdateExpression: "SET v = = :v", ExpressionAttributeValues: { ":v": { S: "x" } } }),
    'Invalid UpdateExpression: Syntax error; token: "=", near: "= = :v"',
  ],
  [
    "a value that is not defined",
    async () => await update(newKey(), { UpdateExpression: "SET v = :v" }),
    "Invalid UpdateExpression: An expression attribute value used in expression is not defined; attribute value: :v",
  ],
  [
    "a value that is not used",
    async () =>
      await update(newKey(), {
        UpdateExpression: "SET v = :v",
        ExpressionAttributeValues: { ":v": { S: "x" }, ":w": { S: "x" } },
      }),
    "Value provided in ExpressionAttributeValues unused in expressions: keys: {:w}",
  ],
  [
    "paths that overlap",
    async () =>
      await update(newKey(), {
        UpdateExpression: "SET v = :v REMOVE v.x",
        ExpressionAttributeValues: { ":v": { S: "x" } },
      }),
    "Invalid UpdateExpression: Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [v], path two: [v, x]",
  ],
  [
    "a change of the key",
    async () =>
      await update(newKey(), { UpdateExpression: "SET pk = :v", ExpressionAttributeValues: { ":v": { S: "x" } } }),
    "One or more parameter values were invalid: Cannot update attribute pk. This attribute is part of the key",
  ],
  [
    "a path into nothing",
    async () =>
      await update(newKey(), { UpdateExpression: "SET a.b = :v", ExpressionAttributeValues: { ":v": { S: "x" } } }),
    "The document path provided in the update expression is invalid for update",
  ],
])("refused: %s", async ([, call, message]) => {
  expect(await refusal(call())).toEqual({ name: "ValidationException", status: 400, message });
});

test("a table that does not exist is not found", async () => {
  const missing = target.dynamo.send(new GetItemCommand({ TableName: "no-such-table", Key: newKey() }));
  expect(await refusal(missing)).toEqual({
    name: "ResourceNotFoundException",
    status: 400,
    message: "Requested resource not found",
  });
});

test("the document client works unchanged", async () => {
  const Key = { pk: target.newName(), sk: "doc" };
  const Item = { ...Key, n: 1.5, list: [1, "two", { three: true }], set: new Set(["x"]), none: null };
  await target.documents.send(new PutCommand({ TableName, Item }));
  await target.documents.send(
    new UpdateCommand({
      TableName,
      Key,
      UpdateExpression: "SET #n = #n + :d",
      ExpressionAttributeNames: { "#n": "n" },
      ExpressionAttributeValues: { ":d": 2 },
    }),
  );
  expect((await target.documents.send(new GetCommand({ TableName, Key }))).Item).toEqual({ ...Item, n: 3.5 });
});
