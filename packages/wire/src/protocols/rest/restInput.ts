import type { BodyStream } from "../../body.ts";
import type { RestBinding } from "../../operation.ts";
import { decodePercent, header, isDecodable, type RawRequest } from "../../rawRequest.ts";
import { fromText, memberShape, type Shape } from "../../schema/shape.ts";
import type { RestCodec } from "./restCodec.ts";

export interface RequestParts {
  readonly request: RawRequest;
  /** Raw, in the order of the path template. */
  readonly labels: readonly string[];
  readonly query: readonly [string, string][] | undefined;
}

interface Bound {
  readonly member: string;
  /** Of the query parameter or header. */
  readonly name: string;
  readonly shape: Shape;
}

type ReadBody = (body: Buffer) => Record<string, unknown>;

/** Reads the input of one REST operation out of path, query, headers and body. */
export class RestInput {
  readonly #labels: readonly Bound[];
  readonly #query: readonly Bound[];
  readonly #headers: readonly Bound[];
  readonly #headerPrefixes: readonly Bound[];
  readonly #payload: string;
  readonly #readBody: ReadBody;
  readonly #badLabel: RestCodec["badLabel"];

  constructor(binding: Partial<RestBinding>, labels: readonly string[], shape: Shape, codec: RestCodec) {
    const bound = (member: string, name: string): Bound => ({ member, name, shape: memberShape(shape, member) });
    const all = (names: Readonly<Record<string, string>> = {}): Bound[] =>
      Object.entries(names).map(([member, name]) => bound(member, name));
    this.#labels = labels.map((member) => bound(member, member));
    this.#query = all(binding.query);
    this.#headers = all(binding.headers).map((one) => ({ ...one, name: one.name.toLowerCase() }));
    this.#headerPrefixes = all(binding.headerPrefixes).map((one) => ({ ...one, name: one.name.toLowerCase() }));
    this.#payload = binding.payload ?? "";
    this.#badLabel = codec.badLabel;
    this.#readBody =
      binding.payload === undefined ? codec.decoder(shape) : payloadReader(binding.payload, shape, codec);
  }

  read({ request, labels, query }: RequestParts, body: Buffer | BodyStream): Record<string, unknown> {
    const input: Record<string, unknown> =
      body instanceof Uint8Array ? this.#readBody(body) : { [this.#payload]: body };
    for (let i = 0; i < this.#labels.length; i++) {
      const { member, shape } = this.#labels[i] as Bound;
      const label = labels[i] as string;
      if (this.#badLabel && !isDecodable(label)) throw this.#badLabel();
      input[member] = fromText(decodePercent(label), shape);
    }
    if (query) {
      for (const { member, name, shape } of this.#query) {
        const values = query.filter(([n]) => n === name).map(([, value]) => value);
        if (shape.kind === "list") {
          if (values.length > 0) input[member] = values.map((value) => fromText(value, shape.item));
        } else if (values[0] !== undefined) input[member] = fromText(values[0], shape);
      }
    }
    for (const { member, name, shape } of this.#headers) {
      const value = header(request.headers, name);
      if (value !== undefined) input[member] = fromText(value, shape);
    }
    for (const { member, name: prefix } of this.#headerPrefixes) {
      const names = Object.keys(request.headers).filter((name) => name.startsWith(prefix));
      const pairs = names.map((name) => [name.slice(prefix.length), header(request.headers, name)] as const);
      if (pairs.length > 0) input[member] = Object.fromEntries(pairs);
    }
    return input;
  }
}

/** The body is one member: a structure in the protocol's own format, text, or raw bytes. */
function payloadReader(member: string, shape: Shape, codec: RestCodec): ReadBody {
  const own = memberShape(shape, member);
  if (own.kind === "object" || own.kind === "list" || own.kind === "map") {
    const decode = codec.decoder(own);
    return (body) => (body.length === 0 ? {} : { [member]: decode(body) });
  }
  if (own.kind === "string" && shape.kind === "object") return (body) => ({ [member]: body.toString() });
  return (body) => ({ [member]: body });
}
