import { MalformedQuery } from "./malformedQuery.ts";

export type TokenKind = "word" | "field" | "number" | "string" | "regex" | "sign" | "end";

export interface Token {
  readonly kind: TokenKind;
  /** The text of a string without its quotes, of a regular expression without its slashes. */
  readonly value: string;
  readonly start: number;
  readonly end: number;
}

const SPACE = /(?:\s+|#[^\n]*)+/y;
const WORD = /[A-Za-z_@][\w@]*(?:\.[\w@]+)*/y;
const NUMBER = /(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/y;
const SIGN = /!=|<=|>=|==|=~|[-=<>()[\],|+*/%^]/y;

/** Splits a query into words, values and signs. A `/` begins a regular expression where a value may come that is no operand of a division. */
export function tokensOf(query: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(query)?.[0];
  };
  const push = (kind: TokenKind, value: string, length: number): void => {
    tokens.push({ kind, value, start: at, end: at + length });
    at += length;
  };
  for (;;) {
    at += take(SPACE)?.length ?? 0;
    if (at >= query.length) break;
    const char = query.charAt(at);
    const word = take(WORD);
    if (word !== undefined) push("word", word, word.length);
    else if (char === "`") {
      const end = query.indexOf("`", at + 1);
      if (end < 0) throw new MalformedQuery(query, "unclosed backtick", at, query.length);
      push("field", query.slice(at + 1, end), end + 1 - at);
    } else if (char === '"' || char === "'") quoted(query, at, char, push);
    else if (char === "/" && mayBeRegex(tokens)) regex(query, at, push);
    else {
      const number = take(NUMBER);
      const sign = number === undefined ? take(SIGN) : undefined;
      if (number !== undefined) push("number", number, number.length);
      else if (sign !== undefined) push("sign", sign, sign.length);
      else throw new MalformedQuery(query, `unexpected symbol found ${char}`, at, at + 1);
    }
  }
  tokens.push({ kind: "end", value: "", start: query.length, end: query.length });
  return tokens;
}

type Push = (kind: TokenKind, value: string, length: number) => void;

function quoted(query: string, start: number, quote: string, push: Push): void {
  let value = "";
  for (let at = start + 1; at < query.length; at++) {
    const char = query.charAt(at);
    if (char === quote) return push("string", value, at + 1 - start);
    const next = query.charAt(at + 1);
    if (char === "\\" && (next === quote || next === "\\")) at++;
    value += query.charAt(at);
  }
  throw new MalformedQuery(query, "unclosed string", start, query.length);
}

function regex(query: string, start: number, push: Push): void {
  for (let at = start + 1; at < query.length; at++) {
    const char = query.charAt(at);
    if (char === "\\") at++;
    else if (char === "/") return push("regex", query.slice(start + 1, at).replaceAll("\\/", "/"), at + 1 - start);
  }
  throw new MalformedQuery(query, "unclosed regular expression", start, query.length);
}

/** After an operand, `/` divides; only `parse` has a pattern after its field. */
function mayBeRegex(tokens: readonly Token[]): boolean {
  const last = tokens.at(-1);
  if (!last || last.kind === "sign") return last?.value !== ")" && last?.value !== "]";
  if (last.kind !== "word" && last.kind !== "field") return false;
  return isWord(last, "like") || isWord(last, "parse") || isWord(tokens.at(-2), "parse");
}

function isWord(token: Token | undefined, word: string): boolean {
  return token?.kind === "word" && token.value.toLowerCase() === word;
}
