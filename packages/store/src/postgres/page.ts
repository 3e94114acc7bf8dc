import { InvalidParameterValueException } from "@hearth/model";

/** One page of a listing. */
export interface Page<Item> {
  readonly items: readonly Item[];
  /** Opaque; asks for the page after this one. Absent on the last page. */
  readonly NextMarker?: string;
}

export interface PageRequest {
  readonly Marker?: string | undefined;
  readonly MaxItems: number;
}

/** The key of the last item seen, made opaque. */
export function encodeMarker(key: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(key)).toString("base64url");
}

/** What part of a key may be. A number is a whole one. */
type MarkerPart = "string" | "number" | "uuid";

const FITS: Readonly<Record<MarkerPart, (part: unknown) => boolean>> = {
  string: (part) => typeof part === "string" && !part.includes("\0"),
  number: Number.isSafeInteger,
  uuid: (part) => typeof part === "string" && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(part),
};

/** The key in a marker whose parts are of these types; rejects what `encodeMarker` did not write. */
export function decodeMarker(marker: string, types: readonly MarkerPart[]): readonly (string | number)[] {
  const key = parse(Buffer.from(marker, "base64url").toString());
  const fits =
    Array.isArray(key) && key.length === types.length && types.every((type, index) => FITS[type](key[index]));
  if (!fits) throw new InvalidParameterValueException(`Invalid Marker: ${marker}`);
  return key as readonly (string | number)[];
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** Makes a page of rows that were read with LIMIT `MaxItems + 1`. */
export function pageOf<Row, Item>(
  rows: readonly Row[],
  { MaxItems }: PageRequest,
  item: (row: Row) => Item,
  key: (row: Row) => readonly (string | number)[],
): Page<Item> {
  const shown = rows.slice(0, MaxItems);
  const last = shown.at(-1);
  const more = rows.length > shown.length && last !== undefined;
  return { items: shown.map(item), ...(more && { NextMarker: encodeMarker(key(last)) }) };
}
