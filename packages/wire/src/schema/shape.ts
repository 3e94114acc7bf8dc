import type { z } from "zod";

/** What a zod schema says a value should be, as far as a decoder of text needs to know. */
export type Shape =
  | { readonly kind: "string" | "number" | "boolean" | "date" | "other" }
  | { readonly kind: "list"; readonly item: Shape }
  | { readonly kind: "map"; readonly value: Shape }
  | { readonly kind: "object"; readonly members: ReadonlyMap<string, Shape> };

/** Looks through optional, default, nullable, readonly and pipe to the type that the wire carries. Done once per operation. */
export function shapeOf(schema: z.core.$ZodType): Shape {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  switch (def.type) {
    case "optional":
    case "nullable":
    case "default":
    case "prefault":
    case "nonoptional":
    case "readonly":
    case "catch":
      return shapeOf(def.innerType);
    case "pipe": {
      const from = shapeOf(def.in);
      return from.kind === "other" ? shapeOf(def.out) : from;
    }
    case "string":
    case "number":
    case "boolean":
    case "date":
      return { kind: def.type };
    case "enum":
    case "literal":
    case "template_literal":
      return { kind: "string" };
    case "array":
      return { kind: "list", item: shapeOf(def.element) };
    case "record":
      return { kind: "map", value: shapeOf(def.valueType) };
    case "union":
      return def.options[0] ? shapeOf(def.options[0]) : { kind: "other" };
    case "object":
      return {
        kind: "object",
        members: new Map(Object.entries(def.shape).map(([name, member]) => [name, shapeOf(member)])),
      };
    default:
      return { kind: "other" };
  }
}

/** A member's shape; a member the schema does not know is text. */
export function memberShape(shape: Shape, name: string): Shape {
  return (shape.kind === "object" ? shape.members.get(name) : undefined) ?? { kind: "string" };
}

/** Text from a path, query, header or form as the value that `shape` wants; text that cannot be one is left for validation to refuse. */
export function fromText(text: string, shape: Shape): unknown {
  switch (shape.kind) {
    case "number":
      return text.trim() !== "" && Number.isFinite(Number(text)) ? Number(text) : text;
    case "boolean":
      return text === "true" ? true : text === "false" ? false : text;
    case "date": {
      const date = new Date(/^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : text);
      return Number.isNaN(date.getTime()) ? text : date;
    }
    default:
      return text;
  }
}
