import { type Lookup, Pattern } from "./pattern.ts";

const PARTS = 6;

/**
 * An ARN with wildcards. Each of its six parts is matched separately, so that `*` in the account cannot match a part of the name; parts that are
 * left out match anything. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
 */
export class ArnPattern {
  readonly #parts: readonly Pattern[];
  readonly #matchesAll: boolean;

  constructor(text: string, variables = true) {
    this.#matchesAll = text === "*";
    this.#parts = splitArn(text).map((part) => new Pattern(part, { variables }));
  }

  get hasVariables(): boolean {
    return this.#parts.some((part) => part.hasVariables);
  }

  matches(arn: string, lookup: Lookup): boolean {
    if (this.#matchesAll) return true;
    const parts = splitArn(arn);
    return parts.length === PARTS && this.#parts.every((part, index) => part.matches(parts[index] ?? "", lookup));
  }
}

/** At most six parts; colons inside a variable do not count. */
function splitArn(text: string): string[] {
  const parts: string[] = [];
  let start = 0;
  for (let at = 0; at < text.length && parts.length < PARTS - 1; at++) {
    if (text[at] === "$" && text[at + 1] === "{") {
      const end = text.indexOf("}", at);
      if (end < 0) break;
      at = end;
    } else if (text[at] === ":") {
      parts.push(text.slice(start, at));
      start = at + 1;
    }
  }
  parts.push(text.slice(start));
  return parts;
}
