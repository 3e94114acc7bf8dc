import { Readable } from "node:stream";
import { timeText } from "../../codecs/time.ts";
import type { BoundOperation } from "../../operation.ts";
import { OTHER, type Shape, shapeOf } from "../../schema/shape.ts";
import type { Answer } from "../serviceProtocol.ts";
import type { RestCodec } from "./restCodec.ts";

export type EncodeOutput = (output: object | undefined) => Answer;

/** The encoder for one operation's output, made once. Members with a trait go into status, headers or payload, all others into the body. */
export function restOutput(operation: BoundOperation, codec: RestCodec): EncodeOutput {
  const status = operation.http?.[2] ?? 200;
  const shape = operation.output ? shapeOf(operation.output) : OTHER;
  const members = shape.kind === "object" ? [...shape.members] : [];
  const special = new Map(members.filter(([, { traits }]) => isSpecial(traits)));
  const encode = codec.encoder(shape, operation.name);
  const headers = { "Content-Type": codec.contentType };
  if (special.size === 0) {
    return (output) =>
      output === undefined ? { status, headers: {}, body: null } : { status, headers, body: encode(output) };
  }
  const hasBody = members.length > special.size;
  const payload = members.find(([, { traits }]) => traits.payload)?.[0];
  const encodePayload =
    payload === undefined ? undefined : payloadEncoder(payload, special.get(payload) ?? OTHER, codec);
  return (output = {}) => {
    const split = splitOutput(output, special);
    const answer = { status: split.status ?? status, headers: split.headers };
    if (encodePayload) return encodePayload(split.payload, answer);
    if (!hasBody) return { ...answer, body: null };
    return { ...answer, headers: { ...headers, ...split.headers }, body: encode(Object.fromEntries(split.rest)) };
  };
}

function isSpecial({ header, headerPrefix, payload, status }: Shape["traits"]): boolean {
  return header !== undefined || headerPrefix !== undefined || payload === true || status === true;
}

interface SplitOutput {
  status: number | undefined;
  payload: unknown;
  readonly headers: Record<string, string>;
  readonly rest: [string, unknown][];
}

function splitOutput(output: object, special: ReadonlyMap<string, Shape>): SplitOutput {
  const split: SplitOutput = { status: undefined, payload: undefined, headers: {}, rest: [] };
  for (const [member, value] of Object.entries(output)) {
    const shape = special.get(member);
    if (!shape) split.rest.push([member, value]);
    else if (value !== undefined && value !== null) place(value, shape, split);
  }
  return split;
}

function place(value: unknown, { traits }: Shape, split: SplitOutput): void {
  if (traits.payload) split.payload = value;
  else if (traits.status) split.status = Number(value);
  else if (traits.header !== undefined) split.headers[traits.header] = headerText(value, traits);
  else if (traits.headerPrefix !== undefined) {
    for (const [name, text] of Object.entries(value as object)) {
      split.headers[traits.headerPrefix + name] = String(text);
    }
  }
}

function headerText(value: unknown, { timestampFormat }: Shape["traits"]): string {
  if (value instanceof Date) return timeText(value, timestampFormat ?? "http-date");
  return Array.isArray(value) ? value.join(",") : String(value);
}

type EncodePayload = (value: unknown, answer: Omit<Answer, "body">) => Answer;

/** A structure is written in the protocol's own format; bytes, text and streams go out as they are. */
function payloadEncoder(member: string, shape: Shape, codec: RestCodec): EncodePayload {
  const encode = codec.encoder(shape, shape.traits.xmlName ?? member);
  return (value, { status, headers }) => {
    if (value === undefined) return { status, headers, body: null };
    if (value instanceof Uint8Array || value instanceof ReadableStream || value instanceof Readable)
      return { status, headers, body: value };
    if (typeof value === "string") return { status, headers, body: Buffer.from(value) };
    if (typeof value !== "object" || value === null) throw new TypeError(`${member} cannot be a body`);
    return { status, headers: { "Content-Type": codec.contentType, ...headers }, body: encode(value) };
  };
}
