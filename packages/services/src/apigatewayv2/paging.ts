import { decodeCursor, encodeCursor } from "@hearth/model";
import { BadRequestException } from "./errors.ts";

/** https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis.html#GetApis */
const DEFAULT_PAGE = 25;
const MAX_PAGE = 500;

export interface PageInput {
  readonly maxResults?: string | undefined;
  readonly nextToken?: string | undefined;
}

/** One page of a listing that is ordered by `keyOf`. `read` gets where to begin and how many are wanted. */
export async function pageOf<T>(
  { maxResults, nextToken }: PageInput,
  read: (from: { readonly after: string | undefined; readonly limit: number }) => Promise<readonly T[]>,
  keyOf: (item: T) => string,
): Promise<{ readonly items: readonly T[]; readonly nextToken?: string }> {
  const [after] = nextToken === undefined ? [] : (decodeCursor(nextToken, ["string"]) ?? []);
  if (nextToken !== undefined && after === undefined) throw new BadRequestException("Invalid nextToken specified");
  const limit = maxResults === undefined ? DEFAULT_PAGE : Math.min(Number(maxResults), MAX_PAGE);
  if (limit < 1) throw new BadRequestException("Invalid maxResults specified");
  const found = await read({ after, limit: limit + 1 });
  const items = found.slice(0, limit);
  const last = found.length > limit ? items.at(-1) : undefined;
  return { items, ...(last && { nextToken: encodeCursor([keyOf(last)]) }) };
}
