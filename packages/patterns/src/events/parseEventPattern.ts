import type { Branch, EventPattern, FieldCondition, ValueTest } from "./eventPattern.ts";
import { JsonTokens } from "./jsonTokens.ts";
import { parseMatchExpression } from "./parseMatchExpression.ts";
import { parseIp } from "./ipAddress.ts";
import { wildcardComplexity } from "./wildcard.ts";

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html#eb-filtering-complex-example-or */
const COMBINATION_LIMIT = 1000;
/** Of all combinations together: each combination repeats the conditions outside of its $or. Compiling takes time in proportion to it. */
const CONDITION_LIMIT = 20_000;
/** EventBridge does not publish its limit. At this one a text of 256 KB is matched within some 10 ms. */
const WILDCARD_LIMIT = 100;
const RESERVED_IN_OR = new Set([
  ...["exactly", "prefix", "suffix", "equals-ignore-case", "anything-but", "numeric", "exists", "cidr", "wildcard"],
]);
const TOO_COMPLEX =
  "Rule is too complex - try using fewer wildcard characters or fewer repeating character sequences after a wildcard character";

/** Parses an event pattern. Throws {@link InvalidEventPattern} with AWS's reason. */
export function parseEventPattern(text: string): EventPattern {
  const tokens = new JsonTokens(text);
  if (tokens.next() !== "{") throw tokens.error("Filter is not an object");
  const branches = parseObject(tokens, [], [[]], false);
  if (tokens.next() !== "end") throw tokens.error("Filter is not an object");
  return { branches };
}

/** Reads an object whose brace has been read. Returns `branches` with the object's conditions added to each. */
function parseObject(
  tokens: JsonTokens,
  path: readonly string[],
  branches: readonly Branch[],
  insideOr: boolean,
): readonly Branch[] {
  let result = branches;
  let isEmpty = true;
  while (tokens.next() !== "}") {
    isEmpty = false;
    const name = tokens.text;
    if (name === "$or") {
      result = parseOr(tokens, path, result);
      continue;
    }
    if (insideOr && RESERVED_IN_OR.has(name))
      throw tokens.error(`${name} is Ruler reserved fieldName which cannot be used inside $or.`);
    const opening = tokens.next();
    if (opening === "{") result = parseObject(tokens, [...path, name], result, insideOr);
    else if (opening === "[") {
      const condition = { path: [...path, name].join("."), tests: parseTests(tokens) };
      result = result.map((branch) => withCondition(branch, condition));
      checkConditions(tokens, result);
    } else throw tokens.error(`"${name}" must be an object or an array`);
  }
  if (isEmpty) throw tokens.error("Empty objects are not allowed");
  return result;
}

/** A field that is named twice has the conditions of its last mention. */
function withCondition(branch: Branch, condition: FieldCondition): Branch {
  return [...branch.filter(({ path }) => path !== condition.path), condition];
}

function parseOr(tokens: JsonTokens, path: readonly string[], branches: readonly Branch[]): readonly Branch[] {
  if (tokens.next() !== "[") throw tokens.error("It must be an Array followed with $or.");
  const result: Branch[] = [];
  let count = 0;
  while (tokens.next() !== "]") {
    count++;
    if (tokens.kind !== "{") throw tokens.error("Only JSON object is allowed in array of $or relationship.");
    result.push(...parseObject(tokens, path, branches, true));
    if (result.length > COMBINATION_LIMIT)
      throw tokens.error(
        `Rule is too complex - its $or conditions result in more than ${COMBINATION_LIMIT} combinations`,
      );
    checkConditions(tokens, result);
  }
  if (count < 2) throw tokens.error("There must have at least 2 Objects in $or relationship.");
  return result;
}

function checkConditions(tokens: JsonTokens, branches: readonly Branch[]): void {
  if (branches.length < 2 || branches.reduce((sum, { length }) => sum + length, 0) <= CONDITION_LIMIT) return;
  throw tokens.error(
    `Rule is too complex - its $or conditions result in more than ${CONDITION_LIMIT} conditions in all combinations`,
  );
}

/** Reads the entries of a field's array, whose bracket has been read. */
function parseTests(tokens: JsonTokens): readonly ValueTest[] {
  const tests: ValueTest[] = [];
  while (tokens.next() !== "]") tests.push(parseEntry(tokens));
  if (tests.length === 0) throw tokens.error("Empty arrays are not allowed");
  if (complexityOf(tests) > WILDCARD_LIMIT) throw tokens.error(TOO_COMPLEX);
  return tests;
}

function parseEntry(tokens: JsonTokens): ValueTest {
  switch (tokens.kind) {
    case "{":
      return parseMatchExpression(tokens);
    case "string": {
      const ip = parseIp(tokens.text);
      if (!ip) return { kind: "equals", value: tokens.text };
      return { kind: "ip", family: ip.family, first: ip.value, prefixLength: ip.family === 4 ? 32 : 128 };
    }
    case "number":
      return { kind: "equals", value: Number(tokens.text) };
    case "true":
    case "false":
      return { kind: "equals", value: tokens.kind === "true" };
    case "null":
      return { kind: "equals", value: null };
    default:
      throw tokens.error("Match value must be String, number, true, false, or null");
  }
}

function complexityOf(tests: readonly ValueTest[]): number {
  return tests.reduce((sum, test) => {
    if (test.kind === "wildcard") return sum + wildcardComplexity(test.wildcard);
    return test.kind === "anythingBut" ? sum + complexityOf(test.tests) : sum;
  }, 0);
}
