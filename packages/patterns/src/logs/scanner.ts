import { InvalidLogPattern } from "./invalidLogPattern.ts";

/** AWS's limit of regular expressions in one pattern. */
const MAX_REGEXES = 2;
/** Parentheses within parentheses; the parsers recurse. */
const MAX_DEPTH = 64;

/** Reads a filter pattern from left to right. */
export class Scanner {
  readonly text: string;
  at = 0;
  regexes = 0;
  #depth = 0;

  constructor(text: string) {
    this.text = text;
  }

  get isAtEnd(): boolean {
    return this.at >= this.text.length;
  }

  skipSpace(): void {
    while (/\s/.test(this.text.charAt(this.at))) this.at++;
  }

  /** Whether `token` comes next, after white space. */
  sees(token: string): boolean {
    this.skipSpace();
    return this.text.startsWith(token, this.at);
  }

  /** Reads `token` when it comes next, after white space. */
  takes(token: string): boolean {
    if (!this.sees(token)) return false;
    this.at += token.length;
    return true;
  }

  expect(token: string): void {
    if (!this.takes(token)) this.fail(`expected '${token}'`);
  }

  /** Reads what the sticky expression matches, without white space before it. */
  match(sticky: RegExp): string | undefined {
    sticky.lastIndex = this.at;
    const found = sticky.exec(this.text)?.[0];
    if (found !== undefined) this.at += found.length;
    return found;
  }

  /** Reads `word` in any case when it comes next as a whole word. */
  takesWord(word: string): boolean {
    this.skipSpace();
    const end = this.at + word.length;
    if (this.text.slice(this.at, end).toUpperCase() !== word || /\w/.test(this.text.charAt(end))) return false;
    this.at = end;
    return true;
  }

  /** Reads a text in double quotes, in which `\` escapes a quote and itself. The opening quote comes next. */
  quoted(): string {
    let value = "";
    for (this.at++; !this.isAtEnd; this.at++) {
      const char = this.text.charAt(this.at);
      if (char === '"') {
        this.at++;
        return value;
      }
      const next = this.text.charAt(this.at + 1);
      if (char === "\\" && (next === '"' || next === "\\")) this.at++;
      value += this.text.charAt(this.at);
    }
    return this.fail("a quotation mark is not closed");
  }

  /** Reads the source of a regular expression between two `%`. The first one comes next. */
  regex(): string {
    if (++this.regexes > MAX_REGEXES) this.fail(`more than ${MAX_REGEXES} regular expressions`);
    let end = this.at + 1;
    while (end < this.text.length && this.text.charAt(end) !== "%") end += this.text.charAt(end) === "\\" ? 2 : 1;
    if (end >= this.text.length) this.fail("a regular expression is not closed by '%'");
    const source = this.text.slice(this.at + 1, end);
    this.at = end + 1;
    return source;
  }

  nested<T>(read: () => T): T {
    if (++this.#depth > MAX_DEPTH) this.fail(`parentheses are nested more than ${MAX_DEPTH} times`);
    const value = read();
    this.#depth--;
    return value;
  }

  fail(reason: string): never {
    throw new InvalidLogPattern(`Invalid filter pattern: ${reason} at position ${this.at + 1}`);
  }
}

/** Reads `one` or several of it, joined by `||` and `&&` (which binds tighter) and grouped by parentheses, as one test. */
export function readCondition<T>(scanner: Scanner, one: () => (value: T) => boolean): (value: T) => boolean {
  const factor = (): ((value: T) => boolean) => {
    if (!scanner.takes("(")) return one();
    const inner = scanner.nested(() => readCondition(scanner, one));
    scanner.expect(")");
    return inner;
  };
  const all = (): ((value: T) => boolean) => {
    const tests = [factor()];
    while (scanner.takes("&&")) tests.push(factor());
    return tests.length === 1 ? (tests[0] as (value: T) => boolean) : (value) => tests.every((test) => test(value));
  };
  const tests = [all()];
  while (scanner.takes("||")) tests.push(all());
  return tests.length === 1 ? (tests[0] as (value: T) => boolean) : (value) => tests.some((test) => test(value));
}
