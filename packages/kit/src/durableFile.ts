import { closeSync, fsyncSync, linkSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { errorCode } from "./errorCode.ts";
import { systemRandom } from "./random.ts";

export interface DurableFileOptions {
  readonly mode: number;
  /** Leaves a file that is there already as it is. */
  readonly keepExisting?: boolean;
}

/**
 * Writes a small file as a whole: readers see it complete or not at all, and after this returns a power cut does not lose it. The file is made new, so
 * that nothing is written through a link.
 */
export function writeDurableFile(path: string, text: string, { mode, keepExisting = false }: DurableFileOptions): void {
  const draft = `${path}.${systemRandom.hex(4)}.new`;
  try {
    const file = openSync(draft, "wx", mode);
    try {
      writeSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    if (keepExisting) linkUnlessThere(draft, path);
    else renameSync(draft, path);
    syncFolder(dirname(path));
  } finally {
    rmSync(draft, { force: true });
  }
}

/**
 * Makes the names in a folder survive a power cut: those of files that were made, renamed or removed. Does nothing for a folder that this process may not
 * read: such a folder cannot be synced alone.
 */
export function syncFolder(path: string): void {
  let folder: number;
  try {
    folder = openSync(path, "r");
  } catch (error) {
    if (errorCode(error) === "EACCES") return;
    throw error;
  }
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

function linkUnlessThere(draft: string, path: string): void {
  try {
    linkSync(draft, path);
  } catch (error) {
    if (errorCode(error) !== "EEXIST") throw error;
  }
}
