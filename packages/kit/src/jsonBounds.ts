export interface JsonBounds {
  readonly depth: number;
  /** Names, values of lists and objects, and the lists and objects themselves, about. */
  readonly values: number;
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/**
 * Which bound a JSON text exceeds; `undefined` when none, or the text is no JSON, which its parser will say. JSON.parse takes seconds for a few megabytes
 * of brackets, in which its thread does nothing else, so texts of tenants are looked at before: in milliseconds, without making anything.
 */
export function exceedsJson(
  text: Uint8Array,
  { depth: maxDepth, values: maxValues }: JsonBounds,
): keyof JsonBounds | undefined {
  let depth = 0;
  let values = 0;
  for (let at = 0; at < text.length; at++) {
    switch (text[at]) {
      case QUOTE:
        at = endOfText(text, at);
        if (at < 0) return undefined;
        break;
      case OPEN_LIST:
      case OPEN_OBJECT:
        if (++depth > maxDepth) return "depth";
        if (++values > maxValues) return "values";
        break;
      case CLOSE_LIST:
      case CLOSE_OBJECT:
        depth--;
        break;
      case COMMA:
      case COLON:
        if (++values > maxValues) return "values";
        break;
      default:
    }
  }
  return undefined;
}

/** The quotation mark that ends the text which begins at `from`; -1 when there is none. */
function endOfText(text: Uint8Array, from: number): number {
  for (let at = text.indexOf(QUOTE, from + 1); at >= 0; at = text.indexOf(QUOTE, at + 1)) {
    let before = at - 1;
    while (text[before] === BACKSLASH) before--;
    if ((at - before) % 2 === 1) return at;
  }
  return -1;
}
