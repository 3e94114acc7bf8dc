import { AwsError } from "@hearth/model";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Parser } from "./parser.ts";
import { Placeholders } from "./placeholders.ts";

const placeholders = () => new Placeholders({ "#a": "a b" }, { ":v": { N: "1" }, ":s": { SS: ["x"] } });
const parse = (text: string): unknown => new Parser(text, "ConditionExpression", placeholders()).condition();

test("any text is an expression or AWS's error", () => {
  const words = fc.constantFrom(
    "a",
    "#a",
    ":v",
    ":s",
    "(",
    ")",
    "[",
    "]",
    "0",
    ".",
    ",",
    "=",
    "<>",
    "<",
    "+",
    "AND",
    "OR",
    "NOT",
    "IN",
    "BETWEEN",
    "size",
    "contains",
    "SET",
    "ADD",
    "😀",
    "\0",
  );
  const texts = fc.oneof(
    fc.array(words, { maxLength: 30 }).map((parts) => parts.join(" ")),
    fc.string(),
  );
  fc.assert(
    fc.property(texts, (text) => {
      for (const read of [
        () => new Parser(text, "ConditionExpression", placeholders()).condition(),
        () => new Parser(text, "UpdateExpression", placeholders()).update(),
        () => new Parser(text, "ProjectionExpression", placeholders()).projection(),
      ]) {
        try {
          read();
        } catch (error) {
          expect(error).toBeInstanceOf(AwsError);
        }
      }
    }),
    { numRuns: 500 },
  );
});

test.each([
  [`${"(".repeat(2_000)}a = :v${")".repeat(2_000)}`, "too many nested elements"],
  [`${"NOT ".repeat(1_000)}a = :v`, "too many"],
  [Array.from({ length: 400 }, () => "a=:v").join(" OR "), "too many operators"],
  [`a = :v ${"AND a = :v ".repeat(1_000)}`, "Expression size has exceeded"],
  [`a${".a".repeat(40)} = :v`, "too many nesting elements"],
  ["a[99999999999] = :v", "List index is not within the allowable range"],
])("an expression that is too large is refused", (text, message) => {
  expect(() => parse(text)).toThrow(message);
});

test("precedence is NOT, AND, OR", () => {
  expect(parse("NOT a = :v AND b = :v OR c = :v")).toMatchObject({
    kind: "or",
    left: { kind: "and", left: { kind: "not" }, right: { kind: "compare" } },
    right: { kind: "compare" },
  });
});

test.each([
  ["((a = :v))", "The expression has redundant parentheses;"],
  ["a = :v AND ((b = :v OR c = :v))", "The expression has redundant parentheses;"],
  [
    "a.b = a.b",
    "The first operand must be distinct from the remaining operands for this operator or function; operator: =, first operand: [a, b]",
  ],
  [
    "contains(a, a)",
    "The first operand must be distinct from the remaining operands for this operator or function; operator: contains, first operand: [a]",
  ],
  [
    "a BETWEEN :w AND :v",
    "The BETWEEN operator requires upper bound to be greater than or equal to lower bound; lower bound operand: AttributeValue: {N:2}, upper bound operand: AttributeValue: {N:1}",
  ],
  [
    "a BETWEEN :v AND :t",
    "The BETWEEN operator requires same data type for lower and upper bounds; lower bound operand: AttributeValue: {N:1}, upper bound operand: AttributeValue: {S:x}",
  ],
])("a condition that makes no sense is refused: %s", (text, message) => {
  const values = new Placeholders(undefined, { ":v": { N: "1" }, ":w": { N: "2" }, ":t": { S: "x" } });
  expect(() => new Parser(text, "FilterExpression", values).condition()).toThrow(
    `Invalid FilterExpression: ${message}`,
  );
});

test.each([
  "((a = :v AND b = :v) AND c = :v)",
  "(a = :v) AND (b = :v)",
  "(NOT (a = :v))",
  "a BETWEEN :v AND :v",
  "a = b",
])("parentheses that group, equal bounds and other attributes are taken: %s", (text) => {
  expect(parse(text)).toBeDefined();
});
