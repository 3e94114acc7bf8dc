import { SerializationException } from "@hearth/model";
import { cbor, tag, tagSymbol } from "@smithy/core/cbor";
import { isBoundedCbor } from "./cborBounds.ts";
import { OTHER, type Shape } from "../schema/shape.ts";

/** Tag 1: seconds since the epoch. https://www.rfc-editor.org/rfc/rfc8949#section-3.4.2 */
const EPOCH = 1;

/** What a time of tag 1 counts: seconds as the standard says, or milliseconds as AWS's older protocol does. */
export type CborTime = "seconds" | "milliseconds";

const MS_PER: Readonly<Record<CborTime, number>> = { seconds: 1000, milliseconds: 1 };

/** A value as Smithy's CBOR: times have tag 1, bytes are byte strings, absent members are left out. */
export function encodeCbor(value: object, time: CborTime = "seconds"): Uint8Array {
  return cbor.serialize(toCbor(value, MS_PER[time]));
}

function toCbor(value: unknown, unitMs: number): unknown {
  if (value instanceof Date) return tag({ tag: EPOCH, value: value.getTime() / unitMs });
  if (value instanceof Uint8Array || typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((item: unknown) => (item === undefined ? null : toCbor(item, unitMs)));
  const members: [string, unknown][] = [];
  for (const [name, member] of Object.entries(value)) {
    if (member !== undefined) members.push([name, toCbor(member, unitMs)]);
  }
  return Object.fromEntries(members);
}

/** Parses a CBOR map; an empty body is an empty map. `null` members are removed. Times become Dates where `shape` has a date, else seconds. */
export function decodeCbor(body: Buffer, shape: Shape, time: CborTime = "seconds"): Record<string, unknown> {
  if (body.length === 0) return {};
  if (!isBoundedCbor(body)) throw new SerializationException("Could not parse the request body as CBOR");
  let value: unknown;
  try {
    value = cbor.deserialize(body);
  } catch {
    throw new SerializationException("Could not parse the request body as CBOR"); // the decoder's own words name its internals
  }
  if (!isMap(value)) throw new SerializationException("Could not parse the request body as CBOR: a map is expected");
  return fromCbor(value, shape, MS_PER[time]) as Record<string, unknown>;
}

function fromCbor(value: unknown, shape: Shape, unitMs: number): unknown {
  if (Array.isArray(value)) {
    const item = shape.kind === "list" ? shape.item : OTHER;
    return value.map((one: unknown) => fromCbor(one, item, unitMs));
  }
  if (isTag(value)) return fromTag(value.tag, value.value, shape, unitMs);
  if (!isMap(value)) return value;
  const members: [string, unknown][] = [];
  for (const [name, member] of Object.entries(value)) {
    if (member === null || member === undefined) continue;
    members.push([name, fromCbor(member, partOf(shape, name), unitMs)]);
  }
  return Object.fromEntries(members);
}

function partOf(shape: Shape, name: string): Shape {
  if (shape.kind === "map") return shape.value;
  return (shape.kind === "object" ? shape.members.get(name) : undefined) ?? OTHER;
}

function fromTag(number: number | bigint, value: unknown, shape: Shape, unitMs: number): unknown {
  const count = typeof value === "bigint" ? Number(value) : value;
  if (Number(number) !== EPOCH || typeof count !== "number") {
    throw new SerializationException(`The request body has CBOR tag ${number}, which is not supported`);
  }
  return shape.kind === "date" ? new Date(count * unitMs) : (count * unitMs) / 1000;
}

function isTag(value: unknown): value is { readonly tag: number | bigint; readonly value: unknown } {
  return typeof value === "object" && value !== null && tagSymbol in value;
}

function isMap(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);
}
