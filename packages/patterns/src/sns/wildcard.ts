/** A pattern with `*`, which stands for any characters; a backslash takes its meaning and that of a backslash away. */
export interface Wildcard {
  readonly stars: number;
  matches(text: string): boolean;
}

/** `undefined` for two stars in a row and for a backslash before anything else. Takes time in proportion to the text, whatever the pattern is. */
export function parseWildcard(pattern: string): Wildcard | undefined {
  const parts: string[] = [""];
  for (let at = 0; at < pattern.length; at++) {
    let character = pattern[at] ?? "";
    if (character === "*") {
      if (parts.length > 1 && parts.at(-1) === "") return undefined;
      parts.push("");
      continue;
    }
    if (character === "\\") {
      character = pattern[++at] ?? "";
      if (character !== "*" && character !== "\\") return undefined;
    }
    parts[parts.length - 1] += character;
  }
  return { stars: parts.length - 1, matches: (text) => fits(parts, text) };
}

/** Each part is taken at its first place after the one before: if any place leads to a match, the first one does. */
function fits(parts: readonly string[], text: string): boolean {
  const [first = "", ...rest] = parts;
  const last = rest.pop();
  if (last === undefined) return text === first;
  if (!text.startsWith(first) || !text.endsWith(last) || text.length < first.length + last.length) return false;
  let from = first.length;
  const end = text.length - last.length;
  for (const part of rest) {
    const found = text.indexOf(part, from);
    if (found < 0 || found + part.length > end) return false;
    from = found + part.length;
  }
  return true;
}
