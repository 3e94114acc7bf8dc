import { IotSqlError } from "./iotSqlError.ts";

export interface Token {
  readonly kind: "name" | "number" | "text" | "sign" | "end";
  /** Of a text, what it stands for. */
  readonly text: string;
  /** Where it starts and ends in the statement. */
  readonly at: number;
  readonly end: number;
}

const SPACE = /\s/;
const NAME_START = /[\p{L}_$]/u;
const NAME_PART = /[\p{L}\p{N}_$]/u;
const DIGIT = /[0-9]/;
const SIGNS = [
  "<>",
  "<=",
  ">=",
  "!=",
  "(",
  ")",
  "[",
  "]",
  "{",
  "}",
  ",",
  ".",
  ":",
  "*",
  "+",
  "-",
  "/",
  "%",
  "=",
  "<",
  ">",
];

/** The tokens of a statement, in one pass. Throws IotSqlError. */
export function tokensOf(sql: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < sql.length) {
    if (SPACE.test(sql[at] ?? "")) at++;
    else {
      const token = tokenAt(sql, at);
      tokens.push(token);
      at = token.end;
    }
  }
  tokens.push({ kind: "end", text: "the end", at, end: at });
  return tokens;
}

function tokenAt(sql: string, at: number): Token {
  const first = sql[at] ?? "";
  if (first === "'" || first === '"') return textAt(sql, at, first);
  if (DIGIT.test(first)) return numberAt(sql, at);
  if (NAME_START.test(first)) {
    let end = at + 1;
    while (end < sql.length && NAME_PART.test(sql[end] ?? "")) end++;
    return { kind: "name", text: sql.slice(at, end), at, end };
  }
  const sign = SIGNS.find((one) => sql.startsWith(one, at));
  if (sign === undefined) throw new IotSqlError(`unexpected character ${JSON.stringify(first)} at ${at}`);
  return { kind: "sign", text: sign, at, end: at + sign.length };
}

/** The quote within a text is doubled, or has a backslash before it. Other backslashes stand for themselves. */
function textAt(sql: string, at: number, quote: string): Token {
  const parts: string[] = [];
  let from = at + 1;
  for (let end = from; end < sql.length; end++) {
    const isEscape = sql[end] === "\\" && (sql[end + 1] === quote || sql[end + 1] === "\\");
    if (isEscape || (sql[end] === quote && sql[end + 1] === quote)) {
      parts.push(sql.slice(from, end));
      from = ++end;
    } else if (sql[end] === quote) {
      parts.push(sql.slice(from, end));
      return { kind: "text", text: parts.join(""), at, end: end + 1 };
    }
  }
  throw new IotSqlError(`the text that starts at ${at} has no end`);
}

function numberAt(sql: string, at: number): Token {
  let end = at;
  const digits = (): void => {
    while (DIGIT.test(sql[end] ?? "")) end++;
  };
  digits();
  if (sql[end] === "." && DIGIT.test(sql[end + 1] ?? "")) {
    end++;
    digits();
  }
  const signed = /[+-]/.test(sql[end + 1] ?? "") ? 2 : 1;
  if (/e/i.test(sql[end] ?? "") && DIGIT.test(sql[end + signed] ?? "")) {
    end += signed;
    digits();
  }
  return { kind: "number", text: sql.slice(at, end), at, end };
}
