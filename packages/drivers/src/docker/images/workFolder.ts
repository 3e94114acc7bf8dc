import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type Random, tryLockFile } from "@hearth/kit";

/** A folder for the unfinished files of one process. Disposal removes it. */
export interface WorkFolder extends Disposable {
  readonly path: string;
}

/** Makes a folder below `parent`, and removes those whose process was killed: each is locked as long as its process lives. */
export function openWorkFolder(parent: string, random: Random): WorkFolder {
  mkdirSync(parent, { recursive: true });
  removeAbandoned(parent);
  const path = join(parent, random.hex(8));
  const lock = tryLockFile(lockOf(path));
  if (!lock) throw new Error(`another process uses ${path}`);
  mkdirSync(path);
  return {
    path,
    [Symbol.dispose]() {
      remove(path);
      lock[Symbol.dispose]();
    },
  };
}

/** Looks at folders only: a lock file without its folder may be of a process that is just taking it. */
function removeAbandoned(parent: string): void {
  for (const entry of readdirSync(parent, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    const path = join(parent, entry.name);
    using lock = tryLockFile(lockOf(path));
    if (lock) remove(path);
  }
}

function lockOf(path: string): string {
  return `${path}.lock`;
}

/** Only while its lock is held. Its name is never used again, so the lock file can go too. */
function remove(path: string): void {
  rmSync(path, { recursive: true, force: true });
  rmSync(lockOf(path), { force: true });
}
