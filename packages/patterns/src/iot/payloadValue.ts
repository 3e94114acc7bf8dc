import type { SqlValue } from "./sqlValue.ts";

/** Deeper JSON is handled as bytes, so that no function that descends into it can run out of stack. */
const MAX_DEPTH = 64;
const utf8 = new TextDecoder("utf-8", { fatal: true });

/** The JSON of a payload, or its bytes where it is not JSON. */
export function payloadValue(bytes: Uint8Array): SqlValue {
  try {
    const text = utf8.decode(bytes);
    if (!isShallow(text)) return bytes;
    return JSON.parse(text) as SqlValue;
  } catch {
    return bytes;
  }
}

/** Counts brackets outside of texts. */
function isShallow(text: string): boolean {
  let depth = 0;
  let isText = false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (isText) {
      if (code === 0x5c) at++;
      else if (code === 0x22) isText = false;
    } else if (code === 0x22) isText = true;
    else if (code === 0x5b || code === 0x7b) {
      if (++depth > MAX_DEPTH) return false;
    } else if (code === 0x5d || code === 0x7d) depth--;
  }
  return true;
}
