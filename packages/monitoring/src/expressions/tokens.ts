import { ExpressionError } from "./expression.ts";

export interface Token {
  readonly kind: "number" | "name" | "text" | "sign" | "end";
  readonly text: string;
}

const SIGNS = ["==", "!=", "<=", ">=", "&&", "||", "+", "-", "*", "/", "^", "(", ")", "[", "]", ",", "<", ">"];

/** The tokens of an expression, in one pass over its text. */
export function tokensOf(source: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const take = (isPart: (character: string) => boolean): string => {
    const start = at;
    while (at < source.length && isPart(source[at] as string)) at++;
    return source.slice(start, at);
  };
  while (at < source.length) {
    const character = source[at] as string;
    if (isSpace(character)) at++;
    else if (isDigit(character) || character === ".") {
      const text = take((one) => isDigit(one) || one === ".");
      if (!Number.isFinite(Number(text))) throw new ExpressionError(`'${text}' is not a number`);
      tokens.push({ kind: "number", text });
    } else if (isLetter(character)) tokens.push({ kind: "name", text: take((one) => isLetter(one) || isDigit(one)) });
    else if (character === '"' || character === "'") {
      at++;
      const text = take((one) => one !== character);
      if (at >= source.length) throw new ExpressionError("a text is not closed");
      at++;
      tokens.push({ kind: "text", text });
    } else {
      const sign = SIGNS.find((one) => source.startsWith(one, at));
      if (sign === undefined) throw new ExpressionError(`'${character}' is not expected at position ${at + 1}`);
      at += sign.length;
      tokens.push({ kind: "sign", text: sign });
    }
  }
  tokens.push({ kind: "end", text: "the end" });
  return tokens;
}

function isSpace(character: string): boolean {
  return character === " " || character === "\t" || character === "\n" || character === "\r";
}

function isDigit(character: string): boolean {
  return character >= "0" && character <= "9";
}

function isLetter(character: string): boolean {
  return (character >= "a" && character <= "z") || (character >= "A" && character <= "Z") || character === "_";
}
