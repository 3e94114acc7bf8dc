import { decodeCursor, encodeCursor, ValidationException } from "@hearth/model";

const PAGE_SIZE = 100;

interface PageRequest {
  readonly NextToken?: string | undefined;
  readonly Limit?: number | undefined;
}

/** Reads a page of a listing that is ordered by a text. `read` gets one item more than the page has. */
export async function pageOf<Item>(
  { NextToken, Limit = PAGE_SIZE }: PageRequest,
  read: (query: { readonly after: string | undefined; readonly limit: number }) => Promise<readonly Item[]>,
  nameOf: (item: Item) => string,
): Promise<{ readonly items: readonly Item[]; readonly token: { readonly NextToken?: string } }> {
  const cursor = NextToken === undefined ? undefined : decodeCursor(NextToken, ["string"]);
  if (NextToken !== undefined && !cursor) throw new ValidationException("NextToken is invalid.");
  const found = await read({ after: cursor?.[0], limit: Limit + 1 });
  const items = found.slice(0, Limit);
  const last = items.at(-1);
  return { items, token: found.length > Limit && last ? { NextToken: encodeCursor([nameOf(last)]) } : {} };
}
