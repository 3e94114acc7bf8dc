import type { LogsDeps } from "../deps.ts";
import { LimitExceededException } from "../errors.ts";
import { filterPattern } from "../filterPattern.ts";

/** AWS's limit of filters with regular expressions in one group. */
const MAX_WITH_REGEX = 5;

/** Throws AWS's error for a pattern that is wrong, or that is one with regular expressions too many. */
export async function checkPattern(
  { filters }: Pick<LogsDeps, "filters">,
  groupId: bigint,
  filterName: string,
  pattern: string,
): Promise<void> {
  if (filterPattern(pattern).regexes === 0) return;
  const others = await filters.patterns(groupId, filterName);
  if (others.filter((other) => filterPattern(other).regexes > 0).length >= MAX_WITH_REGEX) {
    throw new LimitExceededException("Resource limit exceeded.");
  }
}
