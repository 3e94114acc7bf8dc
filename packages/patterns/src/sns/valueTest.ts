import { BlockList, isIP } from "node:net";
import { FilterPolicyError } from "./filterPolicyError.ts";
import { parseWildcard } from "./wildcard.ts";

export type Scalar = string | number | boolean | null;

/** One element of a list in a filter policy: whether a value, or its absence, fits. */
export interface ValueTest {
  /** Absent: no value fits. */
  readonly fits?: (value: Scalar) => boolean;
  /** Whether a key fits that has a value, or has none. */
  readonly exists?: boolean;
  /** The number of stars in each of its wildcard patterns. */
  readonly wildcards?: readonly number[];
}

const LIMIT = 1e9;
const DIGITS = 1e5;

/** Throws a FilterPolicyError for what is no match value. */
export function parseValueTest(value: unknown): ValueTest {
  if (typeof value === "number") return numberTest(value);
  if (typeof value === "string" || typeof value === "boolean" || value === null)
    return { fits: (one) => one === value };
  if (Array.isArray(value) || typeof value !== "object") {
    throw new FilterPolicyError("Match value must be String, number, true, false, or null");
  }
  const entries = Object.entries(value);
  const [entry] = entries;
  if (!entry || entries.length > 1) throw new FilterPolicyError("Only one key allowed in match expression");
  const [operator, operand] = entry;
  const parse = Object.hasOwn(OPERATORS, operator) ? OPERATORS[operator] : undefined;
  if (!parse) throw new FilterPolicyError(`Unrecognized match type ${operator}`);
  return parse(operand, operator);
}

export function isOperator(name: string): boolean {
  return Object.hasOwn(OPERATORS, name);
}

type Operator = (operand: unknown, name: string) => ValueTest;

const OPERATORS: Readonly<Record<string, Operator>> = {
  exists: (operand) => {
    if (typeof operand !== "boolean") throw new FilterPolicyError("exists match pattern must be either true or false.");
    return { exists: operand };
  },
  prefix: affix((text, part) => text.startsWith(part)),
  suffix: affix((text, part) => text.endsWith(part)),
  "equals-ignore-case": (operand, name) => {
    const wanted = textOf(operand, name).toLowerCase();
    return { fits: ofText((text) => text.toLowerCase() === wanted) };
  },
  wildcard: (operand, name) => {
    const wildcard = parseWildcard(textOf(operand, name));
    if (!wildcard)
      throw new FilterPolicyError(
        "Consecutive wildcard characters or an invalid escape character in a wildcard pattern",
      );
    return { fits: ofText((text) => wildcard.matches(text)), wildcards: [wildcard.stars] };
  },
  cidr: (operand, name) => ({ fits: ofText(cidrTest(textOf(operand, name))) }),
  numeric: (operand) => numericTest(operand),
  "anything-but": (operand) => anythingBut(operand),
};

function ofText(fits: (text: string) => boolean): (value: Scalar) => boolean {
  return (value) => typeof value === "string" && fits(value);
}

function textOf(operand: unknown, name: string): string {
  if (typeof operand !== "string") throw new FilterPolicyError(`${name} match pattern must be a string`);
  return operand;
}

function affix(fits: (text: string, part: string) => boolean): Operator {
  return (operand, name) => {
    if (typeof operand === "object" && operand !== null && !Array.isArray(operand)) {
      const [[key, part] = [], ...more] = Object.entries(operand);
      if (key !== "equals-ignore-case" || more.length > 0) throw new FilterPolicyError(`Unsupported ${name} pattern`);
      const wanted = textOf(part, name).toLowerCase();
      return { fits: ofText((text) => fits(text.toLowerCase(), wanted)) };
    }
    const wanted = textOf(operand, name);
    return { fits: ofText((text) => fits(text, wanted)) };
  };
}

function numberTest(wanted: number): ValueTest {
  const exact = precise(checkNumber(wanted));
  return { fits: (value) => typeof value === "number" && precise(value) === exact };
}

function checkNumber(value: unknown): number {
  if (typeof value !== "number") throw new FilterPolicyError("Value of numeric must be a number");
  if (Math.abs(value) > LIMIT)
    throw new FilterPolicyError("Value of numeric must be between -1.0E9 and 1.0E9, inclusive");
  return value;
}

/** Numbers are compared with five digits after the decimal point. A number beyond the limits equals nothing. */
function precise(value: number): number {
  return Math.abs(value) > LIMIT ? Number.NaN : Math.round(value * DIGITS);
}

const COMPARISONS: Readonly<Record<string, (value: number, bound: number) => boolean>> = {
  "=": (value, bound) => value === bound,
  "<": (value, bound) => value < bound,
  "<=": (value, bound) => value <= bound,
  ">": (value, bound) => value > bound,
  ">=": (value, bound) => value >= bound,
};

function numericTest(operand: unknown): ValueTest {
  if (!Array.isArray(operand) || operand.length === 0) {
    throw new FilterPolicyError("Value of numeric must be an array.");
  }
  if (operand.length !== 2 && operand.length !== 4)
    throw new FilterPolicyError("Invalid member in numeric match: expected 2 or 4 elements");
  const parts: { sign: string; bound: number }[] = [];
  for (let at = 0; at < operand.length; at += 2) {
    const sign: unknown = operand[at];
    if (typeof sign !== "string" || !Object.hasOwn(COMPARISONS, sign)) {
      throw new FilterPolicyError(`Unrecognized numeric range operator: ${String(sign)}`);
    }
    if (typeof operand[at + 1] !== "number") throw new FilterPolicyError(`Value of ${sign} must be numeric`);
    parts.push({ sign, bound: precise(checkNumber(operand[at + 1])) });
  }
  const [lower, upper] = parts;
  if (lower && upper) {
    if (!lower.sign.startsWith(">") || !upper.sign.startsWith("<"))
      throw new FilterPolicyError("Too many elements in numeric expression");
    if (lower.bound >= upper.bound) throw new FilterPolicyError("Bottom must be less than top");
  }
  return {
    fits: (value) => {
      if (typeof value !== "number") return false;
      const exact = precise(value);
      return parts.every(({ sign, bound }) => COMPARISONS[sign]?.(exact, bound));
    },
  };
}

function cidrTest(range: string): (text: string) => boolean {
  const [address = "", bits, ...rest] = range.split("/");
  const family = isIP(address);
  const prefix = bits === undefined ? (family === 6 ? 128 : 32) : /^\d{1,3}$/.test(bits) ? Number(bits) : Number.NaN;
  if (family === 0 || rest.length > 0 || !(prefix <= (family === 6 ? 128 : 32))) {
    throw new FilterPolicyError("Malformed CIDR, one '/' required");
  }
  const type = family === 6 ? "ipv6" : "ipv4";
  const list = new BlockList();
  list.addSubnet(address, prefix, type);
  return (text) => isIP(text) === family && list.check(text, type);
}

/** Fits every value that none of the inner tests fits. */
function anythingBut(operand: unknown): ValueTest {
  const inner = butTests(operand);
  return {
    fits: (value) => !inner.some(({ fits }) => fits?.(value)),
    wildcards: inner.flatMap(({ wildcards = [] }) => wildcards),
  };
}

const BUT: ReadonlySet<string> = new Set(["prefix", "suffix", "wildcard", "equals-ignore-case"]);

function butTests(operand: unknown): readonly ValueTest[] {
  const values: readonly unknown[] = Array.isArray(operand) ? operand : [operand];
  if (values.length === 0) throw new FilterPolicyError("anything-but list must not be empty");
  const [first] = values;
  if (typeof first === "object" && first !== null && !Array.isArray(operand)) {
    const [entry, ...more] = Object.entries(first);
    if (!entry || more.length > 0 || !BUT.has(entry[0])) {
      throw new FilterPolicyError(`Unsupported anything-but pattern: ${entry?.[0] ?? ""}`);
    }
    const [operator, parts]: readonly [string, unknown] = entry;
    const list: readonly unknown[] = Array.isArray(parts) ? parts : [parts];
    if (list.length === 0) throw new FilterPolicyError("anything-but list must not be empty");
    return list.map((part) => parseValueTest({ [operator]: part }));
  }
  if (!values.every((one) => typeof one === "string") && !values.every((one) => typeof one === "number")) {
    throw new FilterPolicyError(
      "Inside anything but list, either all values are number or string, mixed type is not supported",
    );
  }
  return values.map(parseValueTest);
}
