import { RE2JS } from "re2js";

const REPEAT = /\{(\d+)(?:,(\d*))?\}/g;
/** Repetitions are written out: this bounds the memory of the compiled expression. */
const MAX_REPEATED = 1_000;

/** Compiles a regular expression of a query, for an engine without backtracking. */
export function queryRegex(source: string, refuse: (reason: string) => never): RE2JS {
  let repeated = 0;
  for (const [, least = "", most] of source.matchAll(REPEAT)) repeated += Math.max(Number(least), Number(most ?? 0));
  if (repeated > MAX_REPEATED) refuse(`the regular expression repeats more than ${MAX_REPEATED} times`);
  try {
    return RE2JS.compile(source);
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
}
