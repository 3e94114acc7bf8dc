import { SerializationException } from "@hearth/model";
import { cbor, tag, tagSymbol } from "@smithy/core/cbor";
import { isBoundedCbor } from "./cborBounds.ts";
import { OTHER, type Shape } from "../schema/shape.ts";

/** Tag 1: seconds since the epoch. https://www.rfc-editor.org/rfc/rfc8949#section-3.4.2 */
const EPOCH = 1;

/** A value as Smithy's CBOR: times have tag 1, bytes are byte strings, absent members are left out. */
export function encodeCbor(value: object): Uint8Array {
  return cbor.serialize(toCbor(value));
}

function toCbor(value: unknown): unknown {
  if (value instanceof Date) return tag({ tag: EPOCH, value: value.getTime() / 1000 });
  if (value instanceof Uint8Array || typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((item: unknown) => (item === undefined ? null : toCbor(item)));
  const members: [string, unknown][] = [];
  for (const [name, member] of Object.entries(value)) if (member !== undefined) members.push([name, toCbor(member)]);
  return Object.fromEntries(members);
}

/** Parses a CBOR map; an empty body is an empty map. `null` members are removed. Times become Dates where `shape` has a date, else seconds. */
export function decodeCbor(body: Buffer, shape: Shape): Record<string, unknown> {
  if (body.length === 0) return {};
  if (!isBoundedCbor(body)) throw new SerializationException("Could not parse the request body as CBOR");
  let value: unknown;
  try {
    value = cbor.deserialize(body);
  } catch {
    throw new SerializationException("Could not parse the request body as CBOR"); // the decoder's own words name its internals
  }
  if (!isMap(value)) throw new SerializationException("Could not parse the request body as CBOR: a map is expected");
  return fromCbor(value, shape) as Record<string, unknown>;
}

function fromCbor(value: unknown, shape: Shape): unknown {
  if (Array.isArray(value)) {
    const item = shape.kind === "list" ? shape.item : OTHER;
    return value.map((one: unknown) => fromCbor(one, item));
  }
  if (isTag(value)) return fromTag(value.tag, value.value, shape);
  if (!isMap(value)) return value;
  const members: [string, unknown][] = [];
  for (const [name, member] of Object.entries(value)) {
    if (member === null || member === undefined) continue;
    members.push([name, fromCbor(member, partOf(shape, name))]);
  }
  return Object.fromEntries(members);
}

function partOf(shape: Shape, name: string): Shape {
  if (shape.kind === "map") return shape.value;
  return (shape.kind === "object" ? shape.members.get(name) : undefined) ?? OTHER;
}

function fromTag(number: number | bigint, value: unknown, shape: Shape): unknown {
  if (Number(number) !== EPOCH || typeof value !== "number") {
    throw new SerializationException(`The request body has CBOR tag ${number}, which is not supported`);
  }
  return shape.kind === "date" ? new Date(value * 1000) : value;
}

function isTag(value: unknown): value is { readonly tag: number | bigint; readonly value: unknown } {
  return typeof value === "object" && value !== null && tagSymbol in value;
}

function isMap(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);
}
