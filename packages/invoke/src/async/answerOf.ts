import { createHash } from "node:crypto";
import type { EventAnswer } from "@hearth/store";

const KEPT_BYTES = 256;

/** What is kept of the answer of an event that has succeeded, so that it can be compared with that of a replay: its beginning, and a digest of a longer one. */
export function answerOf(payload: Uint8Array): EventAnswer {
  const bytes = payload.byteLength;
  const text = Buffer.from(payload.buffer, payload.byteOffset, Math.min(bytes, KEPT_BYTES)).toString("utf8");
  return { bytes, text, ...(bytes > KEPT_BYTES && { sha256: createHash("sha256").update(payload).digest("hex") }) };
}
