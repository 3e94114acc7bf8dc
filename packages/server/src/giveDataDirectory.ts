import { execFile } from "node:child_process";
import { chmodSync, chownSync, closeSync, lchownSync, lstatSync, mkdirSync, openSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { writeDurableFile } from "@hearth/kit";
import { knownServiceUser, type ServiceUser, USER_FILE } from "./serviceUser.ts";
import { StartError } from "./startError.ts";

const run = promisify(execFile);

/** What control, events and invoker write in a data directory. */
const OF_SERVICES =
  /^(blobs|objects|unpacked|journal|postgres|invoker-id|kinds-in-use\.json|master-key|master-key\..*|\.backup-.*)$/;
/** What the launcher writes there: root trusts it. */
const FOLDERS_OF_LAUNCHER = ["s", "images", "interpreter", "cache"];
const FILES_OF_LAUNCHER = ["installation-id", "launcher.lock", "launcher.lock.pid"];
/** Written by root before it is given up, and by the service user when that starts Hearth itself. */
const LOCKS = ["all.lock", "all.lock.pid"];
/** Sticky, and the group may write: the service user makes files of its own there, and can neither replace nor remove what is root's. */
const SHARED_MODE = 0o1770;
const ROOT: ServiceUser = { uid: 0, gid: 0 };

/**
 * Gives what control, events and invoker write to `user`, and makes what the launcher writes root's. A directory that belongs to a user already stays
 * that user's. Can be interrupted and repeated: a folder changes its owner after all that is in it. Symbolic links
 * are not followed, also when someone else changes the tree meanwhile (`chown -R` opens each folder relative to the one above).
 */
export async function giveDataDirectory(dataDirectory: string, user: ServiceUser): Promise<void> {
  const isOfUser = lstatSync(dataDirectory).uid !== 0;
  for (const name of readdirSync(dataDirectory)) {
    if (OF_SERVICES.test(name)) await give(join(dataDirectory, name), user);
  }
  if (isOfUser) return;
  for (const name of [...FOLDERS_OF_LAUNCHER, ...FILES_OF_LAUNCHER]) await takeBack(join(dataDirectory, name));
  // They are there before the other user can put anything in their places.
  for (const name of FOLDERS_OF_LAUNCHER) mkdirSync(join(dataDirectory, name), { recursive: true, mode: 0o755 });
  for (const name of ["launcher.lock", "launcher.lock.pid"]) closeSync(openSync(join(dataDirectory, name), "a", 0o600));
  for (const name of LOCKS) shareLock(join(dataDirectory, name), user);
  const known = knownServiceUser(dataDirectory);
  if (known?.uid !== user.uid || known.gid !== user.gid) remember(dataDirectory, user);
  chownSync(dataDirectory, 0, user.gid);
  chmodSync(dataDirectory, SHARED_MODE);
}

/**
 * Makes a lock root's own: the kernel may refuse root to open another user's file in such a directory for writing. The file is not opened, because
 * this process holds the lock, and the kernel releases a process's lock when it closes any descriptor of the file.
 */
function shareLock(path: string, user: ServiceUser): void {
  if (!lstatSync(path, { throwIfNoEntry: false })) return;
  lchownSync(path, 0, user.gid);
  // From here on no other user can replace it: the directory is root's, and sticky when others may write there.
  if (!lstatSync(path).isFile()) throw new StartError(`${path} is not a file: remove it.`);
  chmodSync(path, 0o660);
}

/** Makes `path` root's. Throws when another user has put a link there. */
async function takeBack(path: string): Promise<void> {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (!found || found.uid === 0) return;
  if (found.isSymbolicLink()) throw new StartError(`${path} is a link that does not belong to root: remove it.`);
  await give(path, ROOT);
}

async function give(path: string, { uid, gid }: ServiceUser): Promise<void> {
  if (lstatSync(path).uid === uid) return;
  await run("chown", ["-RhP", "--", `${uid}:${gid}`, path]);
}

function remember(dataDirectory: string, { uid, gid }: ServiceUser): void {
  writeDurableFile(join(dataDirectory, USER_FILE), `${uid}:${gid}\n`, { mode: 0o644 });
}
