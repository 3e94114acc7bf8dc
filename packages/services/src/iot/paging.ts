import { decodeCursor, encodeCursor } from "@hearth/model";
import { InvalidRequestException } from "./errors.ts";

export const DEFAULT_PAGE = 100;

/** The key in a marker. Throws InvalidRequestException when no listing has made it. */
export function keyIn(marker: string | undefined): string | undefined {
  if (marker === undefined || marker === "") return undefined;
  const [key] = decodeCursor(marker, ["string"]) ?? [];
  if (key === undefined) throw new InvalidRequestException("The marker is not valid");
  return key;
}

/** A page of a listing that was asked for one item more than the page has. */
export function pageOf<Item>(
  found: readonly Item[],
  limit: number,
  keyOf: (item: Item) => string,
): { readonly items: readonly Item[]; readonly next: string | undefined } {
  const items = found.slice(0, limit);
  const last = found.length > limit ? items.at(-1) : undefined;
  return { items, next: last === undefined ? undefined : encodeCursor([keyOf(last)]) };
}
