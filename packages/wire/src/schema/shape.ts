import { z } from "zod";
import { traitsOf, type WireTraits } from "./traits.ts";

/** The type of a value according to its zod schema, reduced to what encoders and decoders need. */
export type Shape = { readonly traits: WireTraits } & (
  | { readonly kind: "string" | "number" | "boolean" | "date" | "blob" | "other" }
  | { readonly kind: "list"; readonly item: Shape }
  | { readonly kind: "map"; readonly value: Shape }
  | { readonly kind: "object"; readonly members: ReadonlyMap<string, Shape> }
);

export const TEXT: Shape = { kind: "string", traits: {} };
export const OTHER: Shape = { kind: "other", traits: {} };

/** Unwraps optional, default, nullable, readonly and pipe down to the type that is sent. Done once per operation. */
export function shapeOf(schema: z.ZodType): Shape {
  return read(schema, new Map());
}

/** `known` stops the recursion for schemas that contain themselves. */
function read(schema: z.ZodType, known: Map<z.ZodType, Shape>): Shape {
  const inner = within(schema);
  if (!inner) return withTraits(leafOf(schema, known), traitsOf(schema));
  return withTraits(read(inner, known), traitsOf(schema));
}

function withTraits(shape: Shape, own: WireTraits): Shape {
  if (Object.keys(own).length === 0) return shape;
  const traits = { ...shape.traits, ...own };
  return traits.blob ? { kind: "blob", traits } : { ...shape, traits };
}

/** The schema that a wrapper wraps; `undefined` when it is not a wrapper. */
function within(schema: z.ZodType): z.ZodType | undefined {
  if (
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault ||
    schema instanceof z.ZodNonOptional ||
    schema instanceof z.ZodReadonly ||
    schema instanceof z.ZodCatch ||
    schema instanceof z.ZodLazy
  ) {
    return schema.unwrap() as z.ZodType;
  }
  return schema instanceof z.ZodUnion ? (schema.options[0] as z.ZodType | undefined) : undefined;
}

function leafOf(schema: z.ZodType, known: Map<z.ZodType, Shape>): Shape {
  if (schema instanceof z.ZodPipe) {
    const from = read(schema.in as z.ZodType, known);
    return from.kind === "other" ? read(schema.out as z.ZodType, known) : from;
  }
  if (schema instanceof z.ZodObject) {
    const earlier = known.get(schema);
    if (earlier) return earlier;
    const members = new Map<string, Shape>();
    const shape: Shape = { kind: "object", members, traits: {} };
    known.set(schema, shape);
    for (const [name, member] of Object.entries(schema.shape)) members.set(name, read(member as z.ZodType, known));
    return shape;
  }
  if (schema instanceof z.ZodArray) return { kind: "list", item: read(schema.element as z.ZodType, known), traits: {} };
  if (schema instanceof z.ZodRecord) {
    return { kind: "map", value: read(schema.valueType as z.ZodType, known), traits: {} };
  }
  switch (schema.type) {
    case "string":
    case "enum":
    case "literal":
    case "template_literal":
      return TEXT;
    case "number":
    case "boolean":
    case "date":
      return { kind: schema.type, traits: {} };
    default:
      return OTHER;
  }
}

/** A member's shape; a member the schema does not know is text. */
export function memberShape(shape: Shape, name: string): Shape {
  return (shape.kind === "object" ? shape.members.get(name) : undefined) ?? TEXT;
}

/** Whether `test` holds for the shape or any part of it. */
export function someShape(shape: Shape, test: (shape: Shape) => boolean, seen = new Set<Shape>()): boolean {
  if (seen.has(shape)) return false;
  seen.add(shape);
  if (test(shape)) return true;
  if (shape.kind === "list") return someShape(shape.item, test, seen);
  if (shape.kind === "map") return someShape(shape.value, test, seen);
  return shape.kind === "object" && [...shape.members.values()].some((member) => someShape(member, test, seen));
}

/** Converts text from a path, query, header or form to the type of `shape`. Text that cannot be converted is returned as it is: validation
 * refuses it. */
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
    case "blob":
      return Buffer.from(text, "base64");
    default:
      return text;
  }
}
