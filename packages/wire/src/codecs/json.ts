import { SerializationException } from "@hearth/model";

/** AWS's JSON: times are epoch seconds, bytes are base64. */
export function encodeJson(value: object): Buffer {
  return Buffer.from(JSON.stringify(value, toWire));
}

function toWire(this: unknown, key: string, value: unknown): unknown {
  const original = (this as Record<string, unknown>)[key];
  if (original instanceof Date) return original.getTime() / 1000;
  if (original instanceof Uint8Array) return Buffer.from(original).toString("base64");
  return value;
}

/** A JSON object as input; no body at all is an empty one. `null` members are absent, as AWS treats them. */
export function decodeJson(body: Buffer): Record<string, unknown> {
  if (body.length === 0) return {};
  let value: unknown;
  try {
    value = JSON.parse(body.toString());
  } catch (error) {
    throw new SerializationException(`Could not parse request body into json: ${(error as SyntaxError).message}`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new SerializationException("Could not parse request body into json: an object is expected");
  }
  return withoutNulls(value, 0) as Record<string, unknown>;
}

const MAX_DEPTH = 64;

function withoutNulls(value: object, depth: number): object {
  if (depth > MAX_DEPTH)
    throw new SerializationException("Could not parse request body into json: it is nested too deeply");
  if (Array.isArray(value)) {
    return value.map((item: unknown) =>
      typeof item === "object" && item !== null ? withoutNulls(item, depth + 1) : item,
    );
  }
  const members = value as Record<string, unknown>;
  for (const [name, member] of Object.entries(members)) {
    if (member === null) delete members[name];
    else if (typeof member === "object") {
      Object.defineProperty(members, name, {
        value: withoutNulls(member, depth + 1),
        enumerable: true,
        configurable: true,
        writable: true,
      });
    }
  }
  return members;
}
