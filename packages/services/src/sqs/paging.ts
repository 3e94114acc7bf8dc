import { decodeCursor, encodeCursor } from "@hearth/model";
import { invalidValue } from "./errors.ts";

const MAX_RESULTS = 1_000;

export function pageSize(MaxResults: number | undefined): number {
  if (MaxResults === undefined) return MAX_RESULTS;
  if (MaxResults >= 1 && MaxResults <= MAX_RESULTS) return MaxResults;
  throw invalidValue(MaxResults, "MaxResults", "MaxResults must be between 1 and 1000.");
}

/** The name after which the page begins. */
export function cursorOf(NextToken: string | undefined): string | undefined {
  if (NextToken === undefined) return undefined;
  const key = decodeCursor(NextToken, ["string"]);
  if (!key) throw invalidValue(NextToken, "NextToken", "Invalid or expired next token.");
  return key[0];
}

/** The token of the next page, which requests without MaxResults do not get. */
export function pageToken(
  found: readonly { readonly QueueName: string }[],
  limit: number,
  MaxResults: number | undefined,
): { readonly NextToken?: string } {
  const last = found[limit - 1];
  return MaxResults !== undefined && found.length > limit && last ? { NextToken: encodeCursor([last.QueueName]) } : {};
}
