import { decodeCursor, encodeCursor } from "@hearth/model";
import { invalidParameter } from "./errors.ts";

/** AWS's pages have this size. */
export const PAGE = 100;

/** What the page begins after. */
export function cursorOf(NextToken: string | undefined): string | undefined {
  if (!NextToken) return undefined;
  const key = decodeCursor(NextToken, ["string"]);
  if (!key) throw invalidParameter("NextToken");
  return key[0];
}

/** One page of what was found, when one more than it has was asked for, with the token of the next. */
export function pageOf<Item>(
  found: readonly Item[],
  keyOf: (item: Item) => string,
): { readonly items: readonly Item[]; readonly token: { readonly NextToken?: string } } {
  const items = found.slice(0, PAGE);
  const last = items.at(-1);
  return { items, token: found.length > PAGE && last ? { NextToken: encodeCursor([keyOf(last)]) } : {} };
}

/** The id of the subscription that the page begins after. */
export function idCursorOf(NextToken: string | undefined): string | undefined {
  const id = cursorOf(NextToken);
  if (id !== undefined && !/^\d{1,18}$/.test(id)) throw invalidParameter("NextToken");
  return id;
}
