import { expect, test } from "vitest";
import { isFilterPattern } from "./filterPattern.ts";

test.each([
  { eventName: ["INSERT", null, true, 1] },
  { dynamodb: { NewImage: { public: { BOOL: [true] } } } },
  { body: { RecordNumber: [{ numeric: [">", 5, "<=", 9] }], x: [{ numeric: ["=", 1] }] } },
  { data: { a: [{ prefix: "x" }, { suffix: "y" }, { "equals-ignore-case": "z" }, { exists: false }] } },
  { a: [{ "anything-but": ["b", "c"] }], d: [{ "anything-but": 1 }], e: [{ "anything-but": { prefix: "f" } }] },
  { $or: [{ a: ["b"] }, { c: ["d"] }] },
])("%j is a filter pattern", (pattern) => {
  expect(isFilterPattern(JSON.stringify(pattern))).toBe(true);
});

test.each([
  "",
  "null",
  "[]",
  "{}",
  '{"a": "b"}',
  '{"a": []}',
  '{"a": {}}',
  '{"a": [{"between": [1, 2]}]}',
  '{"a": [{"prefix": "x", "suffix": "y"}]}',
  '{"a": [{"numeric": [">", "1"]}]}',
  '{"a": [["b"]]}',
  '{"$or": "a"}',
  '[{"eventName": ["INSERT"=123}]',
])("%s is not a filter pattern", (text) => {
  expect(isFilterPattern(text)).toBe(false);
});
