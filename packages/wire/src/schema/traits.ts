import { z } from "zod";

/** What a schema cannot say of a value by its type: how protocols write it. */
export interface WireTraits {
  /** Raw bytes: base64 in text protocols. Set by `blob`. */
  readonly blob?: true;
  /** Default: epoch seconds in JSON, ISO 8601 in XML and query, http-date in headers. CBOR has one form only. */
  readonly timestampFormat?: "date-time" | "epoch-seconds" | "http-date";
  /** The name in XML and query: of a member, or of each item where it is on the items of a list (`member` by default). */
  readonly xmlName?: string;
  /** Lists and maps in XML and query: repeated under their own name, without a wrapper. */
  readonly flattened?: true;
  /** The names of a map's parts in XML and query. `entry`, `key` and `value` by default. */
  readonly entryNames?: { readonly entry?: string; readonly key?: string; readonly value?: string };
  /** In XML an attribute of the structure's element. */
  readonly xmlAttribute?: true;
  /** The XML namespace of the element; `prefix` makes it `xmlns:prefix`. */
  readonly xmlNamespace?: { readonly uri: string; readonly prefix?: string };
  /** Output of REST protocols: the header that carries this member. */
  readonly header?: string;
  /** Output of REST protocols: a map whose entries are headers with this prefix. */
  readonly headerPrefix?: string;
  /** Output of REST protocols: this member is the whole body. */
  readonly payload?: true;
  /** Output of REST protocols: this member is the HTTP status. */
  readonly status?: true;
}

const traits = z.registry<WireTraits>();

/** A copy of `schema` with `given` attached; what the schema validates is unchanged. Attach them last, or inside `optional()`. */
export function wire<Schema extends z.ZodType>(schema: Schema, given: WireTraits): Schema {
  const copy = schema.clone() as Schema;
  traits.add(copy, { ...traitsOf(schema), ...given });
  return copy;
}

/** Raw bytes. */
export function blob(): z.ZodType<Uint8Array, Uint8Array> {
  return wire(z.instanceof(Uint8Array), { blob: true });
}

export function traitsOf(schema: z.ZodType): WireTraits {
  return traits.get(schema) ?? NONE;
}

const NONE: WireTraits = {};
