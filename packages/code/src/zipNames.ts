import { isUtf8 } from "node:buffer";
import type { Entry } from "yauzl";
import { InvalidZip } from "./invalidZip.ts";

const PATH_BYTES_LIMIT = 1024;
const NAME_BYTES_LIMIT = 255;
const UTF8_FLAG = 0x800;
/** Info-ZIP's Unicode path: a field that says what the name is in UTF-8. */
const UNICODE_PATH = 0x7075;

/**
 * An entry's name with `/` between folders. Names whose archive does not say what they are encoded in are UTF-8 where they can be, as macOS and Unix write
 * them, else code page 437, as the format has it.
 */
export function nameOf(entry: Entry): string {
  const said =
    (entry.generalPurposeBitFlag & UTF8_FLAG) !== 0 || entry.extraFields.some(({ id }) => id === UNICODE_PATH);
  const raw = entry.fileNameRaw;
  if (said || raw.every((byte) => byte < 0x80) || !isUtf8(raw)) return entry.fileName;
  return raw.toString("utf8").replaceAll("\\", "/");
}

/**
 * `name` without `.` and doubled slashes. Rejects what leaves the tree or cannot be a name: yauzl has refused absolute names, `..` and drive letters already;
 * the rule is so important that it stands here too.
 */
export function safePath(name: string): string {
  if (name.startsWith("/") || name.includes("\\")) throw new InvalidZip(`absolute name: ${name}`);
  if (name.includes("\0") || name.includes("\uFFFD"))
    throw new InvalidZip(`a name that is not text: ${JSON.stringify(name)}`);
  if (Buffer.byteLength(name) > PATH_BYTES_LIMIT) throw new InvalidZip(`a name longer than ${PATH_BYTES_LIMIT} bytes`);
  const parts = name.split("/").filter((part) => part !== "" && part !== ".");
  for (const part of parts) {
    if (part === "..") throw new InvalidZip(`a name that leaves its folder: ${name}`);
    if (Buffer.byteLength(part) > NAME_BYTES_LIMIT)
      throw new InvalidZip(`a name longer than ${NAME_BYTES_LIMIT} bytes`);
  }
  return parts.join("/");
}
