import { RE2JS } from "re2js";

const MAX_KNOWN = 1_000;
/** `undefined`: the pattern is none. */
const known = new Map<string, RE2JS | undefined>();

/** Whether a tenant's pattern matches the whole text, in linear time. A pattern that is none matches nothing. */
export function matchesWhole(pattern: string, text: string): boolean {
  if (known.size >= MAX_KNOWN) known.clear();
  if (!known.has(pattern)) known.set(pattern, compiled(pattern));
  return known.get(pattern)?.matches(text) === true;
}

function compiled(pattern: string): RE2JS | undefined {
  try {
    return RE2JS.compile(pattern, RE2JS.DOTALL);
  } catch {
    return undefined;
  }
}
