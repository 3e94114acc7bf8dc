/** The key of the last item of a page, which may have several parts. */
export type CursorKey = readonly (string | number)[];

/** What a part of a key may be. A number is an integer. */
export type CursorPart = "string" | "number" | "uuid";

const FITS: Readonly<Record<CursorPart, (part: unknown) => boolean>> = {
  // PostgreSQL stores any character but U+0000.
  string: (part) => typeof part === "string" && !part.includes("\0"),
  number: Number.isSafeInteger,
  uuid: (part) => typeof part === "string" && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(part),
};

/** The pagination marker of a listing: the key of the last item shown, opaque to clients. */
export function encodeCursor(key: CursorKey): string {
  return Buffer.from(JSON.stringify(key)).toString("base64url");
}

/** The key in a pagination marker; `undefined` when `encodeCursor` did not write the marker for a key with parts of these types. */
export function decodeCursor<const Types extends readonly CursorPart[]>(
  cursor: string,
  types: Types,
): { readonly [I in keyof Types]: Types[I] extends "number" ? number : string } | undefined {
  const key = parse(Buffer.from(cursor, "base64url").toString());
  const fits =
    Array.isArray(key) && key.length === types.length && types.every((type, index) => FITS[type](key[index]));
  return fits ? (key as { [I in keyof Types]: Types[I] extends "number" ? number : string }) : undefined;
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json) as unknown;
  } catch {
    return undefined;
  }
}
