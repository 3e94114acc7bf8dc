import { NotImplementedException } from "@hearth/model";
import { InvalidParameterException } from "./errors.ts";

interface Term {
  readonly kind: "wanted" | "optional" | "unwanted";
  readonly text: string;
}

const TERM = /\s*([?-]?)(?:"((?:[^"\\]|\\.)*)"|([^\s"]+))/y;

/**
 * A filter pattern over plain text as a test of messages: all plain terms must be there, and no term with `-`. Terms with `?`
 * count only without plain terms; then one of them is enough. Quotes keep phrases together. Patterns over JSON (`{ … }`),
 * columns (`[ … ]`) and regular expressions are not built.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
 */
export function filterPattern(pattern: string): (message: string) => boolean {
  const text = pattern.trim();
  if (text.startsWith("{")) throw notBuilt("JSON", pattern);
  if (text.startsWith("[")) throw notBuilt("space-delimited", pattern);
  const terms = termsOf(text, pattern);
  const wanted = terms.filter(({ kind }) => kind === "wanted");
  const optional = wanted.length > 0 ? [] : terms.filter(({ kind }) => kind === "optional");
  const unwanted = terms.filter(({ kind }) => kind === "unwanted");
  return (message) =>
    wanted.every((term) => message.includes(term.text)) &&
    (optional.length === 0 || optional.some((term) => message.includes(term.text))) &&
    !unwanted.some((term) => message.includes(term.text));
}

function termsOf(text: string, pattern: string): Term[] {
  const terms: Term[] = [];
  TERM.lastIndex = 0;
  while (TERM.lastIndex < text.length) {
    const match = TERM.exec(text);
    if (!match) throw new InvalidParameterException(`Invalid filter pattern: ${pattern}`);
    const [, sign, quoted, bare] = match;
    if (bare?.startsWith("%")) throw notBuilt("regular expression", pattern);
    const term = quoted?.replace(/\\(.)/g, "$1") ?? bare ?? "";
    terms.push({ kind: sign === "?" ? "optional" : sign === "-" ? "unwanted" : "wanted", text: term });
  }
  return terms;
}

function notBuilt(kind: string, pattern: string): NotImplementedException {
  return new NotImplementedException(`A ${kind} filter pattern is not implemented by Hearth: ${pattern}`);
}
