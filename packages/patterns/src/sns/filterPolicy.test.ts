import { describe, expect, test } from "vitest";
import { compileFilterPolicy, type FilteredAttribute } from "./filterPolicy.ts";

const text = (StringValue: string): FilteredAttribute => ({ DataType: "String", StringValue });
const number = (value: number): FilteredAttribute => ({ DataType: "Number", StringValue: String(value) });
const list = (...values: unknown[]): FilteredAttribute => ({
  DataType: "String.Array",
  StringValue: JSON.stringify(values),
});

function attributesFit(policy: object, attributes: Record<string, FilteredAttribute>): boolean {
  return compileFilterPolicy(JSON.stringify(policy), "MessageAttributes").matches({ attributes, body: "" });
}

function bodyFits(policy: object, body: unknown): boolean {
  const json = typeof body === "string" ? body : JSON.stringify(body);
  return compileFilterPolicy(JSON.stringify(policy), "MessageBody").matches({ attributes: {}, body: json });
}

describe("attributes", () => {
  test.for<[object, Record<string, FilteredAttribute>, boolean]>([
    [{ a: ["x", "y"] }, { a: text("y") }, true],
    [{ a: ["x"] }, { a: text("X") }, false],
    [{ a: ["x"] }, {}, false],
    [{ a: ["x"], b: ["y"] }, { a: text("x") }, false],
    [{ a: ["x"] }, { a: list("w", "x") }, true],
    [{ a: [true, null] }, { a: list(null) }, true],
    [{ a: [100] }, { a: number(100) }, true],
    [{ a: [100] }, { a: text("100") }, false],
    [{ a: ["100"] }, { a: number(100) }, false],
    [{ a: [1.00001] }, { a: number(1.000009999) }, true],
    [{ a: [1.00001] }, { a: number(1.00002) }, false],
    [{ a: [{ numeric: [">", 0, "<=", 150] }] }, { a: number(150) }, true],
    [{ a: [{ numeric: [">", 0, "<=", 150] }] }, { a: number(0) }, false],
    [{ a: [{ numeric: ["=", 301.5] }] }, { a: number(301.5) }, true],
    [{ a: [{ numeric: ["<", 0] }] }, { a: number(-5e9) }, false],
    [{ a: [{ "anything-but": ["x", "y"] }] }, { a: text("z") }, true],
    [{ a: [{ "anything-but": ["x", "y"] }] }, { a: text("x") }, false],
    [{ a: [{ "anything-but": ["x", "y"] }] }, {}, false],
    [{ a: [{ "anything-but": ["rugby", "tennis"] }] }, { a: list("rugby", "baseball") }, true],
    [{ a: [{ "anything-but": [100, 500] }] }, { a: number(101) }, true],
    [{ a: [{ "anything-but": 500 }] }, { a: number(500) }, false],
    [{ a: [{ "anything-but": { prefix: "order-" } }] }, { a: text("order-x") }, false],
    [{ a: [{ "anything-but": { suffix: ["a", "b"] } }] }, { a: text("xb") }, false],
    [{ a: [{ "anything-but": { wildcard: "*x*" } }] }, { a: text("ab") }, true],
    [{ a: [{ prefix: "bas" }] }, { a: text("baseball") }, true],
    [{ a: [{ prefix: { "equals-ignore-case": "BAS" } }] }, { a: text("baseball") }, true],
    [{ a: [{ suffix: "ball" }] }, { a: text("ballet") }, false],
    [{ a: [{ "equals-ignore-case": "TenNis" }] }, { a: text("tennis") }, true],
    [{ a: [{ wildcard: "*ball" }] }, { a: text("football") }, true],
    [{ a: [{ wildcard: "a*b*c" }] }, { a: text("a-b-b-c") }, true],
    [{ a: [{ wildcard: "a*b*c" }] }, { a: text("a-c") }, false],
    [{ a: [{ wildcard: "ab*ba" }] }, { a: text("aba") }, false],
    [{ a: [{ wildcard: "a\\*b" }] }, { a: text("a*b") }, true],
    [{ a: [{ wildcard: "a\\*b" }] }, { a: text("axb") }, false],
    [{ a: [{ cidr: "10.0.0.0/24" }] }, { a: text("10.0.0.255") }, true],
    [{ a: [{ cidr: "10.0.0.0/24" }] }, { a: text("10.1.1.0") }, false],
    [{ a: [{ cidr: "2001:db8::/32" }] }, { a: text("2001:db8:1::1") }, true],
    [{ a: [{ exists: true }] }, { a: { DataType: "Binary" } }, true],
    [{ a: [{ exists: false }] }, { b: text("x") }, true],
    [{ a: [{ exists: false }] }, { a: text("x") }, false],
    [{ a: ["x", { exists: false }] }, {}, true],
    [{ $or: [{ a: ["x"] }, { b: ["y"] }] }, { b: text("y") }, true],
    [{ $or: [{ a: ["x"] }, { b: ["y"] }] }, { b: text("x") }, false],
    [{ c: ["z"], $or: [{ a: ["x"] }, { b: ["y"] }] }, { b: text("y") }, false],
    [{ __proto__: null, constructor: ["x"] }, {}, false],
  ])("%j and %j: %s", ([policy, attributes, fits]) => {
    expect(attributesFit(policy, attributes)).toBe(fits);
  });
});

describe("bodies", () => {
  test.for<[object, unknown, boolean]>([
    [{ a: { b: ["x"] } }, { a: { b: "x" } }, true],
    [{ a: { b: ["x"] } }, { a: { b: ["w", "x"] } }, true],
    [{ a: { b: ["x"] } }, { a: "x" }, false],
    [{ a: { b: ["x"] } }, "no JSON", false],
    [{ a: { b: ["x"] } }, '["x"]', false],
    [{ a: { b: [{ exists: false }] } }, {}, true],
    [{ a: { b: [{ exists: false }] } }, { a: { b: 1 } }, false],
    [{ a: [{ numeric: [">=", 2] }] }, { a: 2 }, true],
    [{ a: [null] }, { a: null }, true],
    [{ a: [true] }, { a: "true" }, false],
    [{ a: { b: ["x"], c: ["y"] } }, { a: [{ b: "x", c: "y" }] }, true],
    [{ a: { b: ["x"], c: ["y"] } }, { a: [{ b: "x" }, { c: "y" }] }, false],
    [{ a: { $or: [{ b: ["x"] }, { c: [1] }] } }, { a: { c: 1 } }, true],
  ])("%j and %j: %s", ([policy, body, fits]) => {
    expect(bodyFits(policy, body)).toBe(fits);
  });

  test("a deeply nested list costs no stack", () => {
    const body = `{"a":${"[".repeat(50_000)}"x"${"]".repeat(50_000)}}`;
    expect(bodyFits({ a: ["x"] }, body)).toBe(true);
  });
});

const values = (count: number): string[] => Array.from({ length: count }, (_none, at) => String(at));

test.for<[string, "MessageAttributes" | "MessageBody", string]>([
  ["{", "MessageAttributes", "failed to parse JSON."],
  ['["x"]', "MessageAttributes", "Filter policy must be a JSON object"],
  ['{"a":"x"}', "MessageAttributes", '"a" must be an object or an array'],
  ['{"a":[]}', "MessageAttributes", "Empty arrays are not allowed"],
  ['{"a":{"b":["x"]}}', "MessageAttributes", "does not support nested filter policy"],
  ['{"a":[{"near":"x"}]}', "MessageAttributes", "Unrecognized match type near"],
  ['{"a":[{"constructor":"x"}]}', "MessageAttributes", "Unrecognized match type constructor"],
  ['{"a":[["x"]]}', "MessageAttributes", "Match value must be String, number, true, false, or null"],
  ['{"a":[{"exists":"x"}]}', "MessageAttributes", "exists match pattern must be either true or false."],
  ['{"a":[{"numeric":["<","1"]}]}', "MessageAttributes", "Value of < must be numeric"],
  ['{"a":[{"numeric":["=",1000000001]}]}', "MessageAttributes", "must be between -1.0E9 and 1.0E9, inclusive"],
  ['{"a":[{"numeric":[">",2,"<",1]}]}', "MessageAttributes", "Bottom must be less than top"],
  ['{"a":[{"wildcard":"a**"}]}', "MessageAttributes", "Consecutive wildcard characters"],
  ['{"a":[{"cidr":"10.0.0.0/33"}]}', "MessageAttributes", "Malformed CIDR"],
  ['{"a":[{"anything-but":["x",1]}]}', "MessageAttributes", "mixed type is not supported"],
  [
    JSON.stringify(Object.fromEntries("abcdef".split("").map((key) => [key, ["x"]]))),
    "MessageAttributes",
    "more than 5 keys",
  ],
  [JSON.stringify({ a: values(151) }), "MessageAttributes", "Filter policy is too complex"],
  [JSON.stringify({ a: { b: { c: values(4) } }, d: { e: values(3) }, f: values(3) }), "MessageBody", "too complex"],
  [JSON.stringify({ a: values(6).map((one) => ({ wildcard: `*${one}*` })) }), "MessageBody", "too complex"],
  [`${'{"a":'.repeat(10_000)}["x"]${"}".repeat(10_000)}`, "MessageBody", "too complex"],
])("%s (%s) is refused", ([policy, scope, reason]) => {
  expect(() => compileFilterPolicy(policy, scope)).toThrow(reason);
});

test("a policy of 150 combinations is taken", () => {
  expect(
    attributesFit({ a: values(5), b: values(5), c: values(6) }, { a: text("4"), b: text("0"), c: text("5") }),
  ).toBe(true);
});
