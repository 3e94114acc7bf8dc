import type { ValueTest } from "./eventPattern.ts";
import type { JsonTokens } from "./jsonTokens.ts";

/** Reads the array behind `"numeric":`, such as `[">", 0, "<=", 5]`, whose bracket has been read. */
export function parseNumericRange(tokens: JsonTokens): ValueTest {
  if (tokens.next() !== "string") throw tokens.error(`Invalid member in numeric match: ${shown(tokens)}`);
  const operator = tokens.text;
  switch (operator) {
    case "=": {
      const value = operand(tokens, "equals");
      end(tokens);
      return { kind: "equals", value };
    }
    case "<":
    case "<=": {
      const to = operand(tokens, operator);
      end(tokens);
      return { kind: "range", range: { from: -Infinity, openBelow: false, to, openAbove: operator === "<" } };
    }
    case ">":
    case ">=":
      return parseFrom(tokens, operand(tokens, operator), operator === ">");
    default:
      throw tokens.error(`Unrecognized numeric range operator: ${operator}`);
  }
}

function parseFrom(tokens: JsonTokens, from: number, openBelow: boolean): ValueTest {
  if (tokens.next() === "]") return { kind: "range", range: { from, openBelow, to: Infinity, openAbove: false } };
  if (tokens.kind !== "string") throw tokens.error(`Bad value in numeric range: ${shown(tokens)}`);
  const operator = tokens.text;
  if (operator !== "<" && operator !== "<=") throw tokens.error(`Bad numeric range operator: ${operator}`);
  const to = operand(tokens, operator);
  if (tokens.next() !== "]") throw tokens.error("Too many terms in numeric range expression");
  if (from >= to) throw tokens.error("Bottom must be less than top");
  return { kind: "range", range: { from, openBelow, to, openAbove: operator === "<" } };
}

function operand(tokens: JsonTokens, operator: string): number {
  if (tokens.next() !== "number") throw tokens.error(`Value of ${operator} must be numeric`);
  return Number(tokens.text);
}

function end(tokens: JsonTokens): void {
  if (tokens.next() !== "]") throw tokens.error("Too many elements in numeric expression");
}

function shown({ kind, text }: JsonTokens): string {
  return kind === "string" || kind === "number" ? text : kind;
}
