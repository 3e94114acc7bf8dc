import { fromBufferPromise, fromRandomAccessReaderPromise, type Entry, type ZipFile } from "yauzl";
import { FileSlices } from "./fileSlices.ts";
import { InvalidZip, malformed } from "./invalidZip.ts";
import type { ZipMember } from "./zipMember.ts";
import { nameOf, safePath } from "./zipNames.ts";
import { foldersOf, refuseLinksOutOfTree } from "./zipTree.ts";

export interface ZipContents {
  readonly members: readonly ZipMember[];
  /** Every folder, parents first, including folders without an entry of their own. */
  readonly folders: readonly string[];
  /** Sum of the sizes that the archive states. Unpacking counts the actual bytes. */
  readonly unpackedBytes: number;
}

/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html (deployment package, unzipped). */
export const UNPACKED_BYTES_LIMIT = 262_144_000;
const ENTRIES_LIMIT = 100_000;
/** Common tools write a few extra fields; 64 KB of them would become 16,000 objects. */
const EXTRA_FIELDS_LIMIT = 64;
const LINKS_LIMIT = 10_000;
const LINK_BYTES_LIMIT = 1024;
/** Upper bound of deflate's output for `LINK_BYTES_LIMIT` incompressible bytes. */
const COMPRESSED_LINK_BYTES_LIMIT = LINK_BYTES_LIMIT + 64;

/**
 * Makes the same checks as `unpack`, without unpacking: names, kinds, links, stated sizes. Rejects with `InvalidZip`. Only unpacking detects that a
 * stated size is false.
 */
export async function inspectZip(bytes: Uint8Array): Promise<ZipContents> {
  const zip = await opening(
    fromBufferPromise(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), { lazyEntries: true }),
  );
  return await readMembers(zip);
}

/** An archive on disk. */
export interface OpenZip {
  readonly zip: ZipFile;
  readonly slices: FileSlices;
}

/** Opens the archive at `path`; the caller closes `zip`. */
export async function openZip(path: string): Promise<OpenZip> {
  const slices = await FileSlices.open(path);
  try {
    const options = { lazyEntries: true, autoClose: false };
    return { zip: await opening(fromRandomAccessReaderPromise(slices, slices.sizeBytes, options)), slices };
  } catch (error) {
    await slices.file.close();
    throw error;
  }
}

async function opening(zip: Promise<ZipFile>): Promise<ZipFile> {
  return await zip.catch((cause: unknown) => {
    throw malformed(cause);
  });
}

/** Reads and checks all entries. */
export async function readMembers(zip: ZipFile): Promise<ZipContents> {
  if (zip.entryCount > ENTRIES_LIMIT) throw new InvalidZip(`more than ${ENTRIES_LIMIT} entries`);
  const members = new Map<string, ZipMember>();
  let unpackedBytes = 0;
  let links = 0;
  try {
    for await (const entry of zip.eachEntry()) {
      const member = await readMember(zip, entry);
      forgetDetails(entry);
      if (member === undefined) continue;
      unpackedBytes += entry.uncompressedSize;
      if (unpackedBytes > UNPACKED_BYTES_LIMIT)
        throw new InvalidZip(`unpacked it is larger than ${UNPACKED_BYTES_LIMIT} bytes`, "tooLarge");
      if (member.kind === "link" && ++links > LINKS_LIMIT) throw new InvalidZip(`more than ${LINKS_LIMIT} links`);
      const other = members.get(member.path);
      if (other && (other.kind !== member.kind || member.kind === "link"))
        throw new InvalidZip(`duplicate name: ${member.path}`);
      members.set(member.path, member); // when a name occurs twice, which some build tools write, the last entry counts, as in `unzip`
    }
  } catch (error) {
    throw malformed(error);
  }
  const folders = foldersOf(members);
  refuseLinksOutOfTree(members);
  return { members: [...members.values()], folders, unpackedBytes };
}

const NOTHING = Buffer.alloc(0);

/** Drops data that is no longer needed: extra fields and comments can have 64 KB each, times 100,000 entries. */
function forgetDetails(entry: Entry): void {
  entry.extraFields = [];
  entry.extraFieldRaw = entry.fileNameRaw = entry.fileCommentRaw = NOTHING;
  entry.comment = entry.fileComment = "";
}

const TYPE_MASK = 0o170000;
const REGULAR = 0o100000;
const DIRECTORY = 0o040000;
const LINK = 0o120000;

async function readMember(zip: ZipFile, entry: Entry): Promise<ZipMember | undefined> {
  if (entry.extraFields.length > EXTRA_FIELDS_LIMIT) throw new InvalidZip("an entry with too many extra fields");
  const name = nameOf(entry);
  const path = safePath(name);
  if (path === "") return undefined; // an entry for the root itself, such as `./`
  if (entry.isEncrypted()) throw new InvalidZip(`encrypted entry: ${path}`);
  if (entry.compressionMethod !== 0 && entry.compressionMethod !== 8)
    throw new InvalidZip(`unknown compression method ${entry.compressionMethod}: ${path}`);
  const mode = unixMode(entry);
  const type = mode & TYPE_MASK;
  if (name.endsWith("/")) {
    if (type !== 0 && type !== DIRECTORY) throw new InvalidZip(`a folder's name on something else: ${path}`);
    return { kind: "directory", path };
  }
  if (type === DIRECTORY) return { kind: "directory", path };
  if (type === LINK) return { kind: "link", path, target: await readLink(zip, entry, path) };
  if (type !== 0 && type !== REGULAR) throw new InvalidZip(`neither a file, a folder nor a link: ${path}`);
  return { kind: "file", path, executable: (mode & 0o111) !== 0, entry };
}

/** Only archives made on Unix (3) and macOS (19) contain a file mode. */
function unixMode(entry: Entry): number {
  const madeOn = entry.versionMadeBy >> 8;
  return madeOn === 3 || madeOn === 19 ? entry.externalFileAttributes >>> 16 : 0;
}

async function readLink(zip: ZipFile, entry: Entry, path: string): Promise<string> {
  if (entry.uncompressedSize > LINK_BYTES_LIMIT || entry.compressedSize > COMPRESSED_LINK_BYTES_LIMIT)
    throw new InvalidZip(`a link longer than ${LINK_BYTES_LIMIT} bytes: ${path}`);
  const chunks: Buffer[] = [];
  for await (const chunk of await zip.openReadStreamPromise(entry)) chunks.push(chunk as Buffer);
  const target = Buffer.concat(chunks).toString("utf8");
  if (target === "" || target.startsWith("/") || target.includes("\0") || target.includes("\uFFFD"))
    throw new InvalidZip(`a link out of the tree: ${path}`);
  return target;
}
