import { FilterPolicyError } from "./filterPolicyError.ts";
import { isOperator, parseValueTest, type Scalar, type ValueTest } from "./valueTest.ts";

export type FilterPolicyScope = "MessageAttributes" | "MessageBody";

/** A message attribute as SNS has them. */
export interface FilteredAttribute {
  readonly DataType: string;
  readonly StringValue?: string | undefined;
}

export interface FilteredMessage {
  readonly attributes: Readonly<Record<string, FilteredAttribute>>;
  readonly body: string;
}

export interface FilterPolicy {
  matches(message: FilteredMessage): boolean;
}

/** All keys, and one of the alternatives of each `$or`, have to match. */
interface Rule {
  readonly keys: ReadonlyMap<string, Rule | readonly ValueTest[]>;
  readonly alternatives: readonly (readonly Rule[])[];
}

const MAX_BYTES = 256 * 1024;
const MAX_KEYS = 5;
const MAX_COMBINATIONS = 150;
const MAX_WILDCARD_POINTS = 100;
/** Deeper policies have more combinations than are allowed. */
const MAX_DEPTH = MAX_COMBINATIONS;

/**
 * Reads a filter policy of a subscription. Throws a FilterPolicyError for one that AWS refuses too.
 * https://docs.aws.amazon.com/sns/latest/dg/subscription-filter-policy-constraints.html
 */
export function compileFilterPolicy(text: string, scope: FilterPolicyScope): FilterPolicy {
  if (Buffer.byteLength(text) > MAX_BYTES) throw new FilterPolicyError("Filter policy is too large");
  const document = parseJson(text);
  if (!isObject(document)) throw new FilterPolicyError("Filter policy must be a JSON object");
  const rule = ruleOf(document, scope, 1);
  const names = topNames(rule);
  if (names.size > MAX_KEYS) throw new FilterPolicyError(`Filter policy can not have more than ${MAX_KEYS} keys`);
  if (combinations(rule, 1) > MAX_COMBINATIONS || wildcardPoints(rule) > MAX_WILDCARD_POINTS) {
    throw new FilterPolicyError("Filter policy is too complex");
  }
  if (scope === "MessageAttributes") return { matches: ({ attributes }) => attributesMatch(rule, attributes) };
  return {
    matches({ body }) {
      const value = parseBody(body);
      return isObject(value) && bodyMatches(rule, value);
    },
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new FilterPolicyError("failed to parse JSON.");
  }
}

/** `undefined` for a message that is no JSON: no policy matches its body. */
function parseBody(body: string): unknown {
  try {
    return JSON.parse(body) as unknown;
  } catch {
    return undefined;
  }
}

type Json = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function ruleOf(document: Json, scope: FilterPolicyScope, depth: number): Rule {
  if (depth > MAX_DEPTH) throw new FilterPolicyError("Filter policy is too complex");
  const keys = new Map<string, Rule | readonly ValueTest[]>();
  const alternatives: Rule[][] = [];
  for (const [name, value] of Object.entries(document)) {
    if (name === "$or" && isListOfAlternatives(value)) {
      alternatives.push(value.map((one) => ruleOf(one, scope, depth + 1)));
    } else if (Array.isArray(value)) {
      if (value.length === 0) throw new FilterPolicyError("Empty arrays are not allowed");
      keys.set(name, value.map(parseValueTest));
    } else if (isObject(value)) {
      if (scope === "MessageAttributes") {
        throw new FilterPolicyError("Filter policy scope MessageAttributes does not support nested filter policy");
      }
      if (Object.keys(value).length === 0) throw new FilterPolicyError("Empty objects are not allowed");
      keys.set(name, ruleOf(value, scope, depth + 1));
    } else {
      throw new FilterPolicyError(`"${name}" must be an object or an array`);
    }
  }
  return { keys, alternatives };
}

/** Otherwise `$or` is a key like any other. https://docs.aws.amazon.com/sns/latest/dg/and-or-logic.html */
function isListOfAlternatives(value: unknown): value is readonly Json[] {
  return (
    Array.isArray(value) &&
    value.length >= 2 &&
    value.every((one) => isObject(one) && Object.keys(one).length > 0 && !Object.keys(one).some(isOperator))
  );
}

function topNames({ keys, alternatives }: Rule): ReadonlySet<string> {
  return new Set([...keys.keys(), ...alternatives.flat().flatMap((rule) => [...topNames(rule)])]);
}

/** The number of values, times the depth of their key, multiplied over all keys; those of alternatives are added. */
function combinations({ keys, alternatives }: Rule, depth: number): number {
  let product = 1;
  for (const value of keys.values()) {
    product *= isRule(value) ? combinations(value, depth + 1) : value.length * depth;
  }
  for (const rules of alternatives) product *= rules.reduce((sum, rule) => sum + combinations(rule, depth), 0);
  return product;
}

/** A pattern with one star has one point, one with more has three; a key has the sum of its points times the number of its patterns. */
function wildcardPoints({ keys, alternatives }: Rule): number {
  let points = 0;
  for (const value of keys.values()) {
    if (isRule(value)) {
      points += wildcardPoints(value);
      continue;
    }
    const stars = value.flatMap(({ wildcards = [] }) => wildcards);
    points += stars.length * stars.reduce((sum, count) => sum + (count > 1 ? 3 : 1), 0);
  }
  return alternatives.flat().reduce((sum, rule) => sum + wildcardPoints(rule), points);
}

function isRule(value: Rule | readonly ValueTest[]): value is Rule {
  return "keys" in value && "alternatives" in value;
}

function attributesMatch(
  { keys, alternatives }: Rule,
  attributes: Readonly<Record<string, FilteredAttribute>>,
): boolean {
  for (const [name, value] of keys) {
    const attribute = Object.hasOwn(attributes, name) ? attributes[name] : undefined;
    if (isRule(value) || !valuesMatch(value, attribute && valuesOf(attribute))) return false;
  }
  return alternatives.every((rules) => rules.some((rule) => attributesMatch(rule, attributes)));
}

/** Binary attributes exist, and have no value that fits. */
function valuesOf({ DataType, StringValue = "" }: FilteredAttribute): readonly Scalar[] {
  if (DataType === "String.Array") {
    const list = parseBody(StringValue);
    if (Array.isArray(list)) return list.filter(isScalar);
    return isScalar(list) ? [list] : [];
  }
  if (/^Number(\.|$)/.test(DataType)) return [Number(StringValue)];
  return /^String(\.|$)/.test(DataType) ? [StringValue] : [];
}

function isScalar(value: unknown): value is Scalar {
  return value === null || ["string", "number", "boolean"].includes(typeof value);
}

/** `values` is `undefined` where the key does not exist. */
function valuesMatch(tests: readonly ValueTest[], values: readonly Scalar[] | undefined): boolean {
  return tests.some(({ exists, fits }) =>
    exists === undefined ? values?.some((value) => fits?.(value)) === true : exists === (values !== undefined),
  );
}

function bodyMatches({ keys, alternatives }: Rule, object: Json): boolean {
  for (const [name, value] of keys) {
    const member = Object.hasOwn(object, name) ? object[name] : undefined;
    if (isRule(value)) {
      const objects = elementsOf(member).filter(isObject);
      // A key below one that does not exist does not exist either.
      if (objects.length === 0 ? !bodyMatches(value, {}) : !objects.some((one) => bodyMatches(value, one)))
        return false;
    } else {
      const scalars = elementsOf(member).filter(isScalar);
      if (!valuesMatch(value, scalars.length > 0 ? scalars : undefined)) return false;
    }
  }
  return alternatives.every((rules) => rules.some((rule) => bodyMatches(rule, object)));
}

/** The value itself, or the elements of the list, also of lists within it. */
function elementsOf(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) return [value];
  const found: unknown[] = [];
  const open: unknown[] = [...value].toReversed();
  while (open.length > 0) {
    const one = open.pop();
    if (Array.isArray(one)) for (const inner of [...one].toReversed()) open.push(inner);
    else found.push(one);
  }
  return found;
}
