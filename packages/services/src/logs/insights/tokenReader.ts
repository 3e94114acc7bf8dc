import { MalformedQuery } from "./malformedQuery.ts";
import { type Token, tokensOf } from "./tokens.ts";

/** Reads the tokens of a query from left to right. */
export class TokenReader {
  readonly query: string;
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;

  constructor(query: string) {
    this.query = query;
    this.#tokens = tokensOf(query);
  }

  get next(): Token {
    return this.#tokens[this.#at] as Token;
  }

  /** Where the token before the next one ends. */
  get lastEnd(): number {
    return this.#tokens[this.#at - 1]?.end ?? 0;
  }

  get isAtEnd(): boolean {
    return this.next.kind === "end";
  }

  take(): Token {
    const token = this.next;
    if (token.kind !== "end") this.#at++;
    return token;
  }

  seesSign(sign: string): boolean {
    return this.next.kind === "sign" && this.next.value === sign;
  }

  takesSign(sign: string): boolean {
    if (!this.seesSign(sign)) return false;
    this.#at++;
    return true;
  }

  seesWord(word: string, ahead = 0): boolean {
    const token = this.#tokens[this.#at + ahead];
    return token?.kind === "word" && token.value.toLowerCase() === word;
  }

  takesWord(word: string): boolean {
    if (!this.seesWord(word)) return false;
    this.#at++;
    return true;
  }

  /** Whether the next word is called as a function. */
  get seesCall(): boolean {
    const after = this.#tokens[this.#at + 1];
    return this.next.kind === "word" && after?.kind === "sign" && after.value === "(";
  }

  expectSign(sign: string): void {
    if (!this.takesSign(sign)) this.unexpected();
  }

  /** The name of a field. */
  expectField(): string {
    if (this.next.kind !== "word" && this.next.kind !== "field") this.unexpected();
    return this.take().value;
  }

  unexpected(token = this.next): never {
    const reason = token.kind === "end" ? "unexpected end of the query" : `unexpected symbol found ${token.value}`;
    throw new MalformedQuery(this.query, reason, token.start, token.end);
  }

  fail(reason: string, token = this.next): never {
    throw new MalformedQuery(this.query, reason, token.start, token.end);
  }

  /** Expressions within expressions, to a depth that the stack can hold. */
  nested<T>(read: () => T): T {
    if (++this.#depth > 64) this.fail("expressions are nested too deeply");
    const value = read();
    this.#depth--;
    return value;
  }
}
