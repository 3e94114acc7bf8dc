import { chmodSync, mkdirSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { syncFolder } from "./durableFile.ts";

const GROUP_AND_OTHERS = 0o077;
const READ_AND_WRITE_OF_GROUP_AND_OTHERS = 0o066;
const STICKY = 0o1000;

/** Makes `path` a folder that only this process's user may enter. Does not change an existing folder of another user. */
export function makePrivateFolder(path: string): void {
  makeDurably(path);
  withdraw(path, GROUP_AND_OTHERS);
}

/**
 * Makes `path` a folder that other users cannot list or write to. Does not change whether others may pass through an existing folder, because a
 * server that runs as another user may need this. Does not change a folder that users share, such as /tmp, at all.
 */
export function makeUnlistedFolder(path: string): void {
  makeDurably(path);
  withdraw(path, READ_AND_WRITE_OF_GROUP_AND_OTHERS);
}

/** A power cut does not lose the folder, and so not what is written into it. */
function makeDurably(path: string): void {
  const first = mkdirSync(path, { recursive: true, mode: 0o700 });
  if (first === undefined) return;
  for (let made = resolve(path); made.length >= resolve(first).length; made = dirname(made)) syncFolder(dirname(made));
}

function withdraw(path: string, bits: number): void {
  const { mode, uid } = statSync(path);
  if (uid === process.getuid?.() && (mode & bits) !== 0 && (mode & STICKY) === 0)
    chmodSync(path, mode & 0o7777 & ~bits);
}
