import {
  copyFileSync,
  constants,
  type Dirent,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { join } from "node:path";

/** Entries that are placed before the event loop gets a turn. */
const ENTRIES_PER_TURN = 500;
/** Hard links are impossible between file systems, to a file with 65,000 links, or to another user's file where the kernel protects those. */
const COPY_INSTEAD = new Set(["EXDEV", "EMLINK", "EPERM"]);

export interface PlaceOptions {
  readonly how: "link" | "copy";
}

/**
 * Makes the tree below `from` appear in the existing folder `into`, replacing existing entries: files as hard links or copies, symbolic links
 * as they are, never followed. Rejects for anything else, and for files that another user than the tree's owner put there.
 */
export async function placeTree(from: string, into: string, { how }: PlaceOptions): Promise<void> {
  const root = lstatSync(from);
  if (!root.isDirectory()) throw new Error(`${from} is not a folder`);
  const folders: [from: string, into: string][] = [[from, into]];
  let entries = 0;
  for (let next = folders.pop(); next; next = folders.pop()) {
    const [source, target] = next;
    for (const entry of readdirSync(source, { withFileTypes: true })) {
      const sourcePath = join(source, entry.name);
      const targetPath = join(target, entry.name);
      if (entry.isDirectory()) {
        makeFolder(targetPath);
        folders.push([sourcePath, targetPath]);
      } else placeEntry(entry, sourcePath, targetPath, how, root.uid);
      if (++entries % ENTRIES_PER_TURN === 0) await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

function makeFolder(path: string): void {
  try {
    mkdirSync(path, { mode: 0o755 });
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw error;
    if (lstatSync(path).isDirectory()) return;
    rmSync(path, { force: true });
    mkdirSync(path, { mode: 0o755 });
  }
}

function placeEntry(entry: Dirent, from: string, to: string, how: "link" | "copy", owner: number): void {
  const place = (): void => {
    if (entry.isSymbolicLink()) symlinkSync(readlinkSync(from), to);
    else if (entry.isFile()) placeFile(from, to, how, owner);
    else throw new Error(`${from} is neither a file, a folder nor a link`);
  };
  try {
    place();
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw error;
    rmSync(to, { recursive: true, force: true });
    place();
  }
}

function placeFile(from: string, to: string, how: "link" | "copy", owner: number): void {
  if (how === "link") {
    try {
      linkSync(from, to);
      const placed = lstatSync(to);
      if (placed.uid === owner && placed.isFile()) return;
      rmSync(to);
      throw new Error(`${from} does not belong to the owner of its tree`);
    } catch (error) {
      if (!COPY_INSTEAD.has(codeOf(error))) throw error;
    }
  }
  const source = lstatSync(from);
  if (!source.isFile() || source.uid !== owner) throw new Error(`${from} does not belong to the owner of its tree`);
  copyFileSync(from, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? "";
}
