import { foldCase, type NumberRange, type ValueTest } from "./eventPattern.ts";
import { networkOf, parseIp } from "./ipAddress.ts";
import { matchesWildcard } from "./wildcard.ts";

export type Scalar = string | number | boolean | null;

/** Whether a value that the event has passes the test. `exists: false` is not about values and never passes. */
export function passesTest(test: ValueTest, value: Scalar): boolean {
  switch (test.kind) {
    case "equals":
      return value === test.value;
    case "exists":
      return test.exists;
    case "anythingBut":
      return !test.tests.some((inner) => passesTest(inner, value));
    case "range":
      return typeof value === "number" && isWithin(test.range, value);
    default:
      return typeof value === "string" && passesText(test, value);
  }
}

function passesText(
  test: Extract<ValueTest, { kind: "ignoreCase" | "prefix" | "suffix" | "wildcard" | "ip" }>,
  value: string,
): boolean {
  switch (test.kind) {
    case "ignoreCase":
      return foldCase(value) === test.folded;
    case "prefix":
      return (test.ignoreCase ? foldCase(value) : value).startsWith(test.text);
    case "suffix":
      return (test.ignoreCase ? foldCase(value) : value).endsWith(test.text);
    case "wildcard":
      return matchesWildcard(test.wildcard, value);
    case "ip": {
      const ip = parseIp(value);
      return ip?.family === test.family && networkOf(ip, test.prefixLength) === test.first;
    }
  }
}

export function isWithin({ from, openBelow, to, openAbove }: NumberRange, value: number): boolean {
  return (openBelow ? value > from : value >= from) && (openAbove ? value < to : value <= to);
}
