import type { LogPattern } from "./logPattern.ts";
import { InvalidLogPattern } from "./invalidLogPattern.ts";
import { logRegex } from "./logRegex.ts";
import type { Scanner } from "./scanner.ts";

interface Term {
  readonly kind: "wanted" | "optional" | "unwanted";
  readonly isIn: (message: string) => boolean;
}

const BARE = /[^\s"]+/y;
const WORD = /^[\p{L}\p{N}_]+$/u;

/**
 * Words of a text: all plain terms must be there, and no term with `-`. Terms with `?` count only when there are no others; then one of them is enough.
 * Quotation marks keep phrases together, and `%…%` is a regular expression.
 */
export function termsPattern(scanner: Scanner): LogPattern {
  const terms: Term[] = [];
  for (scanner.skipSpace(); !scanner.isAtEnd; scanner.skipSpace()) terms.push(readTerm(scanner));
  const wanted = terms.filter(({ kind }) => kind === "wanted");
  const unwanted = terms.filter(({ kind }) => kind === "unwanted");
  const optional = wanted.length + unwanted.length > 0 ? [] : terms;
  return {
    regexes: scanner.regexes,
    matches: (message) =>
      wanted.every(({ isIn }) => isIn(message)) &&
      (optional.length === 0 || optional.some(({ isIn }) => isIn(message))) &&
      !unwanted.some(({ isIn }) => isIn(message)),
    extract: () => ({}),
  };
}

function readTerm(scanner: Scanner): Term {
  const kind = scanner.takes("?") ? "optional" : scanner.takes("-") ? "unwanted" : "wanted";
  const next = scanner.text.charAt(scanner.at);
  if (next === "%") return { kind, isIn: logRegex(scanner.regex()) };
  if (next === '"') {
    const text = scanner.quoted();
    return { kind, isIn: (message) => message.includes(text) };
  }
  const word = scanner.match(BARE);
  if (word === undefined) return scanner.fail("expected a term");
  if (!WORD.test(word)) throw new InvalidLogPattern(`Invalid character(s) in term '${word}'`);
  return { kind, isIn: (message) => message.includes(word) };
}
