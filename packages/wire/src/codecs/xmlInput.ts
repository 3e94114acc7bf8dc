import { fromText, type Shape } from "../schema/shape.ts";
import { readXml, type XmlElement } from "./xmlReader.ts";

/** Converts an XML body to the value that `shape` describes; elements unknown to the shape are left out. An empty body is an empty structure. */
export function decodeXml(body: Buffer, shape: Shape): Record<string, unknown> {
  if (body.length === 0) return {};
  const value = valueOf(readXml(body.toString()), shape);
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

function valueOf(element: XmlElement, shape: Shape): unknown {
  switch (shape.kind) {
    case "object":
      return structureOf(element, shape.members);
    case "list":
      return element.children.map((item) => valueOf(item, shape.item));
    case "map":
      return mapOf(element.children, shape);
    default:
      return fromText(element.text, shape);
  }
}

function structureOf(element: XmlElement, members: ReadonlyMap<string, Shape>): Record<string, unknown> {
  const entries: [string, unknown][] = [];
  for (const [member, shape] of members) {
    const name = shape.traits.xmlName ?? member;
    if (shape.traits.xmlAttribute) {
      const text = element.attributes.get(name.slice(name.indexOf(":") + 1));
      if (text !== undefined) entries.push([member, fromText(text, shape)]);
      continue;
    }
    const found = element.children.filter((child) => child.name === name);
    if (found.length === 0) continue;
    if (!shape.traits.flattened) entries.push([member, valueOf(found[0] as XmlElement, shape)]);
    else if (shape.kind === "list") entries.push([member, found.map((item) => valueOf(item, shape.item))]);
    else if (shape.kind === "map") entries.push([member, mapOf(found, shape)]);
  }
  return Object.fromEntries(entries);
}

function mapOf(entries: readonly XmlElement[], shape: Extract<Shape, { readonly kind: "map" }>): object {
  const { key: keyName = "key", value: valueName = "value" } = shape.traits.entryNames ?? {};
  return Object.fromEntries(
    entries.flatMap(({ children }) => {
      const key = children.find(({ name }) => name === keyName);
      const value = children.find(({ name }) => name === valueName);
      return key && value ? [[key.text, valueOf(value, shape.value)] as const] : [];
    }),
  );
}
