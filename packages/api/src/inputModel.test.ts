import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { z } from "zod";
import { operations } from "./operations.ts";

/**
 * Every constraint that AWS's published model puts on an input, tried at its edges on the schema of every operation that is built.
 * `inputModel.json` is that model, distilled by packages/testkit/bin/inputModel.mjs.
 */

interface Shape {
  readonly type: string;
  readonly min?: number;
  readonly max?: number;
  readonly pattern?: string;
  readonly enum?: readonly string[];
  readonly sensitive?: boolean;
  readonly required?: readonly string[];
  readonly members?: Readonly<Record<string, string>>;
  readonly member?: string;
  readonly key?: string;
  readonly value?: string;
}
interface InputModel {
  readonly operations: Readonly<Record<string, string | null>>;
  readonly shapes: Readonly<Record<string, Shape>>;
}
const model = JSON.parse(readFileSync(new URL("inputModel.json", import.meta.url), "utf8")) as InputModel;

/** Members where the service is known to differ from its published model. */
const EXCEPTIONS: Readonly<Record<string, string>> = {
  Runtime: "a rule of the service, whose message also names ARNs",
  Timeout: "5400 seconds are for capacity providers; elsewhere the limit is 900",
  "EphemeralStorage.Size": "32768 MB are for capacity providers; elsewhere the limit is 10240",
};
/** Layers name all runtimes there were, but the messages list them otherwise: test/conformance/lambda/layers.test.ts. */
const OTHER_LIST = /^(CompatibleRuntimes?)$/;
const ABOUT_FUNCTIONS = new Set(["CreateFunction", "UpdateFunctionConfiguration"]);

type Path = readonly (string | number)[];
/** One value at one path. Its refusals must include `refusal`, or none that matches `neverSaid`. */
interface Trial {
  readonly what: string;
  readonly path: Path;
  readonly value: unknown;
  readonly refusal?: string;
  /** For a valid value. */
  readonly neverSaid?: RegExp;
}

function shapeOf(name: string): Shape {
  const shape = model.shapes[name];
  if (!shape) throw new Error(`the model has no ${name}`);
  return shape;
}

const enumText = (values: readonly string[]): string => `Member must satisfy enum value set: [${values.join(", ")}]`;
const STRANGE = ["", " ", "\u0001", "$$", "a b", "é", "-", "1", "x".repeat(3)];

/** Texts that violate one constraint, with AWS's message about it. */
function brokenTexts(shape: Shape): { readonly value: string; readonly says: string }[] {
  const { min, max, pattern } = shape;
  const broken: { value: string; says: string }[] = [];
  if (shape.enum) return [{ value: "NoSuchValue", says: enumText(shape.enum) }];
  if (max !== undefined) {
    broken.push({ value: "a".repeat(max + 1), says: `Member must have length less than or equal to ${max}` });
  }
  if (min !== undefined && min > 0) {
    broken.push({ value: "a".repeat(min - 1), says: `Member must have length greater than or equal to ${min}` });
  }
  if (pattern !== undefined) {
    const whole = new RegExp(`^(?:${pattern})$`, pattern.includes("\\p{") ? "u" : "");
    const value = STRANGE.find((text) => !whole.test(text));
    // The service shows this one without its outermost brackets.
    const shown = pattern.includes(":awslayer:") ? pattern.slice(1, -1) : pattern;
    if (value !== undefined) broken.push({ value, says: `Member must satisfy regular expression pattern: ${shown}` });
  }
  return broken;
}

function brokenNumbers({ min, max }: Shape): { readonly value: number; readonly says: string }[] {
  return [
    ...(min === undefined ? [] : [{ value: min - 1, says: `Member must have value greater than or equal to ${min}` }]),
    ...(max === undefined ? [] : [{ value: max + 1, says: `Member must have value less than or equal to ${max}` }]),
  ];
}

const isNumber = (type: string): boolean => ["integer", "long", "float", "double"].includes(type);

/** An empty value of the right type. */
function plain(shape: Shape): unknown {
  if (isNumber(shape.type)) return shape.min ?? 1;
  switch (shape.type) {
    case "string":
      return shape.enum?.[0] ?? "a".repeat(Math.max(shape.min ?? 1, 1));
    case "boolean":
      return true;
    case "list":
      return [];
    case "blob":
      return "YQ==";
    case "timestamp":
      return 0;
    default:
      return {};
  }
}

const KINDS: Readonly<Record<string, string>> = {
  string: "a String",
  integer: "an Integer",
  long: "an Integer",
  float: "a Double",
  double: "a Double",
  boolean: "a Boolean",
  list: "a List",
  map: "a Map",
  structure: "a Structure",
};

/** A value of another JSON type. */
function ofWrongType({ type }: Shape, path: Path): Trial[] {
  const kind = KINDS[type];
  if (kind === undefined || path.length === 0) return [];
  const [token, value] = type === "map" || type === "structure" ? ["START_ARRAY", []] : ["START_OBJECT", {}];
  return [{ what: "another type", path, value, refusal: `${token} can not be converted to ${kind}` }];
}

function trialsOf(name: string, path: Path, seen: readonly string[] = []): Trial[] {
  const shape = shapeOf(name);
  if (seen.includes(name)) return [];
  return [...ofWrongType(shape, path), ...constraintTrials(shape, path, [...seen, name])];
}

function constraintTrials(shape: Shape, path: Path, within: readonly string[]): Trial[] {
  if (isNumber(shape.type)) {
    const right = [shape.min, shape.max].filter((value) => value !== undefined);
    return [
      ...brokenNumbers(shape).map(({ value, says }) => ({ what: says, path, value, refusal: says })),
      ...right.map((value) => ({ what: `${value} is right`, path, value, neverSaid: /./ })),
    ];
  }
  switch (shape.type) {
    case "string":
      return [
        ...brokenTexts(shape).map(({ value, says }) => ({ what: says, path, value, refusal: says })),
        ...(shape.enum ?? []).map((value) => ({ what: `${value} is right`, path, value, neverSaid: /./ })),
        ...(shape.enum ? [] : [shape.min, shape.max])
          .filter((length) => length !== undefined)
          .map((length) => ({
            what: `length ${length} is right`,
            path,
            value: "a".repeat(length),
            neverSaid: /length/,
          })),
      ];
    case "list":
      return listTrials(shape, path, within);
    case "map":
      return mapTrials(shape, path);
    case "structure":
      return Object.entries(shape.members ?? {}).flatMap(([member, memberShape]) => [
        ...(shape.required?.includes(member)
          ? [{ what: "is required", path: [...path, member], value: undefined, refusal: "Member must not be null" }]
          : []),
        ...trialsOf(memberShape, [...path, member], within),
      ]);
    default:
      return [];
  }
}

function listTrials({ min, max, member = "" }: Shape, path: Path, seen: readonly string[]): Trial[] {
  const element = shapeOf(member);
  const ofLength = (length: number): unknown[] => Array.from({ length }, () => plain(element));
  const trials: Trial[] = [];
  if (max !== undefined) {
    const refusal = `Member must have length less than or equal to ${max}`;
    trials.push({ what: refusal, path, value: ofLength(max + 1), refusal });
    trials.push({ what: `${max} are right`, path, value: ofLength(max), neverSaid: /^Member must have length less/ });
  }
  if (min !== undefined && min > 0) {
    const refusal = `Member must have length greater than or equal to ${min}`;
    trials.push({ what: refusal, path, value: ofLength(min - 1), refusal });
  }
  if (element.type === "structure") return [...trials, ...trialsOf(member, [...path, 0], seen)];
  for (const { value, says } of element.type === "string" ? brokenTexts(element) : []) {
    trials.push({ what: `its elements: ${says}`, path, value: [value], refusal: says });
  }
  for (const value of element.enum ?? [])
    trials.push({ what: `${value} is right`, path, value: [value], neverSaid: /enum/ });
  return trials;
}

function mapTrials({ key = "", value = "", max }: Shape, path: Path): Trial[] {
  const [keys, values] = [shapeOf(key), shapeOf(value)];
  const rightKey = "ab";
  const rightValue = plain(values);
  const trials: Trial[] = brokenTexts(keys).map(({ value: wrong, says }) => ({
    what: `its keys: ${says}`,
    path,
    value: { [wrong]: rightValue },
    refusal: says,
  }));
  const brokenValues = isNumber(values.type)
    ? brokenNumbers(values)
    : values.type === "string"
      ? brokenTexts(values)
      : [];
  for (const { value: wrong, says } of brokenValues) {
    trials.push({ what: `its values: ${says}`, path, value: { [rightKey]: wrong }, refusal: says });
  }
  if (max !== undefined) {
    const tooMany = Object.fromEntries(Array.from({ length: max + 1 }, (_, i) => [`k${i}`, rightValue]));
    const refusal = `Member must have length less than or equal to ${max}`;
    trials.push({ what: refusal, path, value: tooMany, refusal });
  }
  return trials;
}

/** An input that contains only `value` at `path`. */
function inputWith([first, ...rest]: Path, value: unknown): unknown {
  if (first === undefined) return value;
  const inner = inputWith(rest, value);
  return typeof first === "number" ? [inner] : inner === undefined ? {} : { [first]: inner };
}

/** The messages about the member at `path`. */
function saidAbout(schema: z.ZodType, { path, value }: Trial): string[] {
  const parsed = schema.safeParse(inputWith(path, value));
  if (parsed.success) return [];
  return parsed.error.issues
    .filter((issue) => JSON.stringify(issue.path) === JSON.stringify(path))
    .map(({ message }) => message);
}

const sorted = (text: string): string =>
  text.replace(/\[([^[\]]*)\]/g, (_, set: string) => `[${set.split(", ").toSorted().join(", ")}]`);

function failure(schema: z.ZodType, trial: Trial): string | undefined {
  const said = saidAbout(schema, trial);
  const { refusal, neverSaid } = trial;
  // The service lists an enum's values in an order of its own.
  if (refusal !== undefined && said.some((message) => sorted(message).includes(sorted(refusal)))) return undefined;
  if (neverSaid !== undefined && !said.some((message) => neverSaid.test(message))) return undefined;
  return said.length === 0 ? "nothing was said" : `it was said: ${said.join("; ")}`;
}

const inputs = operations.map(({ name, input }) => [name, input] as const);

test.each(inputs)("%s enforces every constraint of AWS's model, and none beyond it", (name, schema) => {
  const shape = model.operations[name];
  if (shape === undefined) throw new Error("the model does not know it");
  const differences: string[] = [];
  for (const trial of shape === null ? [] : trialsOf(shape, [])) {
    if (ABOUT_FUNCTIONS.has(name) && trial.path.join(".") in EXCEPTIONS) continue;
    if (OTHER_LIST.test(trial.path.join(".")) && trial.refusal?.includes("enum value set")) continue;
    const id = `${name}.${trial.path.join(".")}: ${trial.what}`;
    const difference = failure(schema, trial);
    if (difference !== undefined) differences.push(`${id} | ${difference}`);
  }
  expect(differences).toEqual([]);
});
