import type { Budget } from "./budget.ts";
import { parseBounded } from "./parseBounded.ts";
import { textOf, Tool } from "./templateValues.ts";

/** `$util`. https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html */
export class UtilTool extends Tool {
  readonly #budget: Budget;

  constructor(budget: Budget) {
    super();
    this.#budget = budget;
  }

  override member(): unknown {
    return undefined;
  }

  override call(name: string, [given]: readonly unknown[]): unknown {
    if (given === undefined || given === null) return undefined;
    const text = textOf(given, this.#budget);
    // No function makes a text more than nine times as long.
    this.#budget.expect(text.length * 9);
    switch (name) {
      case "escapeJavaScript":
        return escapeJavaScript(text);
      case "parseJson":
        return parseBounded(text);
      case "urlEncode":
        return urlEncode(text);
      case "urlDecode":
        return decodeURIComponent(text.replaceAll("+", " "));
      case "base64Encode":
        return Buffer.from(text).toString("base64");
      case "base64Decode":
        return Buffer.from(text, "base64").toString();
      default:
        return undefined;
    }
  }
}

const SHORT: Readonly<Record<string, string>> = {
  "\b": "\\b",
  "\n": "\\n",
  "\t": "\\t",
  "\f": "\\f",
  "\r": "\\r",
  '"': '\\"',
  "'": "\\'",
  "\\": "\\\\",
  "/": "\\/",
};

/** As the Java library that AWS uses: what is not ASCII is written as `\uXXXX`. */
function escapeJavaScript(text: string): string {
  return text.replaceAll(/[^ !#-&(-.0-[\]-~]/g, (character) =>
    Object.hasOwn(SHORT, character)
      ? (SHORT[character] ?? "")
      : `\\u${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}`,
  );
}

/** As forms are encoded. */
function urlEncode(text: string): string {
  return encodeURIComponent(text.toWellFormed())
    .replaceAll("%20", "+")
    .replaceAll(/[!'()~]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}
