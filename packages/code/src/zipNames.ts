import { isUtf8 } from "node:buffer";
import type { Entry } from "yauzl";
import { InvalidZip } from "./invalidZip.ts";

const PATH_BYTES_LIMIT = 1024;
const NAME_BYTES_LIMIT = 255;
const UTF8_FLAG = 0x800;
/** Info-ZIP's Unicode Path extra field, which contains the name in UTF-8. */
const UNICODE_PATH = 0x7075;

/**
 * An entry's name, with `/` between folders. When the archive does not state the encoding, the name is read as UTF-8 if it is valid UTF-8, as macOS
 * and Unix write it; otherwise as code page 437, the default of the zip format.
 */
export function nameOf(entry: Entry): string {
  const said =
    (entry.generalPurposeBitFlag & UTF8_FLAG) !== 0 || entry.extraFields.some(({ id }) => id === UNICODE_PATH);
  const raw = entry.fileNameRaw;
  if (said || raw.every((byte) => byte < 0x80) || !isUtf8(raw)) return entry.fileName;
  return raw.toString("utf8").replaceAll("\\", "/");
}

/**
 * `name` without `.` and doubled slashes. Throws for names that leave the tree or are not valid. yauzl already refuses absolute names, `..` and
 * drive letters; the check is repeated here because it is critical for security.
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
