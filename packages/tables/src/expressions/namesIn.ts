import type { ExpressionKind } from "./expressionError.ts";
import { tokensOf } from "./tokens.ts";

/** Words of expressions, all of which are reserved: no attribute is named so without a placeholder. */
const WORDS: ReadonlySet<string> = new Set(["ADD", "AND", "BETWEEN", "DELETE", "IN", "NOT", "OR", "REMOVE", "SET"]);

/** The names of the attributes of an item that an expression names, without what is within them. Throws AWS's error for what cannot be split into words. */
export function namesIn(
  expression: string,
  kind: ExpressionKind,
  names: Readonly<Record<string, string>>,
): readonly string[] {
  const tokens = tokensOf(expression, kind);
  return tokens.flatMap(({ type, text }, at) => {
    if (tokens[at - 1]?.text === "." || (type !== "name" && type !== "#name")) return [];
    if (type === "#name") return Object.hasOwn(names, text) ? [names[text] as string] : [];
    return WORDS.has(text.toUpperCase()) || tokens[at + 1]?.text === "(" ? [] : [text];
  });
}
