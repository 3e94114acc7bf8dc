import { expect, test } from "vitest";
import type { Item } from "./attributeValue.ts";
import { checkKeysOfItem, checkUpdatedKeys } from "./keys.ts";
import type { IndexDefinition } from "./table.ts";

const INDEXES = [{ hash: { name: "g", type: "S" }, range: { name: "n", type: "N" } }] as const;
const check = (before: Item, after: Item) => checkUpdatedKeys(INDEXES, before, after);

test.each<[string, Item, string]>([
  ["another type", { g: { N: "1" } }, "attempted to update the secondary index key to unsupported type"],
  ["an empty text", { g: { S: "" } }, "cannot contain an empty string value"],
  [
    "a text that is too long",
    { g: { S: "x".repeat(2_049) }, n: { N: "1" } },
    "attempted to update the secondary index key beyond allowed size limits",
  ],
])("an update cannot give the key of an index %s", (_what, after, message) => {
  expect(() => check({}, after)).toThrow(message);
});

test("a value from before there was the index stays as it is, and does not refuse other updates", () => {
  expect(() => check({ g: { N: "1" } }, { g: { N: "1" }, other: { S: "x" } })).not.toThrow();
  expect(() => check({ g: { S: "a" } }, { g: { S: "b" }, n: { N: "1" } })).not.toThrow();
});

test.each([
  [
    { N: "1" },
    "One or more parameter values were invalid: Type mismatch for Index Key g Expected: S Actual: N IndexName: by-g",
  ],
  [
    { S: "" },
    "One or more parameter values are not valid. A value specified for a secondary index key is not supported. The AttributeValue for a key attribute cannot contain an empty string value. IndexName: by-g, IndexKey: g",
  ],
])("an item whose index key is %o is refused, with the name of the index", (g, message) => {
  const key = { hash: { name: "pk", type: "S" } } as const;
  const indexes = [{ name: "by-g", key: { hash: { name: "g", type: "S" } } } as unknown as IndexDefinition];
  expect(() => checkKeysOfItem({ key, indexes }, { pk: { S: "p" }, g })).toThrow(message);
});
