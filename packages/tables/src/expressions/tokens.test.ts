import { expect, it } from "vitest";
import { Parser } from "./parser.ts";
import { Placeholders } from "./placeholders.ts";
import { tokensOf } from "./tokens.ts";

it("splits an expression once, and again where others took its place", () => {
  const expression = "a = :a AND #b.c[3] <> :b";
  const tokens = tokensOf(expression, "FilterExpression");
  expect(tokensOf(expression, "ConditionExpression")).toBe(tokens);
  for (let at = 0; at < 10_000; at++) tokensOf(`other${at} = :a AND another${at} = :b`, "FilterExpression");
  expect(tokensOf(expression, "FilterExpression")).not.toBe(tokens);
  expect(tokensOf(expression, "FilterExpression")).toEqual(tokens);
});

it("keeps no long expression", () => {
  const long = `${"a".repeat(1_000)} = :a`;
  expect(tokensOf(long, "FilterExpression")).not.toBe(tokensOf(long, "FilterExpression"));
});

it("looks up the names and values of each request, and names the kind of expression in errors", () => {
  const expression = "#name = :value";
  const condition = (name: string, value: string) =>
    new Parser(
      expression,
      "FilterExpression",
      new Placeholders({ "#name": name }, { ":value": { S: value } }),
    ).condition();
  expect(condition("one", "1")).toMatchObject({ left: { path: ["one"] }, right: { value: { S: "1" } } });
  expect(condition("two", "2")).toMatchObject({ left: { path: ["two"] }, right: { value: { S: "2" } } });
  const without = new Placeholders({ "#other": "one" }, { ":value": { S: "1" } });
  expect(() => new Parser(expression, "ConditionExpression", without).condition()).toThrow(
    /^Invalid ConditionExpression: An expression attribute name used in the document path is not defined/,
  );
  expect(() => without.checkUsed(true, "FilterExpression")).toThrow("unused in expressions: keys: {#other}");
  for (const kind of ["FilterExpression", "ConditionExpression"] as const) {
    expect(() => tokensOf("a = !", kind)).toThrow(`Invalid ${kind}: Syntax error; token: "!"`);
  }
});
