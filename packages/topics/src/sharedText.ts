import { createHash } from "node:crypto";
import type { SharedText } from "@hearth/model";

/** A text that several messages of a publication begin with. Each chunk of a fan-out makes it anew, with the same id. */
export function sharedText(messageId: string, text: string): SharedText {
  const hex = createHash("sha256").update(messageId).update(text).digest("hex");
  const id = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join("-");
  return { id, text, byteLength: Buffer.byteLength(text) };
}
