import { createHash } from "node:crypto";
import { type Matcher, RE2JS } from "re2js";
import { payloadValue } from "./payloadValue.ts";
import type { SqlContext } from "./sqlContext.ts";
import { formatTime } from "./sqlTime.ts";
import { isArray, isObject, jsonOnly, memberOf, type SqlValue, toInt, toNumber, toText } from "./sqlValue.ts";

/** A function of the SQL of rules. Arguments of a wrong type make it Undefined. */
export interface SqlFunction {
  readonly min: number;
  readonly max: number;
  readonly call: (args: readonly SqlValue[], context: SqlContext) => SqlValue;
}

const MAX_REGEX = 1_000;
const MAX_PADDING = 1_000;
const fixed = (count: number, call: SqlFunction["call"]): SqlFunction => ({ min: count, max: count, call });

/** A function of one number. Results that are no number are Undefined. */
const ofNumber = (calculate: (value: number) => number): SqlFunction =>
  fixed(1, ([value]) => {
    const number = toNumber(value);
    return number === undefined ? undefined : finite(calculate(number));
  });

const ofNumbers = (calculate: (a: number, b: number) => number): SqlFunction =>
  fixed(2, ([first, second]) => {
    const [a, b] = [toNumber(first), toNumber(second)];
    return a === undefined || b === undefined ? undefined : finite(calculate(a, b));
  });

const ofInts = (calculate: (a: bigint, b: bigint) => bigint): SqlFunction =>
  fixed(2, ([first, second]) => {
    const [a, b] = [toInt(first), toInt(second)];
    if (a === undefined || b === undefined || !Number.isSafeInteger(a) || !Number.isSafeInteger(b)) return undefined;
    return Number(calculate(BigInt(a), BigInt(b)));
  });

/** A function of texts; Undefined when one argument cannot be converted to a text. */
const ofTexts = (count: number, call: (texts: readonly string[], context: SqlContext) => SqlValue): SqlFunction =>
  fixed(count, (args, context) => {
    const texts: string[] = [];
    for (const arg of args) {
      const text = toText(arg, context.budget);
      if (text === undefined) return undefined;
      texts.push(text);
    }
    const result = call(texts, context);
    if (typeof result === "string") context.budget.spend(result.length);
    return result;
  });

const hash = (algorithm: string): SqlFunction =>
  ofTexts(1, ([text = ""]) => createHash(algorithm).update(text).digest("hex"));

const padding = (pad: (text: string, spaces: string) => string): SqlFunction =>
  fixed(2, ([value, width], { budget }) => {
    const [text, count] = [toText(value, budget), toInt(width)];
    if (text === undefined || count === undefined) return undefined;
    const spaces = " ".repeat(Math.min(MAX_PADDING, Math.max(0, count)));
    budget.spend(spaces.length);
    return pad(text, spaces);
  });

export const FUNCTIONS: ReadonlyMap<string, SqlFunction> = new Map<string, SqlFunction>([
  ["abs", ofNumber(Math.abs)],
  ["accountid", fixed(0, (_, { message }) => message.accountId)],
  ["acos", ofNumber(Math.acos)],
  ["asin", ofNumber(Math.asin)],
  ["atan", ofNumber(Math.atan)],
  ["atan2", ofNumbers(Math.atan2)],
  ["bitand", ofInts((a, b) => a & b)],
  ["bitor", ofInts((a, b) => a | b)],
  ["bitxor", ofInts((a, b) => a ^ b)],
  ["bitnot", ofNumber((value) => -Math.floor(value) - 1)],
  ["ceil", ofNumber(Math.ceil)],
  ["chr", fixed(1, ([value]) => asciiCharacter(toInt(value)))],
  ["clientid", fixed(0, (_, { message }) => message.clientId ?? "n/a")],
  ["concat", { min: 0, max: Infinity, call: concat }],
  ["cos", ofNumber(Math.cos)],
  ["cosh", ofNumber(Math.cosh)],
  ["decode", fixed(2, decode)],
  ["encode", fixed(2, encode)],
  ["endswith", ofTexts(2, ([text = "", end = ""]) => text.endsWith(end))],
  ["exp", ofNumber(Math.exp)],
  ["floor", ofNumber(Math.floor)],
  ["get", fixed(2, ([collection, key]) => get(collection, key))],
  ["get_or_default", fixed(2, ([value, otherwise]) => (value === undefined ? otherwise : value))],
  ["indexof", ofTexts(2, indexOf)],
  ["isnull", fixed(1, ([value]) => value === null)],
  ["isundefined", fixed(1, ([value]) => value === undefined)],
  ["length", ofTexts(1, ([text = ""]) => text.length)],
  ["ln", ofNumber(Math.log)],
  ["log", ofNumber(Math.log10)],
  ["lower", ofTexts(1, ([text = ""]) => text.toLowerCase())],
  ["lpad", padding((text, spaces) => spaces + text)],
  ["ltrim", ofTexts(1, ([text = ""]) => text.trimStart())],
  ["md5", hash("md5")],
  ["mod", ofNumbers((a, b) => a % b)],
  ["nanvl", fixed(2, ([value, otherwise]) => value ?? otherwise)],
  ["newuuid", fixed(0, (_, { message }) => message.newUuid())],
  ["numbytes", ofTexts(1, ([text = ""]) => Buffer.byteLength(text))],
  ["parse_time", { min: 2, max: 3, call: parseTime }],
  ["power", ofNumbers((a, b) => a ** b)],
  ["principal", fixed(0, (_, { message }) => message.principal)],
  ["rand", fixed(0, (_, { message }) => message.random())],
  ["regexp_matches", ofTexts(2, (texts, context) => matcherOf(texts, context)?.find())],
  ["regexp_replace", ofTexts(3, regexReplace)],
  ["regexp_substr", ofTexts(2, firstMatch)],
  ["remainder", ofNumbers((a, b) => a % b)],
  ["replace", ofTexts(3, replace)],
  ["round", ofNumber((value) => Math.sign(value) * Math.round(Math.abs(value)))],
  ["rpad", padding((text, spaces) => text + spaces)],
  ["rtrim", ofTexts(1, ([text = ""]) => text.trimEnd())],
  ["sha1", hash("sha1")],
  ["sha224", hash("sha224")],
  ["sha256", hash("sha256")],
  ["sha384", hash("sha384")],
  ["sha512", hash("sha512")],
  ["sign", ofNumber(Math.sign)],
  ["sin", ofNumber(Math.sin)],
  ["sinh", ofNumber(Math.sinh)],
  ["sourceip", fixed(0, (_, { message }) => message.sourceIp)],
  ["sql_version", fixed(0, (_, { message }) => message.sqlVersion)],
  ["sqrt", ofNumber(Math.sqrt)],
  ["startswith", ofTexts(2, ([text = "", start = ""]) => text.startsWith(start))],
  ["substring", { min: 2, max: 3, call: substring }],
  ["tan", ofNumber(Math.tan)],
  ["tanh", ofNumber(Math.tanh)],
  ["timestamp", fixed(0, (_, { message }) => message.timestampMs)],
  ["topic", { min: 0, max: 1, call: topic }],
  ["traceid", fixed(0, (_, { message }) => message.traceId)],
  ["trim", ofTexts(1, ([text = ""]) => text.trim())],
  ["upper", ofTexts(1, ([text = ""]) => text.toUpperCase())],
]);

/** Functions of AWS that call another service or need what Hearth does not have. */
export const FUNCTIONS_NOT_BUILT: ReadonlySet<string> = new Set([
  ...["aws_lambda", "get_dynamodb", "get_mqtt_property", "get_registry_data", "get_secret", "get_thing_shadow"],
  ...["get_user_properties", "machinelearning_predict", "md2", "time_to_epoch", "transform"],
]);

export function finite(value: number): number | undefined {
  return Number.isFinite(value) ? (value === 0 ? 0 : value) : undefined;
}

function asciiCharacter(code: number | undefined): string | undefined {
  return code !== undefined && code >= 0 && code < 128 ? String.fromCharCode(code) : undefined;
}

function concat(args: readonly SqlValue[], { budget }: SqlContext): SqlValue {
  if (args.length < 2) return args[0];
  if (args.some(isArray)) {
    const all = args.flatMap((arg) => (isArray(arg) ? arg : [jsonOnly(arg)])).filter((item) => item !== undefined);
    budget.spend(all.length);
    return all;
  }
  if (!args.some((arg) => typeof arg === "string")) return undefined;
  const texts = args.map((arg) => toText(arg, budget));
  return texts.includes(undefined) ? undefined : texts.join("");
}

function decode([value, scheme]: readonly SqlValue[], { budget }: SqlContext): SqlValue {
  if (scheme !== "base64") return undefined;
  if (typeof value !== "string") return value === undefined ? undefined : null;
  budget.spend(value.length);
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(value)) return null;
  const decoded = payloadValue(Buffer.from(value, "base64"));
  return decoded instanceof Uint8Array ? Buffer.from(decoded).toString("utf8") : decoded;
}

function encode([value, scheme]: readonly SqlValue[], { budget }: SqlContext): SqlValue {
  if (scheme !== "base64") return undefined;
  const bytes = value instanceof Uint8Array ? value : toText(value, budget);
  if (bytes === undefined) return undefined;
  const encoded = Buffer.from(bytes as Uint8Array & string).toString("base64");
  budget.spend(encoded.length);
  return encoded;
}

function get(collection: SqlValue, key: SqlValue): SqlValue {
  if (isObject(collection)) return typeof key === "string" ? memberOf(collection, key) : undefined;
  const at = toInt(key);
  if (at === undefined || at < 0) return undefined;
  if (isArray(collection)) return collection[at];
  return typeof collection === "string" ? collection[at] : undefined;
}

function parseTime([pattern, time, zone = "UTC"]: readonly SqlValue[], { budget }: SqlContext): SqlValue {
  budget.spend(1_000); // it reads the data of a time zone
  const epochMs = toInt(time);
  if (typeof pattern !== "string" || epochMs === undefined || typeof zone !== "string") return undefined;
  return formatTime(pattern, epochMs, zone);
}

/** A matcher in linear time; `undefined` for a pattern that is not understood. */
function matcherOf([text = "", regex = ""]: readonly string[], { budget }: SqlContext): Matcher | undefined {
  if (regex.length > MAX_REGEX) return undefined;
  budget.spend(regex.length * 10 + text.length * Math.ceil(regex.length / 8));
  try {
    return RE2JS.compile(regex).matcher(text);
  } catch {
    return undefined;
  }
}

function regexReplace(texts: readonly string[], context: SqlContext): SqlValue {
  const [text = "", , by = ""] = texts;
  // Each position may become a copy of what is inserted.
  context.budget.spend(by.length * 2 + (by.includes("$") ? text.length : 0));
  try {
    return matcherOf(texts, context)?.replaceAll(by);
  } catch {
    return undefined; // it names a group that does not exist
  }
}

function firstMatch(texts: readonly string[], context: SqlContext): SqlValue {
  const matcher = matcherOf(texts, context);
  return matcher?.find() ? (matcher.group() ?? undefined) : undefined;
}

/** The search for a long text may take more than one look at each character. */
function searchCost(text: string, part: string): number {
  return text.length * Math.ceil(part.length / 64);
}

function indexOf([text = "", part = ""]: readonly string[], { budget }: SqlContext): SqlValue {
  budget.spend(searchCost(text, part));
  return text.indexOf(part);
}

function replace([text = "", part = "", by = ""]: readonly string[], { budget }: SqlContext): SqlValue {
  if (part === "") return text;
  budget.spend(searchCost(text, part));
  const pieces = text.split(part);
  budget.spend(pieces.length * (1 + by.length));
  return pieces.join(by);
}

function substring([value, from, to]: readonly SqlValue[], { budget }: SqlContext): SqlValue {
  const [text, start] = [toText(value, budget), toInt(from)];
  if (text === undefined || start === undefined) return undefined;
  const end = to === undefined ? text.length : toInt(to);
  if (end === undefined) return undefined;
  return start >= end ? "" : text.slice(Math.max(0, start), Math.max(0, end));
}

function topic([level]: readonly SqlValue[], { message }: SqlContext): SqlValue {
  if (level === undefined) return message.topic;
  const at = toInt(level);
  return at === undefined ? undefined : message.topic.split("/")[at - 1];
}
