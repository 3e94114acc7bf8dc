import { expect, test } from "vitest";
import { z } from "zod";
import { isAttributeMap, isAttributeValue } from "./isAttributeValue.ts";
import { AttributeMap, AttributeValue } from "./words.ts";

const bytes = Buffer.from([1, 2]);
const RIGHT = [
  { S: "" },
  { N: "1" },
  { B: bytes },
  { BOOL: false },
  { NULL: true },
  { SS: ["a"] },
  { NS: ["1"] },
  { BS: [bytes] },
  { L: [{ S: "a" }, { M: { a: { L: [] } } }] },
  { M: { constructor: { S: "a" }, "": { N: "2" } } },
  {},
  { S: "a", N: "1" },
];
const WRONG: readonly unknown[] = [
  null,
  "a",
  [],
  { S: 1 },
  { N: 1 },
  { B: "AQI=" },
  { BOOL: "true" },
  { SS: "a" },
  { SS: [1] },
  { BS: ["AQI="] },
  { L: {} },
  { L: [{ S: 1 }] },
  { M: [] },
  { M: { a: { S: null } } },
];

test("values that need no look at the schema are passed on as they are", () => {
  for (const value of RIGHT) {
    expect(isAttributeValue(value), JSON.stringify(value)).toBe(true);
    expect(AttributeValue.parse(value)).toBe(value);
    const attributes = { name: value };
    expect(isAttributeMap(attributes)).toBe(true);
    expect(AttributeMap.optional().parse(attributes)).toBe(attributes);
  }
});

test("all others get the schema's answer: they are refused, or members that it does not know are left out", () => {
  for (const value of WRONG) {
    expect(isAttributeValue(value), JSON.stringify(value)).toBe(false);
    expect(AttributeValue.safeParse(value).success, JSON.stringify(value)).toBe(false);
    expect(AttributeMap.safeParse({ name: value }).success, JSON.stringify(value)).toBe(false);
  }
  expect(AttributeValue.safeParse({ L: [{ M: { a: { S: 1 } } }] }).error?.issues).toMatchObject([
    { path: ["L", 0, "M", "a", "S"], message: "NUMBER_VALUE can not be converted to a String" },
  ]);
  expect(AttributeValue.parse({ S: "a", T: "b" })).toEqual({ S: "a" });
  const map = JSON.parse('{"a":{"S":"b"},"__proto__":{"S":"c"}}') as object;
  expect(Object.keys(AttributeMap.parse(map))).toEqual(["a", "__proto__"]);
  expect(Object.keys(AttributeValue.parse({ M: map }).M ?? {})).toEqual(["a", "__proto__"]);
});

test("the short cut is there in lists, maps and structures of values", () => {
  const value = { S: "a" };
  expect(z.array(AttributeValue).parse([value])[0]).toBe(value);
  expect(z.object({ Value: AttributeValue.optional() }).parse({ Value: value }).Value).toBe(value);
});
