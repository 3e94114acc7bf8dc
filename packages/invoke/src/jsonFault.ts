/**
 * What is wrong with a text that is not JSON, in the words of the parser that AWS uses (Jackson's, for UTF-8), with its place. Invoke answers them.
 * https://github.com/FasterXML/jackson-core
 */

const VALID = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')";
const SOURCE = "[Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled);";
const MAX_SHOWN_TOKEN = 256;
const IDENTIFIER_START = /^[\p{L}\p{Nl}\p{Sc}\p{Pc}]$/u;
const IDENTIFIER_PART = /^[\p{L}\p{Nl}\p{Sc}\p{Pc}\p{Nd}\p{Mc}\p{Mn}\p{Cf}\p{Cc}]$/u;
const WORDS: ReadonlyMap<number, string> = new Map([
  [0x74, "true"],
  [0x66, "false"],
  [0x6e, "null"],
]);
const ESCAPED = new Set(Buffer.from('"\\/bfnrt'));

interface Container {
  readonly kind: "Array" | "Object";
  readonly line: number;
  readonly column: number;
  count: number;
}

/** A fault whose sentence is complete but for its place. */
class Fault extends Error {}

/** Thrown where the search ends. */
class TooFar extends Error {}

/** The first fault of `bytes`; `undefined` when there is none in the first `maxBytes`. */
export function jsonFault(bytes: Uint8Array, maxBytes = bytes.length): string | undefined {
  try {
    new Scanner(bytes, maxBytes).scan();
    return undefined;
  } catch (error) {
    if (error instanceof Fault) return error.message;
    if (error instanceof TooFar) return undefined;
    throw error;
  }
}

class Scanner {
  readonly #bytes: Uint8Array;
  readonly #maxBytes: number;
  readonly #stack: Container[] = [];
  #at = 0;
  #line = 1;
  #lineStart = 0;
  /** The last token, as the parser calls it. */
  #token = "null";

  constructor(bytes: Uint8Array, maxBytes: number) {
    this.#bytes = bytes;
    this.#maxBytes = maxBytes;
  }

  scan(): void {
    let first = this.#skipSpace();
    if (first < 0) throw new Fault(`No content to map due to end-of-input\n at ${SOURCE} line: 1, column: 0]`);
    this.#value(first);
    while (this.#stack.length > 0) this.#member();
    first = this.#skipSpace();
    if (first < 0) return;
    this.#value(first);
    this.#fail(
      `Trailing token (of type ${this.#token}) found after value (bound as \`com.fasterxml.jackson.databind.JsonNode\`): not allowed as per \`DeserializationFeature.FAIL_ON_TRAILING_TOKENS\``,
    );
  }

  /** The next element of the innermost container, or its end. */
  #member(): void {
    const container = this.#stack.at(-1) as Container;
    const { kind } = container;
    let byte = this.#skipSpace();
    if (byte < 0) {
      this.#endOfInput(`: expected close marker for ${kind} (start marker at ${placed(container)})`);
    }
    if (byte === 0x5d || byte === 0x7d) return this.#close(byte, container);
    if (container.count++ > 0) {
      if (byte !== 0x2c) this.#unexpected(byte, `was expecting comma to separate ${kind} entries`);
      byte = this.#within();
    }
    if (kind === "Array") return this.#value(byte);
    if (byte !== 0x22) this.#unexpected(byte, "was expecting double-quote to start field name");
    this.#name();
    this.#token = "FIELD_NAME";
    byte = this.#within();
    if (byte !== 0x3a) this.#unexpected(byte, "was expecting a colon to separate field name and value");
    this.#value(this.#within());
  }

  #close(byte: number, container: Container): void {
    const isArray = byte === 0x5d;
    if (isArray !== (container.kind === "Array")) {
      this.#wrongEnd(byte, isArray ? "}" : "]", `${container.kind} starting at ${placed(container)}`);
    }
    this.#stack.pop();
    this.#token = isArray ? "END_ARRAY" : "END_OBJECT";
  }

  #value(byte: number): void {
    const word = WORDS.get(byte);
    if (byte === 0x22) {
      this.#token = "VALUE_STRING";
      this.#text("string value", () => this.#endOfInput(" in VALUE_STRING"));
    } else if (byte === 0x7b || byte === 0x5b) {
      const kind = byte === 0x7b ? "Object" : "Array";
      // Its place is put into words only where it is shown: there may be a container for each byte.
      this.#stack.push({ kind, line: this.#line, column: this.#at - this.#lineStart, count: 0 });
      this.#token = kind === "Object" ? "START_OBJECT" : "START_ARRAY";
    } else if (word !== undefined) this.#word(word);
    else if (byte === 0x2d || isDigit(byte)) this.#number(byte);
    else this.#noValue(byte);
  }

  #noValue(byte: number): never {
    if (this.#stack.length === 0 && (byte === 0x5d || byte === 0x7d)) {
      this.#wrongEnd(byte, byte === 0x5d ? "}" : "]", `root starting at ${SOURCE} line: 1, column: 0]`);
    }
    const inArray = this.#stack.at(-1)?.kind === "Array";
    if (byte === 0x7d || byte === 0x2c || (byte === 0x5d && inArray)) this.#unexpected(byte, "expected a value");
    if (byte === 0x2b) {
      if (this.#at >= this.#bytes.length) this.#endOfInput(" in a Number value");
      this.#at++;
      this.#unexpectedInNumber(
        byte,
        "JSON spec does not allow numbers to have plus signs: enable `JsonReadFeature.ALLOW_LEADING_PLUS_SIGN_FOR_NUMBERS` to allow",
      );
    }
    for (const [name, start] of [
      ["NaN", 0x4e],
      ["Infinity", 0x49],
    ] as const) {
      if (byte !== start) continue;
      this.#rest(name);
      this.#fail(`Non-standard token '${name}': enable \`JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS\` to allow`);
    }
    if (IDENTIFIER_START.test(String.fromCharCode(byte))) this.#unknownToken(String.fromCharCode(byte));
    this.#unexpected(byte, `expected a valid value ${VALID}`);
  }

  #word(word: string): void {
    this.#rest(word);
    this.#token = word === "null" ? "VALUE_NULL" : `VALUE_${word.toUpperCase()}`;
  }

  /** The letters of `word` after its first one, and no letter behind them. */
  #rest(word: string): void {
    for (let index = 1; index < word.length; index++, this.#at++) {
      if (this.#bytes[this.#at] !== word.charCodeAt(index)) this.#unknownToken(word.slice(0, index));
    }
    const next = this.#bytes[this.#at];
    if (next === undefined || next < 0x30 || next === 0x5d || next === 0x7d) return;
    const mark = this.#at++;
    const isPart = isIdentifierPart(String.fromCodePoint(this.#decode(next)));
    this.#at = mark;
    if (isPart) this.#unknownToken(word);
  }

  #unknownToken(begun: string): never {
    let shown = begun;
    while (this.#at < this.#bytes.length) {
      const character = String.fromCodePoint(this.#decode(this.#next()));
      if (!isIdentifierPart(character)) break;
      shown += character;
      if (shown.length >= MAX_SHOWN_TOKEN) {
        shown += "...";
        break;
      }
    }
    this.#fail(`Unrecognized token '${shown}': was expecting ${VALID}`);
  }

  #number(first: number): void {
    let byte = first;
    if (byte === 0x2d) {
      byte = this.#next();
      if (!isDigit(byte))
        this.#unexpectedInNumber(byte, "expected digit (0-9) to follow minus sign, for valid numeric value");
    }
    if (byte === 0x30 && isDigit(this.#peek())) this.#fail("Invalid numeric value: Leading zeroes not allowed");
    this.#digits();
    let token = "VALUE_NUMBER_INT";
    if (this.#peek() === 0x2e) {
      token = "VALUE_NUMBER_FLOAT";
      this.#at++;
      if (!isDigit(this.#peek())) this.#noDigit("Decimal point not followed by a digit");
      this.#digits();
    }
    if (this.#peek() === 0x65 || this.#peek() === 0x45) {
      token = "VALUE_NUMBER_FLOAT";
      this.#at++;
      if (this.#peek() === 0x2b || this.#peek() === 0x2d) this.#at++;
      if (this.#at >= this.#bytes.length) this.#endOfInput(` in ${this.#token}`);
      if (!isDigit(this.#peek())) this.#noDigit("Exponent indicator not followed by a digit");
      this.#digits();
    }
    this.#token = token;
    const next = this.#peek();
    if (this.#stack.length > 0 || next < 0 || isSpace(next)) return;
    this.#at++;
    this.#unexpected(next, "Expected space separating root-level values");
  }

  #digits(): void {
    while (isDigit(this.#peek())) this.#at++;
  }

  #noDigit(comment: string): never {
    if (this.#at < this.#bytes.length) this.#at++;
    this.#unexpectedInNumber(this.#bytes[this.#at - 1] as number, comment);
  }

  #name(): void {
    if (this.#at >= this.#bytes.length) this.#endOfInput(": was expecting closing '\"' for name");
    this.#text("name", () => this.#endOfInput(" in field name"));
  }

  /** The rest of a text whose quotation mark has been read. */
  #text(what: string, ended: () => never): void {
    for (;;) {
      if (this.#at >= this.#bytes.length) ended();
      const byte = this.#next();
      if (byte === 0x22) return;
      if (byte === 0x5c) this.#escape();
      else if (byte < 0x20) {
        this.#fail(
          `Illegal unquoted character (${described(byte)}): has to be escaped using backslash to be included in ${what}`,
          this.#at - 1,
        );
      } else if (byte > 0x7f) this.#decode(byte);
    }
  }

  #escape(): void {
    const ended = (): never => this.#endOfInput(" in character escape sequence");
    if (this.#at >= this.#bytes.length) ended();
    const byte = this.#next();
    if (ESCAPED.has(byte)) return;
    if (byte !== 0x75) {
      this.#fail(`Unrecognized character escape ${described(this.#decode(byte))}`, this.#at - 1);
    }
    for (let digit = 0; digit < 4; digit++) {
      if (this.#at >= this.#bytes.length) ended();
      const hex = this.#next();
      if (!/^[0-9a-fA-F]$/.test(String.fromCharCode(hex)))
        this.#unexpected(hex, "expected a hex-digit for character escape sequence");
    }
  }

  /** The character that begins with `first`, whose other bytes are read. */
  #decode(first: number): number {
    if (first <= 0x7f) return first;
    const more = first >= 0xc0 && first <= 0xdf ? 1 : (first & 0xf0) === 0xe0 ? 2 : (first & 0xf8) === 0xf0 ? 3 : 0;
    if (more === 0) this.#fail(`Invalid UTF-8 start byte 0x${first.toString(16)}`);
    let character = first & (0x3f >> more);
    for (let index = 0; index < more; index++) {
      const byte = this.#next();
      if ((byte & 0xc0) !== 0x80) this.#fail(`Invalid UTF-8 middle byte 0x${byte.toString(16)}`);
      character = (character << 6) | (byte & 0x3f);
    }
    return Math.min(character, 0x10ffff);
  }

  #next(): number {
    if (this.#at > this.#maxBytes) throw new TooFar();
    const byte = this.#bytes[this.#at];
    if (byte === undefined) this.#endOfInput(` in ${this.#token}`);
    this.#at++;
    return byte as number;
  }

  #peek(): number {
    return this.#bytes[this.#at] ?? -1;
  }

  /** The first byte that is not white space; -1 at the end. */
  #skipSpace(): number {
    for (;;) {
      if (this.#at > this.#maxBytes) throw new TooFar();
      const byte = this.#bytes[this.#at];
      if (byte === undefined) return -1;
      this.#at++;
      if (byte === 0x2f) {
        this.#unexpected(
          byte,
          "maybe a (non-standard) comment? (not recognized as one since Feature 'ALLOW_COMMENTS' not enabled for parser)",
        );
      }
      if (byte > 0x20) return byte;
      if (!isSpace(byte)) {
        this.#fail(
          `Illegal character (${described(byte)}): only regular white space (\\r, \\n, \\t) is allowed between tokens`,
          this.#at - 1,
        );
      }
      if (byte === 0x0a || (byte === 0x0d && this.#peek() !== 0x0a)) {
        this.#line++;
        this.#lineStart = this.#at;
      }
    }
  }

  /** The same where an element has to follow. */
  #within(): number {
    const byte = this.#skipSpace();
    if (byte < 0) {
      this.#endOfInput(` within/between ${this.#stack.at(-1)?.kind} entries`);
    }
    return byte;
  }

  #unexpected(byte: number, comment: string): never {
    this.#fail(`Unexpected character (${described(byte)}): ${comment}`, this.#at - 1);
  }

  #unexpectedInNumber(byte: number, comment: string): never {
    this.#fail(`Unexpected character (${described(byte)}) in numeric value: ${comment}`, this.#at - 1);
  }

  #wrongEnd(byte: number, expected: string, where: string): never {
    this.#fail(`Unexpected close marker '${String.fromCharCode(byte)}': expected '${expected}' (for ${where})`);
  }

  #endOfInput(where: string): never {
    this.#fail(`Unexpected end-of-input${where}`);
  }

  #fail(message: string, at = this.#at): never {
    throw new Fault(`${message}\n at ${placed({ line: this.#line, column: at + 1 - this.#lineStart })}`);
  }
}

/** Columns count bytes from 1. */
function placed({ line, column }: Pick<Container, "line" | "column">): string {
  return `${SOURCE} line: ${line}, column: ${column}]`;
}

/** As Java has it: control characters are parts of an identifier, except for white space and separators. */
function isIdentifierPart(character: string): boolean {
  const code = character.charCodeAt(0);
  return IDENTIFIER_PART.test(character) && !(code >= 0x09 && code <= 0x0d) && !(code >= 0x1c && code <= 0x1f);
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d;
}

/** A character as Jackson shows it. */
function described(code: number): string {
  if (code < 0x20 || (code >= 0x7f && code <= 0x9f)) return `(CTRL-CHAR, code ${code})`;
  if (code > 255) return `'${String.fromCodePoint(code)}' (code ${code} / 0x${code.toString(16)})`;
  return `'${String.fromCharCode(code)}' (code ${code})`;
}
