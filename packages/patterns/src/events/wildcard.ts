/** A text with `*` for any number of characters, split into the literal texts between the wildcards. */
export interface Wildcard {
  /** One more than there are wildcards. */
  readonly literals: readonly string[];
  /** For each literal the table of Knuth, Morris and Pratt, which makes the search for it linear. */
  readonly borders: readonly Borders[];
}

type Borders = Uint16Array;

/** A message for a wildcard that is wrong, else the wildcard. `\*` is an asterisk and `\\` a backslash. */
export function parseWildcard(text: string): Wildcard | string {
  const literals: string[] = [];
  let literal = "";
  for (let i = 0; i < text.length; i++) {
    const character = text.charAt(i);
    const next = text.charAt(i + 1);
    // AWS counts the opening quote.
    if (character === "*") {
      if (next === "*") return `Consecutive wildcard characters at pos ${i + 1}`;
      literals.push(literal);
      literal = "";
    } else if (character === "\\") {
      if (next !== "*" && next !== "\\") return `Invalid escape character at pos ${i + 1}`;
      literal += next;
      i++;
    } else literal += character;
  }
  literals.push(literal);
  return { literals, borders: literals.map(bordersOf) };
}

/** Takes time linear in the length of the value. */
export function matchesWildcard({ literals, borders }: Wildcard, value: string): boolean {
  const [first = ""] = literals;
  if (literals.length === 1) return value === first;
  const last = literals.at(-1) ?? "";
  const end = value.length - last.length;
  if (end < first.length || !value.startsWith(first) || !value.endsWith(last)) return false;
  let from = first.length;
  return literals.slice(1, -1).every((literal, i) => {
    from = endOfFirst(value, from, end, literal, borders[i + 1] ?? new Uint16Array(literal.length));
    return from >= 0;
  });
}

/** How many states a matcher of bytes would have to follow at once: one per wildcard, and one for each way in which the text behind it repeats itself. */
export function wildcardComplexity({ literals, borders }: Wildcard): number {
  return literals.slice(1).reduce((sum, _, i) => sum + 1 + Math.max(0, ...(borders[i + 1] ?? [])), 0);
}

/** The end of the first occurrence of `text` in `value` between `from` and `end`, or -1. */
function endOfFirst(value: string, from: number, end: number, text: string, borders: Borders): number {
  let matched = 0;
  for (let at = from; at < end; at++) {
    const code = value.charCodeAt(at);
    while (matched > 0 && text.charCodeAt(matched) !== code) matched = borders[matched - 1] ?? 0;
    if (text.charCodeAt(matched) === code) matched += 1;
    if (matched === text.length) return at + 1;
  }
  return -1;
}

/** For each prefix of `text` the length of the longest proper prefix of it that is also its suffix. */
function bordersOf(text: string): Borders {
  const borders = new Uint16Array(text.length);
  for (let i = 1, length = 0; i < text.length; i++) {
    while (length > 0 && text.charCodeAt(i) !== text.charCodeAt(length)) length = borders[length - 1] ?? 0;
    if (text.charCodeAt(i) === text.charCodeAt(length)) length += 1;
    borders[i] = length;
  }
  return borders;
}
