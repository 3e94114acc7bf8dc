import { exceedsJson } from "./jsonBounds.ts";

/** Deeper lists make JSON.parse slow out of proportion. */
const MAX_DEPTH = 1_000;
/** Bodies of 10 MB with texts and numbers of the usual length stay below it. */
const MAX_VALUES = 2_000_000;
/** A smaller text is not looked at before it is parsed. */
const SMALL_BYTES = 64 * 1024;

/** A JSON text that a client or a function has sent; `undefined` for what is none, and for one that would take the thread of all accounts seconds to read. */
export function parsedJson(bytes: Uint8Array): unknown {
  if (bytes.byteLength > SMALL_BYTES && exceedsJson(bytes, { depth: MAX_DEPTH, values: MAX_VALUES })) return undefined;
  try {
    return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString());
  } catch {
    return undefined; // a body that is no JSON has no members, and a runtime of the function's own may answer with anything
  }
}
