import { fromBufferPromise, openPromise, type Entry, type ZipFile } from "yauzl";

/** An archive that will not be unpacked. `kind` tells a broken or hostile one from one that is merely too large. */
export class InvalidZip extends Error {
  readonly kind: "malformed" | "tooLarge";
  constructor(message: string, kind: "malformed" | "tooLarge" = "malformed", options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}

/** Something to be made in the tree; `path` is relative, with `/`, without `.` and `..`, and unique. */
export type ZipMember =
  | { readonly kind: "directory"; readonly path: string }
  | { readonly kind: "file"; readonly path: string; readonly executable: boolean; readonly entry: Entry }
  | { readonly kind: "link"; readonly path: string; readonly target: string };

export interface ZipContents {
  readonly members: readonly ZipMember[];
  /** Sum of the sizes that the archive claims. Unpacking counts the real bytes. */
  readonly unpackedBytes: number;
}

/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html (deployment package, unzipped). */
export const UNPACKED_BYTES_LIMIT = 262_144_000;
const ENTRIES_LIMIT = 100_000;
const PATH_BYTES_LIMIT = 1024;
const NAME_BYTES_LIMIT = 255;
const LINK_BYTES_LIMIT = 1024;
const LINK_HOPS_LIMIT = 40;

/**
 * Checks an archive as `unpack` will, without unpacking it: names, kinds, links, claimed sizes. Rejects with `InvalidZip`.
 * A claim that turns out false is found when it is unpacked.
 */
export async function inspectZip(bytes: Uint8Array): Promise<ZipContents> {
  const zip = await opening(
    fromBufferPromise(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), { lazyEntries: true }),
  );
  return await readMembers(zip);
}

/** Opens the archive at `path`; the caller closes it. */
export async function openZip(path: string): Promise<ZipFile> {
  return await opening(openPromise(path, { lazyEntries: true, autoClose: false }));
}

async function opening(zip: Promise<ZipFile>): Promise<ZipFile> {
  return await zip.catch((cause: unknown) => {
    throw malformed(cause);
  });
}

export function malformed(cause: unknown): InvalidZip {
  if (cause instanceof InvalidZip) return cause;
  return new InvalidZip(cause instanceof Error ? cause.message : String(cause), "malformed", { cause });
}

/** Reads and checks all entries. */
export async function readMembers(zip: ZipFile): Promise<ZipContents> {
  if (zip.entryCount > ENTRIES_LIMIT) throw new InvalidZip(`more than ${ENTRIES_LIMIT} entries`);
  const members = new Map<string, ZipMember>();
  let unpackedBytes = 0;
  try {
    for await (const entry of zip.eachEntry()) {
      const member = await readMember(zip, entry);
      if (member === undefined) continue;
      unpackedBytes += entry.uncompressedSize;
      if (unpackedBytes > UNPACKED_BYTES_LIMIT)
        throw new InvalidZip(`unpacked it is larger than ${UNPACKED_BYTES_LIMIT} bytes`, "tooLarge");
      const other = members.get(member.path);
      if (other && !(other.kind === "directory" && member.kind === "directory"))
        throw new InvalidZip(`duplicate name: ${member.path}`);
      members.set(member.path, member);
    }
  } catch (error) {
    throw malformed(error);
  }
  refuseChildrenOfNonDirectories(members);
  refuseLinksOutOfTree(members);
  return { members: [...members.values()], unpackedBytes };
}

const TYPE_MASK = 0o170000;
const REGULAR = 0o100000;
const DIRECTORY = 0o040000;
const LINK = 0o120000;

async function readMember(zip: ZipFile, entry: Entry): Promise<ZipMember | undefined> {
  const path = safePath(entry.fileName);
  if (path === "") return undefined; // an entry for the root itself, such as `./`
  if (entry.isEncrypted()) throw new InvalidZip(`encrypted entry: ${path}`);
  if (entry.compressionMethod !== 0 && entry.compressionMethod !== 8)
    throw new InvalidZip(`unknown compression method ${entry.compressionMethod}: ${path}`);
  const mode = unixMode(entry);
  const type = mode & TYPE_MASK;
  if (entry.fileName.endsWith("/")) {
    if (type !== 0 && type !== DIRECTORY) throw new InvalidZip(`a folder's name on something else: ${path}`);
    return { kind: "directory", path };
  }
  if (type === DIRECTORY) return { kind: "directory", path };
  if (type === LINK) return { kind: "link", path, target: await readLink(zip, entry, path) };
  if (type !== 0 && type !== REGULAR) throw new InvalidZip(`neither a file, a folder nor a link: ${path}`);
  return { kind: "file", path, executable: (mode & 0o111) !== 0, entry };
}

/** Only archives made on Unix (3) and macOS (19) carry a mode. */
function unixMode(entry: Entry): number {
  const madeOn = entry.versionMadeBy >> 8;
  return madeOn === 3 || madeOn === 19 ? entry.externalFileAttributes >>> 16 : 0;
}

/** yauzl has refused absolute names, `..` and drive letters already; the rule is so important that it stands here too. */
function safePath(name: string): string {
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

async function readLink(zip: ZipFile, entry: Entry, path: string): Promise<string> {
  if (entry.uncompressedSize > LINK_BYTES_LIMIT)
    throw new InvalidZip(`a link longer than ${LINK_BYTES_LIMIT} bytes: ${path}`);
  const chunks: Buffer[] = [];
  for await (const chunk of await zip.openReadStreamPromise(entry)) chunks.push(chunk as Buffer);
  const target = Buffer.concat(chunks).toString("utf8");
  if (target === "" || target.startsWith("/") || target.includes("\0") || target.includes("\uFFFD"))
    throw new InvalidZip(`a link out of the tree: ${path}`);
  return target;
}

function refuseChildrenOfNonDirectories(members: ReadonlyMap<string, ZipMember>): void {
  for (const path of members.keys()) {
    for (let slash = path.lastIndexOf("/"); slash > 0; slash = path.lastIndexOf("/", slash - 1)) {
      const parent = members.get(path.slice(0, slash));
      if (parent && parent.kind !== "directory") throw new InvalidZip(`${path} lies in something that is not a folder`);
    }
  }
}

/** Follows each link as the kernel would, links on the way included: what a link's text says is not enough. */
function refuseLinksOutOfTree(members: ReadonlyMap<string, ZipMember>): void {
  for (const member of members.values()) {
    if (member.kind !== "link") continue;
    const pending = [...folderOf(member.path), ...member.target.split("/")].reverse();
    const at: string[] = [];
    for (let hops = 0; pending.length > 0;) {
      const part = pending.pop();
      if (part === undefined || part === "" || part === ".") continue;
      if (part === "..") {
        if (at.pop() === undefined) throw new InvalidZip(`a link out of the tree: ${member.path}`);
        continue;
      }
      const next = members.get([...at, part].join("/"));
      if (next?.kind !== "link") {
        at.push(part);
        continue;
      }
      if (++hops > LINK_HOPS_LIMIT) throw new InvalidZip(`a link that leads to itself: ${member.path}`);
      pending.push(...next.target.split("/").reverse());
    }
  }
}

function folderOf(path: string): readonly string[] {
  return path.split("/").slice(0, -1);
}
