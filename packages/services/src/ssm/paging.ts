import { decodeCursor, encodeCursor } from "@hearth/model";
import type { SsmParameterVersion } from "@hearth/store";
import { InvalidNextToken } from "./errors.ts";

/** Read at a time; and looked at in one request: one that finds little goes on in the next one, as on AWS. */
const BATCH = 200;
const MAX_LOOKED_AT = 2_000;

export function nameInToken(NextToken: string | undefined): string {
  if (NextToken === undefined) return "";
  const key = decodeCursor(NextToken, ["string"]);
  if (!key) throw new InvalidNextToken("The specified token isn't valid.");
  return key[0];
}

/** Up to `limit` parameters that match, from a listing by name. */
export async function matchingPage(
  read: (after: string, limit: number) => Promise<readonly SsmParameterVersion[]>,
  matches: (parameter: SsmParameterVersion) => boolean,
  { after, limit }: { readonly after: string; readonly limit: number },
): Promise<{ readonly found: readonly SsmParameterVersion[]; readonly NextToken?: string }> {
  const found: SsmParameterVersion[] = [];
  let last = after;
  for (let seen = 0; seen < MAX_LOOKED_AT;) {
    const batch = await read(last, BATCH);
    seen += batch.length;
    for (const parameter of batch) {
      if (matches(parameter)) {
        // One more than the page holds shows that there is a further page.
        if (found.length === limit) return { found, NextToken: encodeCursor([last]) };
        found.push(parameter);
      }
      last = parameter.Name;
    }
    if (batch.length < BATCH) return { found };
  }
  return { found, NextToken: encodeCursor([last]) };
}
