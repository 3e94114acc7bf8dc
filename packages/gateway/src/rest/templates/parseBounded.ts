/** Values, names included, that a JSON document has at most: one that has more is not read, because its objects need many times its own bytes. */
const MAX_VALUES = 1_000_000;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPENING = new Set([0x5b, 0x7b]);

/** A document has too many values. */
export class TooManyValues extends Error {}

/**
 * Parses JSON whose objects surely fit into the heap of a thread: where the heap ends inside of JSON.parse, the whole process ends, not only the thread.
 * Throws TooManyValues before anything is parsed, else as JSON.parse does.
 */
export function parseBounded(text: string): unknown {
  let values = 1;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === COMMA || code === COLON || OPENING.has(code)) values++;
  }
  if (values > MAX_VALUES) throw new TooManyValues("the document has too many values");
  return JSON.parse(text);
}
