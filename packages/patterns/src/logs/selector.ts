import { InvalidLogPattern } from "./invalidLogPattern.ts";
import { Scanner } from "./scanner.ts";

/** The steps from a document to a value: members, positions in lists, and `*` for all elements of a list. */
export type Selector = readonly (string | number)[];

const ALL = -1;
const NAME = /[A-Za-z0-9_\-@:/]+/y;
const INDEX = /\d{1,9}|\*/y;

/** Reads `$.a.b[0].c`. */
export function readSelector(scanner: Scanner): { readonly text: string; readonly selector: Selector } {
  scanner.skipSpace();
  const start = scanner.at;
  if (scanner.text.charAt(scanner.at) !== "$") scanner.fail("expected a selector that begins with '$.'");
  scanner.at++;
  const selector: (string | number)[] = [];
  for (;;) {
    const next = scanner.text.charAt(scanner.at);
    if (next !== "." && next !== "[") break;
    scanner.at++;
    if (next === ".") {
      selector.push(scanner.match(NAME) ?? scanner.fail("expected the name of a member"));
      continue;
    }
    const index = scanner.match(INDEX) ?? scanner.fail("expected an index");
    if (scanner.text.charAt(scanner.at++) !== "]") scanner.fail("expected ']'");
    selector.push(index === "*" ? ALL : Number(index));
  }
  if (selector.length === 0) scanner.fail("expected a selector that begins with '$.'");
  return { text: scanner.text.slice(start, scanner.at), selector };
}

/** The selector in `text`, which holds nothing else. Throws `InvalidLogPattern`. */
export function parseSelector(text: string): Selector {
  const scanner = new Scanner(text);
  const { selector } = readSelector(scanner);
  if (!scanner.isAtEnd) throw new InvalidLogPattern(`Invalid selector: ${text}`);
  return selector;
}

/** What the selector finds: one value, or several where it goes through all elements of a list; none when there is no such member. */
export function select(document: unknown, selector: Selector): readonly unknown[] {
  let found: readonly unknown[] = [document];
  for (const step of selector) {
    found = found.flatMap((value) => {
      if (Array.isArray(value)) {
        if (step === ALL) return value as unknown[];
        return typeof step === "number" && step < value.length ? [(value as unknown[])[step]] : [];
      }
      if (typeof value !== "object" || value === null || typeof step !== "string") return [];
      return Object.hasOwn(value, step) ? [(value as Record<string, unknown>)[step]] : [];
    });
    if (found.length === 0) return found;
  }
  return found;
}
