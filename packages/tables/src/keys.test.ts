import { expect, test } from "vitest";
import type { Item } from "./attributeValue.ts";
import { checkUpdatedKeys } from "./keys.ts";

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
