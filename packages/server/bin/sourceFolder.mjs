// Where the sources of Hearth are kept without their types, for one version of Node.
import { createHash } from "node:crypto";
import { lstatSync } from "node:fs";
import { join, resolve } from "node:path";

export const ROOT = resolve(import.meta.dirname, "../../..");

/** Each user has a folder of its own: no process runs what another user has written, except root's. */
export function sourceFolder(uid) {
  return join(ROOT, ".hearth", "cache", "sources", `${process.version}-${uid}`);
}

/** A source is known by its content, so what the folder has of it is never outdated. */
export function sourceName(source) {
  return createHash("sha256").update(source).digest("hex").slice(0, 40);
}

/** Whether the folder exists and only `uid` can have written there. */
export function isWrittenBy(uid, folder) {
  const found = lstatSync(folder, { throwIfNoEntry: false });
  return found !== undefined && found.isDirectory() && found.uid === uid && (found.mode & 0o022) === 0;
}
