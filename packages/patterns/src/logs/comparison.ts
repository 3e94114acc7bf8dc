import { logRegex } from "./logRegex.ts";
import type { Scanner } from "./scanner.ts";
import { wildcard } from "./wildcard.ts";

/** A value that a pattern compares: a member of a JSON document, or the text of a column. */
export type Comparable = string | number | boolean;

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const BARE = /[^\s"%()&|,[\]{}=<>!]+/y;

export function numberIn(text: string): number | undefined {
  return NUMBER.test(text) ? Number(text) : undefined;
}

/**
 * Reads an operator and what it compares with: `= text`, `!= "text*"`, `= %regex%`, `>= 5`. The test is not called for values that do not exist, and no
 * comparison is true of them.
 */
export function readComparison(scanner: Scanner): (value: Comparable) => boolean {
  const operator = ["!=", "<=", ">=", "=", "<", ">"].find((each) => scanner.takes(each));
  if (operator === undefined) return scanner.fail("expected an operator");
  scanner.skipSpace();
  if (operator !== "=" && operator !== "!=") return readOrder(scanner, operator);
  const isEqual = readEquality(scanner);
  return operator === "=" ? isEqual : (value) => !isEqual(value);
}

function readEquality(scanner: Scanner): (value: Comparable) => boolean {
  const next = scanner.text.charAt(scanner.at);
  if (next === "%") {
    const test = logRegex(scanner.regex());
    return (value) => test(String(value));
  }
  if (next === '"') {
    const test = wildcard(scanner.quoted());
    return (value) => test(String(value));
  }
  const bare = scanner.match(BARE);
  if (bare === undefined) return scanner.fail("expected a value");
  const number = numberIn(bare);
  const test = wildcard(bare);
  if (number === undefined) return (value) => test(String(value));
  return (value) =>
    typeof value === "number" ? value === number : test(value.toString()) || numberIn(String(value)) === number;
}

function readOrder(scanner: Scanner, operator: string): (value: Comparable) => boolean {
  const number = numberIn(scanner.match(BARE) ?? "");
  if (number === undefined) return scanner.fail(`expected a number after '${operator}'`);
  const compare = ORDERS[operator] as (a: number, b: number) => boolean;
  return (value) => {
    const given = typeof value === "number" ? value : typeof value === "string" ? numberIn(value) : undefined;
    return given !== undefined && compare(given, number);
  };
}

const ORDERS: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  "<": (a, b) => a < b,
  ">": (a, b) => a > b,
  "<=": (a, b) => a <= b,
  ">=": (a, b) => a >= b,
};
