import { closeSync, constants, lstatSync, openSync, readFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { makeUnlistedFolder, tryLockFile } from "@hearth/kit";
import { StartError } from "./startError.ts";

/** Root may write it in a folder of another user, who could have put a link there. */
const NOT_THROUGH_A_LINK = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW;

/**
 * Makes this process the only one that plays `role` on the data directory, until it is disposed or dies in any way.
 * Throws a StartError that names the process that already does.
 */
export function lockInstance(dataDirectory: string, role: string): Disposable {
  makeUnlistedFolder(dataDirectory);
  const path = join(dataDirectory, `${role}.lock`);
  const owner = `${path}.pid`;
  if (lstatSync(path, { throwIfNoEntry: false })?.isFile() === false) {
    throw new StartError(`${path} is not a file, and not of Hearth's making: remove it.`);
  }
  const lock = tryLockFile(path);
  if (!lock) {
    throw new StartError(
      `Another Hearth (pid ${readOwner(owner)}) uses ${dataDirectory}. ` +
        "Stop it first, or start this one with a HEARTH_DATA and HEARTH_LISTEN of its own.",
    );
  }
  const file = openSync(owner, NOT_THROUGH_A_LINK, 0o644);
  writeSync(file, `${process.pid}\n`);
  closeSync(file);
  return lock;
}

function readOwner(path: string): string {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return "unknown"; // its owner is writing it at this moment
  }
}
