import { IotSqlError } from "./iotSqlError.ts";
import { parseExpression } from "./iotStatement.ts";
import type { SqlBudget } from "./sqlBudget.ts";
import type { Expression, SqlMessage } from "./sqlContext.ts";
import { toText } from "./sqlValue.ts";

const MAX_TEMPLATE_CHARACTERS = 8_192;

/** A text with expressions in `${…}`, compiled: they are evaluated for the message as it was published. */
export class IotTemplate {
  readonly #parts: readonly (string | Expression)[];

  /** Throws IotSqlError. */
  constructor(template: string) {
    if (template.length > MAX_TEMPLATE_CHARACTERS) {
      throw new IotSqlError(`a substitution template has at most ${MAX_TEMPLATE_CHARACTERS} characters`);
    }
    this.#parts = partsOf(template);
  }

  /** An expression that is Undefined leaves nothing in the text. Throws SqlBudgetExceeded. */
  fill(message: SqlMessage, budget: SqlBudget): string {
    const context = { message, budget };
    return this.#parts
      .map((part) => (typeof part === "string" ? part : (toText(part(context, message.payload), budget) ?? "")))
      .join("");
  }
}

function partsOf(template: string): readonly (string | Expression)[] {
  const parts: (string | Expression)[] = [];
  let at = 0;
  for (let start = template.indexOf("${"); start >= 0; start = template.indexOf("${", at)) {
    const end = endOf(template, start + 2);
    parts.push(template.slice(at, start), parseExpression(template.slice(start + 2, end)));
    at = end + 1;
  }
  return [...parts, template.slice(at)];
}

/** Where the expression that starts at `from` ends: braces of objects and texts in quotes belong to it. */
function endOf(template: string, from: number): number {
  let depth = 0;
  let quote = "";
  for (let at = from; at < template.length; at++) {
    const character = template[at] ?? "";
    if (quote !== "") {
      if (character === "\\") at++;
      else if (character === quote) quote = "";
    } else if (character === "'" || character === '"') quote = character;
    else if (character === "{") depth++;
    else if (character === "}" && depth-- === 0) return at;
  }
  throw new IotSqlError(`the substitution that starts at ${from - 2} has no end`);
}
