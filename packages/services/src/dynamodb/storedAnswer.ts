import { Reply } from "@hearth/wire";

const HEADERS = { "Content-Type": "application/x-amz-json-1.0" };

/** An answer with items in the text in which they are stored, which is that in which they travel. */
export function storedAnswer(json: string): Reply {
  return new Reply(200, HEADERS, json);
}
