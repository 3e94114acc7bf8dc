import type { Shape } from "../schema/shape.ts";
import { timeText } from "./time.ts";

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "\r": "&#xD;",
};

/** What XML 1.0 cannot hold, not even escaped. https://www.w3.org/TR/xml/#charsets */
const FORBIDDEN = /[^\P{Cc}\t\n\r\x7F-\x9F]|[\uFFFE\uFFFF]/gu;

/** Text safe inside an element; characters that XML cannot hold are dropped. */
export function escapeXml(text: string): string {
  return text.replace(FORBIDDEN, "").replace(/[&<>"\r]/g, (c) => ESCAPES[c] ?? c);
}

/** Writes a value as the element `name`; an absent value is no element. */
export type WriteXml = (name: string, value: unknown) => string;

/** Without a schema: lists as `<member>`, times in ISO 8601 with seconds, absent members left out. */
export function toXml(name: string, value: unknown): string {
  if (value === undefined || value === null) return "";
  return `<${name}>${content(value)}</${name}>`;
}

function content(value: unknown): string {
  if (value instanceof Date) return timeText(value, "date-time");
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (Array.isArray(value)) return value.map((item) => toXml("member", item)).join("");
  if (typeof value === "object" && value !== null) {
    return Object.entries(value)
      .map(([member, inner]) => toXml(member, inner))
      .join("");
  }
  return escapeXml(String(value));
}

/**
 * The writer for values of `shape`, made once per operation. It keeps the order of the members that it is given, and writes members and
 * types that the schema does not know as `toXml` does.
 */
export function xmlWriter(shape: Shape, made = new Map<Shape, WriteXml>()): WriteXml {
  const earlier = made.get(shape);
  if (earlier) return earlier;
  let write: WriteXml = toXml;
  made.set(shape, (name, value) => write(name, value)); // for a schema that contains itself
  write = writerOf(shape, made);
  made.set(shape, write);
  return write;
}

function writerOf(shape: Shape, made: Map<Shape, WriteXml>): WriteXml {
  const { traits } = shape;
  const { uri, prefix } = traits.xmlNamespace ?? {};
  const namespace = uri === undefined ? "" : ` xmlns${prefix === undefined ? "" : `:${prefix}`}="${escapeXml(uri)}"`;
  const wrap = (name: string, inner: string): string => `<${name}${namespace}>${inner}</${name}>`;
  switch (shape.kind) {
    case "date": {
      const format = traits.timestampFormat ?? "date-time";
      return (name, value) => (value instanceof Date ? wrap(name, timeText(value, format)) : toXml(name, value));
    }
    case "list": {
      const item = xmlWriter(shape.item, made);
      const itemName = shape.item.traits.xmlName ?? "member";
      return (name, value) => {
        if (!Array.isArray(value)) return toXml(name, value);
        const each = traits.flattened ? name : itemName;
        const items = value.map((one: unknown) => item(each, one)).join("");
        return traits.flattened ? items : wrap(name, items);
      };
    }
    case "map": {
      const inner = xmlWriter(shape.value, made);
      const { entry = "entry", key: keyName = "key", value: valueName = "value" } = traits.entryNames ?? {};
      return (name, value) => {
        if (!isStructure(value)) return toXml(name, value);
        const each = traits.flattened ? name : entry;
        let entries = "";
        for (const [key, one] of Object.entries(value)) {
          if (one === undefined || one === null) continue;
          entries += `<${each}><${keyName}>${escapeXml(key)}</${keyName}>${inner(valueName, one)}</${each}>`;
        }
        return traits.flattened ? entries : wrap(name, entries);
      };
    }
    case "object":
      return structureWriter(shape, namespace, made);
    default:
      return namespace === ""
        ? toXml
        : (name, value) => (value === undefined || value === null ? "" : wrap(name, content(value)));
  }
}

function structureWriter(
  { members }: Extract<Shape, { readonly kind: "object" }>,
  namespace: string,
  made: Map<Shape, WriteXml>,
): WriteXml {
  const writers = new Map(
    [...members].map(([member, shape]) => [
      member,
      { name: shape.traits.xmlName ?? member, write: xmlWriter(shape, made), attribute: shape.traits.xmlAttribute },
    ]),
  );
  return (name, value) => {
    if (!isStructure(value)) return toXml(name, value);
    let attributes = "";
    let inner = "";
    for (const [member, one] of Object.entries(value)) {
      const known = writers.get(member);
      if (!known) inner += toXml(member, one);
      else if (!known.attribute) inner += known.write(known.name, one);
      else if (one !== undefined && one !== null) attributes += ` ${known.name}="${escapeXml(String(one))}"`;
    }
    return `<${name}${namespace}${attributes}>${inner}</${name}>`;
  };
}

function isStructure(value: unknown): value is object {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Date) &&
    !(value instanceof Uint8Array)
  );
}
