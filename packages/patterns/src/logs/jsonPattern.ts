import { type Comparable, readComparison } from "./comparison.ts";
import { readSelector, type Selector, select } from "./selector.ts";
import { readCondition, type Scanner } from "./scanner.ts";
import type { LogPattern } from "./logPattern.ts";

/** `{ $.a.b[0] = "x*" && ($.n >= 5 || $.m IS NULL) }`. A message that is no JSON object or list does not match. */
export function jsonPattern(scanner: Scanner): LogPattern {
  const selectors = new Map<string, Selector>();
  scanner.expect("{");
  const matches = readCondition(scanner, () => readTest(scanner, selectors));
  scanner.expect("}");
  scanner.skipSpace();
  if (!scanner.isAtEnd) scanner.fail("unexpected text after '}'");
  return {
    regexes: scanner.regexes,
    matches: (message) => {
      const document = parseDocument(message);
      return document !== undefined && matches(document);
    },
    extract: (message) => {
      const document = parseDocument(message);
      if (document === undefined) return {};
      const found: Record<string, string> = {};
      for (const [text, selector] of selectors) {
        const value = select(document, selector)[0];
        if (value !== undefined) found[text] = typeof value === "string" ? value : JSON.stringify(value);
      }
      return found;
    },
  };
}

function readTest(scanner: Scanner, selectors: Map<string, Selector>): (document: object) => boolean {
  const { text, selector } = readSelector(scanner);
  selectors.set(text, selector);
  if (scanner.takesWord("IS")) {
    const [, wanted] = WORDS.find(([word]) => scanner.takesWord(word)) ?? scanner.fail("expected TRUE, FALSE or NULL");
    return (document) => select(document, selector).some((value) => value === wanted);
  }
  if (scanner.takesWord("NOT")) {
    if (!scanner.takesWord("EXISTS")) scanner.fail("expected EXISTS");
    return (document) => select(document, selector).length === 0;
  }
  const compare = readComparison(scanner);
  return (document) => select(document, selector).some((value) => isComparable(value) && compare(value));
}

const WORDS: readonly (readonly [string, boolean | null])[] = [
  ["TRUE", true],
  ["FALSE", false],
  ["NULL", null],
];

function isComparable(value: unknown): value is Comparable {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}

/** The JSON object or list that a message is. */
function parseDocument(message: string): object | undefined {
  const first = /\S/.exec(message)?.[0];
  if (first !== "{" && first !== "[") return undefined;
  try {
    return JSON.parse(message) as object;
  } catch {
    return undefined;
  }
}
