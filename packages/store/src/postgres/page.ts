import {
  type CursorKey,
  type CursorPart,
  decodeCursor,
  encodeCursor,
  InvalidParameterValueException,
} from "@hearth/model";

/** One page of a listing. */
export interface Page<Item> {
  readonly items: readonly Item[];
  /** Opaque; requests the next page. Absent on the last page. */
  readonly NextMarker?: string;
}

export interface PageRequest {
  readonly Marker?: string | undefined;
  readonly MaxItems: number;
}

/** The key in a Marker. Throws AWS's error when the Marker was not made by the store for such a key. */
export function decodeMarker<const Types extends readonly CursorPart[]>(marker: string, types: Types) {
  const key = decodeCursor(marker, types);
  if (!key) throw new InvalidParameterValueException(`Invalid Marker: ${marker}`);
  return key;
}

/** Makes a page from rows that were read with LIMIT `MaxItems + 1`. */
export function pageOf<Row, Item>(
  rows: readonly Row[],
  { MaxItems }: PageRequest,
  item: (row: Row) => Item,
  key: (row: Row) => CursorKey,
): Page<Item> {
  const shown = rows.slice(0, MaxItems);
  const last = shown.at(-1);
  const more = rows.length > shown.length && last !== undefined;
  return { items: shown.map(item), ...(more && { NextMarker: encodeCursor(key(last)) }) };
}
