/**
 * At most `limit` UTF-16 units of `text`, in a form that PostgreSQL accepts: never cuts a surrogate pair, replaces an unpaired surrogate with
 * U+FFFD, and removes NUL characters.
 */
export function storableText(text: string, limit: number): string {
  return text.slice(0, endOfCut(text, limit)).toWellFormed().replaceAll("\0", "");
}

/**
 * The position at which to cut `text`: at most `limit` UTF-16 units come before it, and it never splits a surrogate pair. `limit` is at least 2.
 */
export function endOfCut(text: string, limit: number): number {
  return limit < text.length && isHighSurrogate(text.charCodeAt(limit - 1)) ? limit - 1 : limit;
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}
