import { foldCase, type ValueTest } from "./eventPattern.ts";
import type { JsonTokens } from "./jsonTokens.ts";
import { parseWildcard } from "./wildcard.ts";

const NESTED = ["prefix", "suffix", "equals-ignore-case", "wildcard"] as const;
type Nested = (typeof NESTED)[number];

/** Reads what follows `"anything-but":`. A value, a list, or an object with one operator over a text or a list of texts. */
export function parseAnythingBut(tokens: JsonTokens): ValueTest {
  switch (tokens.next()) {
    case "string":
      return { kind: "anythingBut", tests: [{ kind: "equals", value: tokens.text }] };
    case "number":
      return { kind: "anythingBut", tests: [{ kind: "equals", value: Number(tokens.text) }] };
    case "[":
      return { kind: "anythingBut", tests: parseList(tokens) };
    case "{":
      return { kind: "anythingBut", tests: parseNested(tokens) };
    default:
      throw tokens.error("Value of anything-but must be an array or single string/number value.");
  }
}

function parseList(tokens: JsonTokens): readonly ValueTest[] {
  const values: (string | number)[] = [];
  while (tokens.next() !== "]") {
    if (tokens.kind === "string") values.push(tokens.text);
    else if (tokens.kind === "number") values.push(Number(tokens.text));
    else throw tokens.error("Inside anything but list, start|null|boolean is not supported.");
  }
  const isMixed = values.some((value) => typeof value !== typeof values[0]);
  if (isMixed || values.length === 0)
    throw tokens.error("Inside anything but list, either all values are number or string, mixed type is not supported");
  return values.map((value) => ({ kind: "equals", value }));
}

function parseNested(tokens: JsonTokens): readonly ValueTest[] {
  if (tokens.next() !== "name") throw tokens.error("Anything-But expression name not found");
  const operator = NESTED.find((name) => name === tokens.text);
  if (!operator) throw tokens.error(`Unsupported anything-but pattern: ${tokens.text}`);
  const tests: ValueTest[] = [];
  if (tokens.next() === "[") {
    while (tokens.next() !== "]") tests.push(parseText(tokens, operator));
    if (tests.length === 0) throw tokens.error("Empty arrays are not allowed");
  } else tests.push(parseText(tokens, operator));
  if (tokens.next() !== "}") throw tokens.error("Only one key allowed in match expression");
  return tests;
}

function parseText(tokens: JsonTokens, operator: Nested): ValueTest {
  const { kind, text } = tokens;
  if (kind !== "string")
    throw tokens.error(
      operator === "prefix" || operator === "suffix"
        ? "prefix/suffix match pattern must be a string"
        : `Inside anything-but/${operator} list, number|start|null|boolean is not supported.`,
    );
  switch (operator) {
    case "prefix":
    case "suffix":
      if (text === "") throw tokens.error("Null prefix/suffix not allowed");
      return { kind: operator, text, ignoreCase: false };
    case "equals-ignore-case":
      return { kind: "ignoreCase", folded: foldCase(text) };
    case "wildcard": {
      const wildcard = parseWildcard(text);
      if (typeof wildcard === "string") throw tokens.error(wildcard);
      return { kind: "wildcard", wildcard };
    }
  }
}
