import { type ExpressionKind, expressionError } from "./expressionError.ts";

export interface Token {
  /** `name`: an attribute's name, a function's or a word such as AND; `#name` and `:value`: placeholders. */
  readonly type: "name" | "#name" | ":value" | "index" | "symbol" | "end";
  readonly text: string;
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html */
const MAX_BYTES = 4_096;
const TOKEN =
  /\s*(?:(?<name>[A-Za-z_][A-Za-z0-9_]*)|(?<placeholder>[#:][A-Za-z0-9_]+)|(?<index>\d+)|(?<symbol><>|<=|>=|[=<>()[\],.+-]))/y;

/** Applications send the same few expressions again and again: what differs are the names and values beside them, which are looked up later. */
const known = new Map<string, readonly Token[]>();
let knownBytes = 0;
/** Together, about. */
const MAX_KNOWN_BYTES = 1024 * 1024;
const MAX_KNOWN_LENGTH = 1_000;
const TOKEN_BYTES = 64;

/** Splits an expression into tokens, an `end` at its end. Throws AWS's error. */
export function tokensOf(expression: string, kind: ExpressionKind): readonly Token[] {
  const before = known.get(expression);
  if (before) return before;
  const tokens = splitIntoTokens(expression, kind);
  if (expression.length <= MAX_KNOWN_LENGTH) remember(expression, tokens);
  return tokens;
}

function remember(expression: string, tokens: readonly Token[]): void {
  // Two bytes for each character, here and in the tokens.
  const bytes = 4 * expression.length + TOKEN_BYTES * (tokens.length + 2);
  if (knownBytes + bytes > MAX_KNOWN_BYTES) {
    known.clear();
    knownBytes = 0;
  }
  known.set(expression, tokens);
  knownBytes += bytes;
}

function splitIntoTokens(expression: string, kind: ExpressionKind): readonly Token[] {
  const bytes = Buffer.byteLength(expression);
  if (bytes > MAX_BYTES) {
    throw expressionError(kind, `Expression size has exceeded the maximum allowed size; expression size: ${bytes}`);
  }
  if (expression.trim() === "") throw expressionError(kind, "The expression can not be empty;");
  const tokens: Token[] = [];
  const end = expression.trimEnd().length;
  for (let at = 0; at < end; at = TOKEN.lastIndex) {
    TOKEN.lastIndex = at;
    const groups = TOKEN.exec(expression)?.groups;
    if (!groups) {
      const rest = expression.slice(at).trimStart();
      const [token = ""] = rest;
      throw syntaxError(kind, token, `${tokens.at(-1)?.text ?? ""}${expression.slice(at, at + 10)}`.trim());
    }
    const { name, placeholder, index, symbol } = groups;
    if (name !== undefined) tokens.push({ type: "name", text: name });
    else if (placeholder !== undefined) {
      tokens.push({ type: placeholder.startsWith("#") ? "#name" : ":value", text: placeholder });
    } else if (index !== undefined) tokens.push({ type: "index", text: index });
    else tokens.push({ type: "symbol", text: symbol ?? "" });
  }
  tokens.push({ type: "end", text: "<EOF>" });
  return tokens;
}

export function syntaxError(kind: ExpressionKind, token: string, near: string): Error {
  return expressionError(kind, `Syntax error; token: "${token}", near: "${near}"`);
}
