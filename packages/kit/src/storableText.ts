/**
 * At most `limit` UTF-16 units of `text`, in a form that PostgreSQL takes: a surrogate pair is never cut in two, a surrogate without its
 * partner becomes U+FFFD, and NUL characters are left out.
 */
export function storableText(text: string, limit: number): string {
  return text.slice(0, endOfCut(text, limit)).toWellFormed().replaceAll("\0", "");
}

/** Where `text` may be cut so that at most `limit` UTF-16 units come before, and no surrogate pair is cut in two. `limit` is at least 2. */
export function endOfCut(text: string, limit: number): number {
  return limit < text.length && isHighSurrogate(text.charCodeAt(limit - 1)) ? limit - 1 : limit;
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}
