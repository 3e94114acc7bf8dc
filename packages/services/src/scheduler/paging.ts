import { type CursorPart, decodeCursor } from "@hearth/model";
import { ValidationException } from "./errors.ts";

export const DEFAULT_PAGE = 100;

/** The key in a token. Throws ValidationException when it is not one of this listing. */
export function keyInToken<const Types extends readonly CursorPart[]>(NextToken: string | undefined, types: Types) {
  if (NextToken === undefined) return undefined;
  const key = decodeCursor(NextToken, types);
  if (!key) throw new ValidationException("Invalid NextToken.");
  return key;
}
