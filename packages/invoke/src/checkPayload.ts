import { isUtf8 } from "node:buffer";
import { InvalidRequestContentException, RequestTooLargeException } from "@hearth/model";
import { jsonFault } from "./jsonFault.ts";

/** Larger payloads are not parsed: it would cost more than the rest of the call. Only their first and last characters are checked. */
const PARSED_BYTES = 256 * 1024;
const EMPTY_OBJECT = Buffer.from("{}");

/**
 * The payload as the function gets it: an empty one becomes `{}`. Throws RequestTooLargeException and InvalidRequestContentException. Whether all of a payload
 * above 256 KB is JSON is checked by the function's runtime.
 */
export function checkPayload(
  payload: Uint8Array,
  limitBytes: number,
  invocationType: "RequestResponse" | "Event",
): Uint8Array {
  const size = payload.byteLength;
  if (size === 0) return EMPTY_OBJECT;
  if (size > limitBytes) {
    throw new RequestTooLargeException(
      `${size} byte payload is too large for the ${invocationType} invocation type (limit ${limitBytes} bytes)`,
    );
  }
  if (!isUtf8(payload)) throw notJson(jsonFault(payload, PARSED_BYTES) ?? "Invalid UTF-8");
  if (size > PARSED_BYTES) {
    if (!looksLikeJson(payload)) throw notJson(jsonFault(payload, PARSED_BYTES) ?? "Unexpected character");
    return payload;
  }
  try {
    // Read as Latin-1, which is quicker: text is JSON in both encodings or in none.
    JSON.parse(Buffer.from(payload.buffer, payload.byteOffset, size).toString("latin1"));
  } catch (error) {
    throw notJson(jsonFault(payload) ?? (error as SyntaxError).message);
  }
  return payload;
}

function notJson(reason: string): InvalidRequestContentException {
  return new InvalidRequestContentException(
    `Could not parse request body into json: Could not parse payload into json: ${reason}`,
  );
}

/** The first and last characters that are not white space belong together. */
function looksLikeJson(payload: Uint8Array): boolean {
  const first = payload.find((byte) => byte > 0x20);
  const last = payload.findLast((byte) => byte > 0x20);
  if (first === 0x7b) return last === 0x7d;
  if (first === 0x5b) return last === 0x5d;
  if (first === 0x22) return last === 0x22;
  return first !== undefined && first >= 0x2d && first <= 0x39;
}
