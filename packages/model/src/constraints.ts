import { z } from "zod";
import {
  ALIASED_FUNCTION_NAME_PATTERN,
  FUNCTION_NAME_PATTERN,
  NAMESPACED_FUNCTION_NAME_PATTERN,
  REGION_PATTERN,
  UNQUALIFIED_FUNCTION_NAME_PATTERN,
} from "./arn.ts";
import { javaDouble } from "./javaDouble.ts";
import { recognised } from "./quickSchema.ts";

/**
 * Zod types whose issues carry AWS's constraint text ("Member must have length less than or equal to 64"), so that
 * `validationMessage` only has to say where.
 */

export interface TextRules {
  readonly min?: number;
  readonly max?: number;
  /** In AWS's notation. The whole value must match. */
  readonly pattern?: string;
  /** Matches the same as `pattern` in linear time, where that would take exponential time. */
  readonly linearPattern?: string;
  /** Allows U+0000 too. Only for text that is not stored: PostgreSQL cannot store U+0000. */
  readonly anyCharacter?: true;
}

const REQUIRED = "Member must not be null";

type JsonKind = "String" | "Integer" | "Double" | "Boolean" | "List" | "Map" | "Structure";

/** AWS's message about a JSON value of the wrong type. */
export function typeMessage(kind: JsonKind): (issue: { readonly input?: unknown }) => string {
  return ({ input }) =>
    input === undefined || input === null ? REQUIRED : `${tokenName(input)} can not be converted to ${article(kind)}`;
}

function article(kind: JsonKind): string {
  return kind === "Integer" ? "an Integer" : `a ${kind}`;
}

function tokenName(input: unknown): string {
  if (Array.isArray(input)) return "START_ARRAY";
  switch (typeof input) {
    case "string":
      return "STRING_VALUE";
    case "number":
      return "NUMBER_VALUE";
    case "boolean":
      return input ? "TRUE_VALUE" : "FALSE_VALUE";
    default:
      return "START_OBJECT";
  }
}

/** A refinement that reports each message of `rule` as a violated constraint. `params` go to `validationMessage`. */
function check<T>(
  rule: (value: T) => readonly string[],
  params: Readonly<Record<string, unknown>> = {},
): (value: T, context: z.RefinementCtx) => void {
  return (value, context) => {
    for (const message of rule(value)) context.addIssue({ code: "custom", message, params });
  };
}

function textViolations(rules: TextRules): (value: string) => readonly string[] {
  const { min, max, pattern, linearPattern = pattern, anyCharacter } = rules;
  const whole =
    linearPattern === undefined
      ? undefined
      : new RegExp(`^(?:${linearPattern})$`, linearPattern.includes("\\p{") ? "u" : "");
  return (value) => {
    const violations: string[] = [];
    if (whole && !whole.test(value)) violations.push(`Member must satisfy regular expression pattern: ${pattern}`);
    else if (!anyCharacter && value.includes("\0")) violations.push("Member must not contain the character U+0000");
    if (max !== undefined && value.length > max)
      violations.push(`Member must have length less than or equal to ${max}`);
    if (min !== undefined && value.length < min)
      violations.push(`Member must have length greater than or equal to ${min}`);
    return violations;
  };
}

function numberViolations(
  min?: number,
  max?: number,
  shown: (value: number) => string = String,
): (value: number) => readonly string[] {
  return (value) => {
    if (min !== undefined && value < min) return [`Member must have value greater than or equal to ${shown(min)}`];
    if (max !== undefined && value > max) return [`Member must have value less than or equal to ${shown(max)}`];
    return [];
  };
}

/**
 * What AWS says about an element of a list, or about a key or value of a map, that violates one of its constraints: all of them, in AWS's order.
 * Elements of most lists must not be null.
 */
function elementMessages(
  { min, max, pattern, values }: ElementRules,
  kind: "element" | "key",
  mayBeNull = false,
): readonly string[] {
  // Where AWS limits the length, it also says that 0 is the least.
  const least = min ?? (max === undefined ? undefined : 0);
  return [
    ...(max === undefined ? [] : [`Member must have length less than or equal to ${max}`]),
    ...(least === undefined ? [] : [`Member must have length greater than or equal to ${least}`]),
    ...(pattern === undefined ? [] : [`Member must satisfy regular expression pattern: ${pattern}`]),
    ...(values === undefined ? [] : [enumMessage(values)]),
    ...(kind === "key" || mayBeNull ? [] : [REQUIRED]),
  ];
}

/** `[first, second]`: the constraints that elements with the given violations are told about. */
function bracketed(violations: readonly string[], constraints: readonly string[]): string | undefined {
  if (violations.length === 0) return undefined;
  const own = violations.filter((violation) => !constraints.includes(violation));
  return `[${[...constraints, ...new Set(own)].join(", ")}]`;
}

function enumMessage(values: readonly string[]): string {
  return `Member must satisfy enum value set: [${values.join(", ")}]`;
}

export function text(rules: TextRules = {}): z.ZodType<string> {
  const violationsOf = textViolations(rules);
  return recognised(
    z.string({ error: typeMessage("String") }).superRefine(check(violationsOf)),
    (value) => typeof value === "string" && violationsOf(value).length === 0,
  );
}

/** One of `values`, which are in the order of AWS's messages. */
export function choice<const Values extends readonly string[]>(values: Values): z.ZodType<Values[number]> {
  const allowed: readonly string[] = values;
  return recognised(
    z
      .string({ error: typeMessage("String") })
      .superRefine(check((value) => (allowed.includes(value) ? [] : [enumMessage(values)])))
      .transform((value) => value as Values[number]),
    (value) => typeof value === "string" && allowed.includes(value),
  );
}

export function integer(rules: { readonly min?: number; readonly max?: number } = {}): z.ZodType<number> {
  const violationsOf = numberViolations(rules.min, rules.max);
  return recognised(
    z.int({ error: typeMessage("Integer") }).superRefine(check(violationsOf)),
    (value) => Number.isSafeInteger(value) && violationsOf(value as number).length === 0,
  );
}

export function double(rules: { readonly min?: number; readonly max?: number } = {}): z.ZodType<number> {
  return z
    .number({ error: typeMessage("Double") })
    .superRefine(check(numberViolations(rules.min, rules.max, javaDouble), { isDouble: true }));
}

export function bool(): z.ZodType<boolean> {
  return recognised(z.boolean({ error: typeMessage("Boolean") }), (value) => typeof value === "boolean");
}

/** A structure. Unknown members are ignored, as on AWS. */
export function structure<Shape extends z.ZodRawShape>(shape: Shape): z.ZodObject<Shape> {
  return z.object(shape, { error: typeMessage("Structure") });
}

/** The rules of a list's elements. */
interface ElementRules extends TextRules {
  readonly values?: readonly string[];
}

/** A list. Messages about its elements name the list and all constraints of an element: `Member must satisfy constraint: [...]`. */
export function list(
  element: ElementRules & { readonly mayBeNull?: boolean } = {},
  size: { readonly min?: number; readonly max?: number } = {},
): z.ZodType<string[]> {
  const violationsOf = element.values ? enumViolations(element.values) : textViolations(element);
  const constraints = elementMessages(element, "element", element.mayBeNull);
  return z.array(z.string({ error: typeMessage("String") }), { error: typeMessage("List") }).superRefine(
    check((values) => {
      const inner = bracketed(values.flatMap(violationsOf), constraints);
      const outer = inner === undefined ? [] : [`Member must satisfy constraint: ${inner}`];
      return [...outer, ...sizeViolations(values.length, size)];
    }),
  );
}

function enumViolations(values: readonly string[]): (value: string) => readonly string[] {
  return (value) => (values.includes(value) ? [] : [enumMessage(values)]);
}

function sizeViolations(
  length: number,
  { min, max }: { readonly min?: number; readonly max?: number },
): readonly string[] {
  if (max !== undefined && length > max) return [`Member must have length less than or equal to ${max}`];
  if (min !== undefined && length < min) return [`Member must have length greater than or equal to ${min}`];
  return [];
}

/** A map of text to text. Messages about its keys and values name the map and all constraints of a key or value. */
export function textMap(key: TextRules = {}, value: TextRules = {}): z.ZodType<Record<string, string>> {
  return mapOf(z.string({ error: typeMessage("String") }), key, {
    violationsOf: textViolations(value),
    constraints: elementMessages(value, "element"),
  });
}

/** A map of text to numbers, which AWS prints as doubles. Messages about its keys and values are as those of `textMap`. */
export function numberMap(
  key: TextRules,
  { min, max }: { readonly min: number; readonly max: number },
): z.ZodType<Record<string, number>> {
  const value = {
    violationsOf: numberViolations(min, max, javaDouble),
    constraints: [
      `Member must have value less than or equal to ${javaDouble(max)}`,
      `Member must have value greater than or equal to ${javaDouble(min)}`,
      REQUIRED,
    ],
  };
  return mapOf(z.number({ error: typeMessage("Double") }), key, value, { isDouble: true });
}

function mapOf<V>(
  element: z.ZodType<V>,
  key: TextRules,
  value: { readonly violationsOf: (value: V) => readonly string[]; readonly constraints: readonly string[] },
  params: Readonly<Record<string, unknown>> = {},
): z.ZodType<Record<string, V>> {
  const keyViolations = textViolations(key);
  const keyConstraints = elementMessages(key, "key");
  return z.record(z.string(), element, { error: typeMessage("Map") }).superRefine(
    check((map: Record<string, V>) => {
      const keys = bracketed(Object.keys(map).flatMap(keyViolations), keyConstraints);
      const values = bracketed(Object.values(map).flatMap(value.violationsOf), value.constraints);
      return [
        ...(keys === undefined ? [] : [`Map keys must satisfy constraint: ${keys}`]),
        ...(values === undefined ? [] : [`Map value must satisfy constraint: ${values}`]),
      ];
    }, params),
  );
}

/** A blob in a JSON body: decodes base64. Bytes that a protocol has already decoded pass unchanged. */
export function blob(): z.ZodType<Uint8Array> {
  return z.union([z.instanceof(Uint8Array), z.string().transform(decodeBase64)], {
    error: ({ input }) => (input === undefined || input === null ? REQUIRED : NOT_BASE64),
  });
}

const NOT_BASE64 = "Member must be base64";

/** Detects invalid base64 by the decoded length: the decoder skips invalid characters. A regular expression is too slow for archives. */
function decodeBase64(encoded: string, context: z.RefinementCtx): Uint8Array {
  const bytes = Buffer.from(encoded, "base64");
  const padding = encoded.endsWith("==") ? 2 : encoded.endsWith("=") ? 1 : 0;
  if (bytes.length !== Math.floor(((encoded.length - padding) * 3) / 4)) {
    context.addIssue({ code: "custom", message: NOT_BASE64 });
  }
  return bytes;
}

const MAX_ARN_LENGTH = 10_000;
/** A function in operations that manage one function; without dots. */
export const FunctionName = text({ min: 1, max: 140, pattern: FUNCTION_NAME_PATTERN });
/** A function without qualifier. */
export const UnqualifiedFunctionName = text({ min: 1, max: 140, pattern: UNQUALIFIED_FUNCTION_NAME_PATTERN });
/** A function or an alias. */
export const AliasedFunctionName = text({ min: 1, max: 140, pattern: ALIASED_FUNCTION_NAME_PATTERN });
/** A function in operations that also have a `Qualifier`. */
export const NamespacedFunctionName = text({ min: 1, max: 256, pattern: NAMESPACED_FUNCTION_NAME_PATTERN });
export const Qualifier = text({ min: 1, max: 128, pattern: "\\$(LATEST(\\.PUBLISHED)?)|[a-zA-Z0-9-_$]+" });
export const AliasName = text({ min: 1, max: 128, pattern: "(?!^[0-9]+$)([a-zA-Z0-9-_]+)" });
export const VersionWithLatest = text({ min: 1, max: 1024, pattern: "(\\$LATEST(\\.PUBLISHED)?|[0-9]+)" });
export const RoleArn = text({
  max: MAX_ARN_LENGTH,
  pattern: "arn:(aws[a-zA-Z-]*)?:iam::\\d{12}:role/?[a-zA-Z_0-9+=,.@\\-_/]+",
});
export const ARN_PATTERN = `arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\\-])+:(${REGION_PATTERN})?:(\\d{12})?:(.*)`;
/** An ARN of any service. */
export const Arn = text({ max: MAX_ARN_LENGTH, pattern: ARN_PATTERN });
/** The ARN of a KMS key, or an empty text, which removes it. */
export const ArnOrNothing = text({ max: MAX_ARN_LENGTH, pattern: "(arn:(aws[a-zA-Z-]*)?:[a-z0-9-.]+:.*)|()" });
const TAG_TEXT = "([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)";
export const TagKey: TextRules = { min: 1, max: 128, pattern: TAG_TEXT };
export const Tags = textMap(TagKey, { max: 256, pattern: TAG_TEXT });
export const Marker = text();
export const MaxItems = integer({ min: 1, max: 10_000 });
