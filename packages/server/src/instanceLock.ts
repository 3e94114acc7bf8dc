import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeUnlistedFolder, tryLockFile } from "@hearth/kit";
import { StartError } from "./startError.ts";

/**
 * Makes this process the only one that plays `role` on the data directory, until disposed or dead, however it dies.
 * Throws a StartError naming the process that does already.
 */
export function lockInstance(dataDirectory: string, role: string): Disposable {
  makeUnlistedFolder(dataDirectory);
  const path = join(dataDirectory, `${role}.lock`);
  const owner = `${path}.pid`;
  const lock = tryLockFile(path);
  if (!lock) {
    throw new StartError(
      `Another Hearth (pid ${readOwner(owner)}) uses ${dataDirectory}. ` +
        "Stop it first, or start this one with a HEARTH_DATA and HEARTH_LISTEN of its own.",
    );
  }
  writeFileSync(owner, `${process.pid}\n`);
  return lock;
}

function readOwner(path: string): string {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return "unknown"; // its owner is just writing it
  }
}
