import { BlockList, isIP } from "node:net";
import { ArnPattern } from "./arnPattern.ts";
import { InvalidPolicy, isObject, textsOf } from "./json.ts";
import { type Lookup, Pattern } from "./pattern.ts";

/** One operator with one key: `{"StringLike": {"aws:username": ["a*", "b"]}}` has one. */
export interface Condition {
  /** Lower-case. */
  readonly key: string;
  /** As it was written. */
  readonly keyName: string;
  holds(lookup: Lookup): boolean;
}

/** Whether a value of the request fits a value of the policy. */
type Test = (value: string, lookup: Lookup) => boolean;

interface Operator {
  /** Makes the test for one value of the policy. Throws InvalidPolicy for a value of another kind. */
  readonly test: (wanted: string, variables: boolean) => Test;
  /** `NotEquals` and similar operators: the condition holds when no value of the policy fits, and when the key is absent. */
  readonly negated?: boolean;
}

const text =
  (options: { ignoreCase?: boolean; wildcards?: boolean }) =>
  (wanted: string, variables: boolean): Test => {
    const pattern = new Pattern(wanted, { ...options, variables });
    return (value, lookup) => pattern.matches(value, lookup);
  };
const equals = text({ wildcards: false });
const equalsIgnoreCase = text({ wildcards: false, ignoreCase: true });
const like = text({});
const arnLike = (wanted: string, variables: boolean): Test => {
  const pattern = new ArnPattern(wanted, variables);
  return (value, lookup) => pattern.matches(value, lookup);
};

function compare(read: (text: string) => number, holds: (value: number, wanted: number) => boolean) {
  return (wantedText: string): Test => {
    const wanted = read(wantedText);
    if (Number.isNaN(wanted)) throw new InvalidPolicy(`The value ${wantedText} is not valid for its condition.`);
    return (value) => {
      const given = read(value);
      return !Number.isNaN(given) && holds(given, wanted);
    };
  };
}

const numeric = (holds: (value: number, wanted: number) => boolean) =>
  compare((value) => (value.trim() === "" ? Number.NaN : Number(value)), holds);
/** ISO 8601, or seconds since the epoch. */
const date = (holds: (value: number, wanted: number) => boolean) =>
  compare((value) => (/^\d+(\.\d+)?$/.test(value) ? Number(value) * 1000 : Date.parse(value)), holds);

function bool(wanted: string): Test {
  const lower = wanted.toLowerCase();
  if (lower !== "true" && lower !== "false") throw new InvalidPolicy(`The value ${wanted} is not valid for Bool.`);
  return (value) => value.toLowerCase() === lower;
}

function ipAddress(wanted: string): Test {
  const [address = "", prefix] = wanted.split("/");
  const family = isIP(address);
  const bits = prefix === undefined ? (family === 6 ? 128 : 32) : Number(prefix);
  if (family === 0 || !Number.isInteger(bits) || bits < 0 || bits > (family === 6 ? 128 : 32)) {
    throw new InvalidPolicy(`The value ${wanted} is not valid for IpAddress.`);
  }
  const range = new BlockList();
  range.addSubnet(address, bits, family === 6 ? "ipv6" : "ipv4");
  return (value) => {
    const given = isIP(value);
    return given !== 0 && range.check(value, given === 6 ? "ipv6" : "ipv4");
  };
}

const equal = (a: number, b: number): boolean => a === b;
const less = (a: number, b: number): boolean => a < b;
const lessOrEqual = (a: number, b: number): boolean => a <= b;
const greater = (a: number, b: number): boolean => a > b;
const greaterOrEqual = (a: number, b: number): boolean => a >= b;

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html */
const OPERATORS: Readonly<Record<string, Operator>> = {
  StringEquals: { test: equals },
  StringNotEquals: { test: equals, negated: true },
  StringEqualsIgnoreCase: { test: equalsIgnoreCase },
  StringNotEqualsIgnoreCase: { test: equalsIgnoreCase, negated: true },
  StringLike: { test: like },
  StringNotLike: { test: like, negated: true },
  NumericEquals: { test: numeric(equal) },
  NumericNotEquals: { test: numeric(equal), negated: true },
  NumericLessThan: { test: numeric(less) },
  NumericLessThanEquals: { test: numeric(lessOrEqual) },
  NumericGreaterThan: { test: numeric(greater) },
  NumericGreaterThanEquals: { test: numeric(greaterOrEqual) },
  DateEquals: { test: date(equal) },
  DateNotEquals: { test: date(equal), negated: true },
  DateLessThan: { test: date(less) },
  DateLessThanEquals: { test: date(lessOrEqual) },
  DateGreaterThan: { test: date(greater) },
  DateGreaterThanEquals: { test: date(greaterOrEqual) },
  Bool: { test: bool },
  BinaryEquals: { test: equals },
  IpAddress: { test: ipAddress },
  NotIpAddress: { test: ipAddress, negated: true },
  ArnEquals: { test: arnLike },
  ArnLike: { test: arnLike },
  ArnNotEquals: { test: arnLike, negated: true },
  ArnNotLike: { test: arnLike, negated: true },
};
const BY_NAME = new Map(Object.entries(OPERATORS).map(([name, operator]) => [name.toLowerCase(), operator]));

const NAME = /^(?:(ForAllValues|ForAnyValue):)?([A-Za-z]+?)(IfExists)?$/i;

/** The conditions of a statement, all of which have to hold. `variables` says whether `${…}` is a variable. Throws InvalidPolicy. */
export function compileConditions(block: unknown, variables: boolean): readonly Condition[] {
  if (block === undefined) return [];
  if (!isObject(block)) throw new InvalidPolicy("Syntax errors in policy.");
  return Object.entries(block).flatMap(([name, keys]) => {
    if (!isObject(keys)) throw new InvalidPolicy("Syntax errors in policy.");
    return Object.entries(keys).map(([key, values]) =>
      compileCondition(name, key, textsOf(values, "Condition"), variables),
    );
  });
}

function compileCondition(name: string, rawKey: string, values: readonly string[], variables: boolean): Condition {
  const key = rawKey.toLowerCase();
  const [, quantifier, base = "", ifExists] = NAME.exec(name) ?? [];
  const set = quantifier?.toLowerCase();
  if (base.toLowerCase() === "null") {
    const wanted = values.map((value) => value.toLowerCase() === "true");
    return { key, keyName: rawKey, holds: (lookup) => wanted.includes(lookup(key) === undefined) };
  }
  const operator = BY_NAME.get(base.toLowerCase());
  if (!operator) throw new InvalidPolicy(`Invalid Condition type : ${name}.`);
  const tests = values.map((value) => operator.test(value, variables));
  const { negated = false } = operator;
  const fits = (value: string, lookup: Lookup): boolean => tests.some((test) => test(value, lookup)) !== negated;
  const whenAbsent = ifExists !== undefined || (set === undefined ? negated : set === "forallvalues");
  return {
    key,
    keyName: rawKey,
    holds(lookup) {
      const given = lookup(key);
      if (given === undefined || (given.length === 0 && set !== undefined)) return whenAbsent;
      if (set === "forallvalues") return given.every((value) => fits(value, lookup));
      // As on AWS, when a request has several values and there is no set operator, one that fits is enough, and for negated operators none may fit.
      return negated && set === undefined
        ? given.every((value) => fits(value, lookup))
        : given.some((value) => fits(value, lookup));
    },
  };
}
