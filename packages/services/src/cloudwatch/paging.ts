import { type CursorPart, decodeCursor, encodeCursor } from "@hearth/model";
import { InvalidNextToken } from "./errors.ts";

/** The key in a token; `first` without one. Throws AWS's error when the token was not made for such a key. */
export function keyIn<const Type extends CursorPart>(
  token: string | undefined,
  type: Type,
  first: Type extends "number" ? number : string,
): Type extends "number" ? number : string {
  if (token === undefined) return first;
  const key = decodeCursor(token, [type]);
  if (!key) throw new InvalidNextToken();
  return key[0];
}

/** The rows of a page, of which one more than `limit` were read, and the token of the next page. */
export function pageOf<Row>(found: readonly Row[], limit: number, key: (row: Row) => string | number) {
  const rows = found.slice(0, limit);
  const last = found.length > limit ? rows.at(-1) : undefined;
  return { rows, token: last === undefined ? {} : { NextToken: encodeCursor([key(last)]) } };
}
