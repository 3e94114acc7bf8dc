import { InvalidEventPattern } from "./invalidEventPattern.ts";

export type TokenKind = "{" | "}" | "[" | "]" | "name" | "string" | "number" | "true" | "false" | "null" | "end";

const DEPTH_LIMIT = 1000;
const LITERALS = ["true", "false", "null"] as const;
/** A fixed expression: it has no nested repetition, so it takes linear time. */
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;

/** Reads JSON token by token, so that a mistake is reported with the position at which AWS reports it. */
export class JsonTokens {
  readonly #source: string;
  readonly #open: ("{" | "[")[] = [];
  #at = 0;
  #location = 0;
  /** Whether the next token follows a value of the same object or array, so that a comma comes first. */
  #afterValue = false;
  #afterName = false;
  kind: TokenKind = "end";
  /** The value of a string or name, or the characters of a number. */
  text = "";

  constructor(source: string) {
    this.#source = source;
  }

  next(): TokenKind {
    this.#skipSpace();
    const inside = this.#open.at(-1);
    if (this.#at >= this.#source.length) {
      if (inside === undefined) return this.#token("end");
      throw this.error("Unexpected end-of-input: expected close marker for " + (inside === "{" ? "Object" : "Array"));
    }
    const character = this.#source.charAt(this.#at);
    if (!this.#afterName && ((inside === "{" && character === "}") || (inside === "[" && character === "]"))) {
      this.#open.pop();
      this.#at += 1;
      this.#location = this.#at;
      this.#afterValue = true;
      return this.#token(character);
    }
    if (this.#afterValue) this.#comma(inside);
    if (inside === "{" && !this.#afterName) return this.#name();
    return this.#value();
  }

  /** The error for a mistake at the current token. */
  error(problem: string): InvalidEventPattern {
    return new InvalidEventPattern(problem, this.#source, this.#location);
  }

  #token(kind: TokenKind): TokenKind {
    this.kind = kind;
    return kind;
  }

  #comma(inside: "{" | "[" | undefined): void {
    if (inside === undefined) throw this.#unexpected("expected the end of the pattern");
    if (this.#source.charAt(this.#at) !== ",")
      throw this.#unexpected(`was expecting comma to separate ${inside === "{" ? "Object" : "Array"} entries`);
    this.#at += 1;
    this.#afterValue = false;
    this.#skipSpace();
  }

  #name(): TokenKind {
    if (this.#source.charAt(this.#at) !== '"') throw this.#unexpected("was expecting double-quote to start field name");
    this.#string();
    this.#location = this.#at;
    this.#skipSpace();
    if (this.#source.charAt(this.#at) !== ":")
      throw this.#unexpected("was expecting a colon to separate field name and value");
    this.#at += 1;
    this.#afterName = true;
    return this.#token("name");
  }

  #value(): TokenKind {
    const character = this.#source.charAt(this.#at);
    this.#afterName = false;
    if (character === "{" || character === "[") {
      this.#open.push(character);
      this.#at += 1;
      this.#location = this.#at;
      this.#afterValue = false;
      if (this.#open.length > DEPTH_LIMIT)
        throw this.error(`Document nesting depth (${this.#open.length}) exceeds the maximum allowed (${DEPTH_LIMIT})`);
      return this.#token(character);
    }
    this.#afterValue = true;
    if (character === '"') {
      // AWS reads strings lazily: the position of a mistake is behind the opening quote.
      this.#location = this.#at + 1;
      this.#string();
      return this.#token("string");
    }
    for (const literal of LITERALS) {
      if (this.#source.startsWith(literal, this.#at)) return this.#word(literal, literal);
    }
    NUMBER.lastIndex = this.#at;
    const number = NUMBER.exec(this.#source)?.[0];
    if (number !== undefined) return this.#word(number, "number");
    throw this.#unexpected(
      "expected a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false')",
    );
  }

  #word(text: string, kind: TokenKind): TokenKind {
    this.#at += text.length;
    this.#location = this.#at;
    this.text = text;
    return this.#token(kind);
  }

  #string(): void {
    const start = this.#at;
    let end = start + 1;
    for (; this.#source.charAt(end) !== '"'; end += this.#source.charAt(end) === "\\" ? 2 : 1) {
      if (end >= this.#source.length)
        throw new InvalidEventPattern(
          "Unexpected end-of-input: was expecting closing quote for a string value",
          this.#source,
          this.#source.length,
        );
    }
    this.#at = end + 1;
    try {
      this.text = JSON.parse(this.#source.slice(start, this.#at)) as string;
    } catch {
      throw new InvalidEventPattern(
        "Unrecognized character escape or control character in a string",
        this.#source,
        start + 1,
      );
    }
  }

  #skipSpace(): void {
    while (this.#at < this.#source.length && " \t\r\n".includes(this.#source.charAt(this.#at))) this.#at += 1;
  }

  #unexpected(expectation: string): InvalidEventPattern {
    this.#location = Math.min(this.#at + 1, this.#source.length);
    const character = this.#source.charAt(this.#at);
    return character === ""
      ? this.error(`Unexpected end-of-input: ${expectation}`)
      : this.error(`Unexpected character ('${character}' (code ${character.charCodeAt(0)})): ${expectation}`);
  }
}
