import { exceedsJson } from "@hearth/kit";
import { SerializationException } from "@hearth/model";
import { type Shape, someShape } from "../schema/shape.ts";
import { timeText } from "./time.ts";

/** As `jsonText`, in UTF-8. */
export function encodeJson(value: object): Buffer {
  return Buffer.from(jsonText(value));
}

/** AWS's JSON: times are epoch seconds, bytes are base64. */
export function jsonText(value: object): string {
  // What many writes are answered.
  if (Object.keys(value).length === 0 && !Array.isArray(value)) return "{}";
  return JSON.stringify(value, toWire);
}

function toWire(this: unknown, key: string, value: unknown): unknown {
  const original = (this as Record<string, unknown>)[key];
  if (original instanceof Date) return original.getTime() / 1000;
  if (original instanceof Uint8Array) return Buffer.from(original).toString("base64");
  return value;
}

type Convert = (value: unknown) => unknown;

/** As `jsonTextEncoder`, in UTF-8. */
export function jsonEncoder(shape: Shape): (value: object) => Buffer {
  const encode = jsonTextEncoder(shape);
  return (value) => Buffer.from(encode(value));
}

/** The encoder for values of `shape`, made once per operation: `jsonText` unless some time in it has another format. */
export function jsonTextEncoder(shape: Shape): (value: object) => string {
  const isTimeText = ({ kind, traits }: Shape): boolean =>
    kind === "date" && (traits.timestampFormat ?? "epoch-seconds") !== "epoch-seconds";
  const convert = converter(
    shape,
    ({ traits }) => {
      const format = traits.timestampFormat ?? "date-time";
      return (value) => (value instanceof Date ? timeText(value, format) : value);
    },
    isTimeText,
  );
  return convert ? (value) => jsonText(convert(value) as object) : jsonText;
}

/** The decoder of bodies that hold `shape`, made once per operation: times become Dates and base64 becomes bytes where the schema says so. */
export function jsonDecoder(shape: Shape): (body: Buffer) => Record<string, unknown> {
  const convert = converter(shape, ({ kind }) => (kind === "date" ? toDate : toBytes), isDateOrBlob);
  if (!convert) return decodeJson;
  // A name may also be written with escapes.
  const names = [...holders(shape, isDateOrBlob)].map((name) => name.replace(/\W/g, "\\$&"));
  const mayHold = new RegExp(`"(?:${names.join("|")})"|\\\\`);
  return (body) => {
    const text = textOf(body);
    const value = parsed(text);
    return mayHold.test(text) ? (convert(value) as Record<string, unknown>) : value;
  };
}

/** The names of the members, at any depth, that are or list what `applies` to. The shape is an object. */
function holders(
  shape: Shape,
  applies: (shape: Shape) => boolean,
  name = "",
  found = new Set<string>(),
  seen = new Set<Shape>(),
): ReadonlySet<string> {
  if (applies(shape)) found.add(name);
  if (shape.kind === "list") holders(shape.item, applies, name, found, seen);
  if (shape.kind === "map") holders(shape.value, applies, name, found, seen);
  if (shape.kind !== "object" || seen.has(shape)) return found;
  seen.add(shape);
  for (const [member, inner] of shape.members) holders(inner, applies, member, found, seen);
  return found;
}

function isDateOrBlob({ kind }: Shape): boolean {
  return kind === "date" || kind === "blob";
}

/** A value that cannot be a time is returned as it is: validation refuses it. */
function toDate(value: unknown): unknown {
  if (typeof value !== "number" && typeof value !== "string") return value;
  const date = new Date(typeof value === "number" ? value * 1000 : value);
  return Number.isNaN(date.getTime()) ? value : date;
}

function toBytes(value: unknown): unknown {
  return typeof value === "string" ? Buffer.from(value, "base64") : value;
}

/** Converts the parts of a value whose shape passes `applies`; `undefined` where no part can. */
function converter(
  shape: Shape,
  leaf: (shape: Shape) => Convert,
  applies: (shape: Shape) => boolean,
  made = new Map<Shape, Convert>(),
): Convert | undefined {
  if (!someShape(shape, applies)) return undefined;
  const earlier = made.get(shape);
  if (earlier) return earlier;
  let convert: Convert;
  made.set(shape, (value) => convert(value)); // for a schema that contains itself
  switch (shape.kind) {
    case "list": {
      const item = converter(shape.item, leaf, applies, made) as Convert;
      convert = (value) => mapItems(value, item);
      break;
    }
    case "map": {
      const inner = converter(shape.value, leaf, applies, made) as Convert;
      convert = (value) => mapMembers(value, () => inner);
      break;
    }
    case "object": {
      const members = new Map<string, Convert>();
      for (const [name, member] of shape.members) {
        const one = converter(member, leaf, applies, made);
        if (one) members.set(name, one);
      }
      convert = (value) => mapMembers(value, (name) => members.get(name));
      break;
    }
    default:
      convert = leaf(shape);
  }
  return convert;
}

/** The list with its items converted: itself where no item changes. */
function mapItems(value: unknown, item: Convert): unknown {
  if (!Array.isArray(value)) return value;
  const converted = value.map((one) => item(one));
  return converted.every((one, at) => one === value[at]) ? (value as unknown) : converted;
}

/** The value with its members converted, in the order that they had: itself where no member changes, a copy otherwise. */
function mapMembers(value: unknown, of: (name: string) => Convert | undefined): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const members = value as Readonly<Record<string, unknown>>;
  let changed: Map<string, unknown> | undefined;
  for (const name of Object.keys(members)) {
    const member = members[name];
    const converted = of(name)?.(member) ?? member;
    if (converted !== member) (changed ??= new Map()).set(name, converted);
  }
  if (!changed) return value;
  const found = changed;
  return Object.fromEntries(
    Object.entries(members).map(([name, member]) => [name, found.has(name) ? found.get(name) : member]),
  );
}

/** Parses a JSON object; an empty body is an empty object. `null` members are removed, because AWS treats them as absent. */
export function decodeJson(body: Buffer): Record<string, unknown> {
  return parsed(textOf(body));
}

function textOf(body: Buffer): string {
  if (body.length > SMALL_BYTES) refuseExcess(body);
  return body.toString();
}

function parsed(text: string): Record<string, unknown> {
  if (text === "") return {};
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new SerializationException(`Could not parse request body into json: ${(error as SyntaxError).message}`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new SerializationException("Could not parse request body into json: an object is expected");
  }
  removeNulls(value, 0);
  return value as Record<string, unknown>;
}

/** An item of DynamoDB may be nested 32 levels deep, each of which has two levels of JSON; a batch or transaction has five around it. */
const MAX_DEPTH = 72;
/** The work on a body is in proportion to its values, while no other request is served. The largest requests of AWS's clients have a tenth of this. */
const MAX_VALUES = 500_000;
/** A smaller body is not looked at before it is parsed. */
const SMALL_BYTES = 128 * 1024;

function refuseExcess(body: Buffer): void {
  const bound = exceedsJson(body, { depth: MAX_DEPTH + 1, values: MAX_VALUES });
  if (bound === undefined) return;
  const why = bound === "depth" ? "it is nested too deeply" : `it has more than ${MAX_VALUES} values`;
  throw new SerializationException(`Could not parse request body into json: ${why}`);
}

/** Removes the members that are null, at any depth. */
function removeNulls(value: object, depth: number): void {
  if (depth > MAX_DEPTH)
    throw new SerializationException("Could not parse request body into json: it is nested too deeply");
  if (Array.isArray(value)) {
    for (const item of value as readonly unknown[]) {
      if (typeof item === "object" && item !== null) removeNulls(item, depth + 1);
    }
    return;
  }
  const members = value as Record<string, unknown>;
  for (const name in members) {
    const member = members[name];
    if (member === null) delete members[name];
    else if (typeof member === "object") removeNulls(member, depth + 1);
  }
}
