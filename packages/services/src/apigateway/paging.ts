import { decodeCursor, encodeCursor } from "@hearth/model";
import { BadRequestException } from "../apigatewayv2/errors.ts";

/** https://docs.aws.amazon.com/apigateway/latest/api/API_GetResources.html */
const DEFAULT_PAGE = 25;
const MAX_PAGE = 500;

export interface PageInput {
  readonly position?: string | undefined;
  readonly limit?: number | undefined;
}

/** One page of a listing that is ordered by `keyOf`, as answers show it: `item`, and where the next page begins. */
export async function pageOf<T>(
  { position, limit: wanted = DEFAULT_PAGE }: PageInput,
  read: (from: { readonly after: string | undefined; readonly limit: number }) => Promise<readonly T[]>,
  keyOf: (item: T) => string,
): Promise<{ readonly item: readonly T[]; readonly position?: string }> {
  const [after] = position === undefined ? [] : (decodeCursor(position, ["string"]) ?? []);
  if (position !== undefined && after === undefined) throw new BadRequestException("Invalid position parameter");
  if (wanted < 1) throw new BadRequestException("Invalid limit parameter: it must be a positive number");
  const limit = Math.min(wanted, MAX_PAGE);
  const found = await read({ after, limit: limit + 1 });
  const item = found.slice(0, limit);
  const last = found.length > limit ? item.at(-1) : undefined;
  return { item, ...(last && { position: encodeCursor([keyOf(last)]) }) };
}
