import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeUnlistedFolder, tryLockFile } from "@hearth/kit";
import { StartError } from "./startError.ts";

/**
 * Makes this process the only one that plays `role` on the data directory, until it is disposed or dies in any way.
 * Throws a StartError that names the process that already does.
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
    return "unknown"; // its owner is writing it at this moment
  }
}
