import { randomUUID } from "node:crypto";
import { closeSync, fsyncSync, mkdirSync, openSync, rmSync, statfsSync, statSync, writeSync } from "node:fs";
import { dirname, join, parse } from "node:path";
import type { Logger } from "@hearth/kit";
import { StartError } from "./startError.ts";

/** Types of file systems (Linux `statfs`) that hold no files of users: proc, sysfs, both cgroups, debugfs, tracefs, securityfs, devpts, bpf. */
const PSEUDO = new Set([
  0x9fa0, 0x62656572, 0x27e0eb, 0x63677270, 0x64626720, 0x74726163, 0x73636673, 0x1cd1, 0xcafe4a11,
]);
/** NFS, SMB, SMB 2, CIFS, Ceph, AFS, 9p. */
const OF_THE_NETWORK = new Set([0x6969, 0x517b, 0xfe534d42, 0xff534d42, 0xc36400, 0x5346414f, 0x01021997]);
const PROBE_BYTES = 4096;
const ELSEWHERE = "set HEARTH_DATA to another folder";

/**
 * Makes the data directory and proves that files can be written in it. Throws a StartError that says in one line what is wrong with it and what to do. A data
 * directory on a network file system is reported as a warning.
 */
export function checkDataDirectory(path: string, logger: Pick<Logger, "warn">): void {
  const { above, missing } = split(path);
  const { type } = statfsSync(above);
  // Node's recursive mkdir never ends below /proc.
  if (PSEUDO.has(type)) {
    throw new StartError(
      `HEARTH_DATA=${path} lies below ${above}, where the kernel shows its own state: ${ELSEWHERE}.`,
    );
  }
  for (const folder of missing) makeFolder(path, folder);
  attempt(path, path, () => writeProbe(path));
  if (OF_THE_NETWORK.has(type)) {
    logger.warn(
      `HEARTH_DATA=${path} lies on a network file system, where locks and the embedded PostgreSQL may lose data: a local disk is better`,
    );
  }
}

function makeFolder(path: string, folder: string): void {
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EACCES") throw dataDirectoryError(error, path, folder) ?? error;
    throw new StartError(
      `HEARTH_DATA=${path} cannot be used: ${userName()} may not make ${folder}. Make it as root and give it to that user (mkdir, chown), or ${ELSEWHERE}.`,
    );
  }
}

/** The nearest folder above `path`, or `path` itself, that exists, and the folders that are missing below it, outermost first. */
function split(path: string): { readonly above: string; readonly missing: readonly string[] } {
  const missing: string[] = [];
  for (let at = path; ; at = dirname(at)) {
    const found = attempt(path, at, () => statSync(at, { throwIfNoEntry: false }));
    if (found?.isDirectory()) return { above: at, missing };
    if (found)
      throw new StartError(`HEARTH_DATA=${path} cannot be used: ${at} is not a folder. Remove it, or ${ELSEWHERE}.`);
    if (at === parse(at).root) throw new StartError(`HEARTH_DATA=${path} cannot be used: ${at} does not exist.`);
    missing.unshift(at);
  }
}

/** On a full disk the file can be made, and its bytes cannot be written. */
function writeProbe(folder: string): void {
  // Processes in containers of their own may have the same pid and the same folder.
  const probe = join(folder, `.write-probe-${randomUUID()}`);
  const file = openSync(probe, "wx", 0o600);
  try {
    writeSync(file, Buffer.alloc(PROBE_BYTES, "x"));
    fsyncSync(file);
  } finally {
    closeSync(file);
    rmSync(probe, { force: true });
  }
}

function attempt<T>(path: string, at: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw dataDirectoryError(error, path, at) ?? error;
  }
}

/** What a StartError says about an error of the file system in the data directory `path`; `undefined` for an error that no setting of the user causes. */
export function dataDirectoryError(error: unknown, path: string, at: string): StartError | undefined {
  const reason = reasonOf((error as NodeJS.ErrnoException).code, at);
  return reason === undefined ? undefined : new StartError(`HEARTH_DATA=${path} cannot be used: ${reason}`);
}

function reasonOf(code: string | undefined, at: string): string | undefined {
  switch (code) {
    case "EACCES":
    case "EPERM":
      return `${userName()} may not use ${at}${ownerOf(at)}. Give the folder to that user (chown), start Hearth as its owner, or ${ELSEWHERE}.`;
    case "EROFS":
      return `${at} is on a file system that is mounted read-only. Mount it writable, or ${ELSEWHERE}.`;
    case "ENOSPC":
      return `there is no space left on the disk of ${at}. Make room there, or ${ELSEWHERE}.`;
    case "EDQUOT":
      return `the disk quota of ${userName()} is used up at ${at}. Make room there, or ${ELSEWHERE}.`;
    case "ENOTDIR":
      return `a part of ${at} is not a folder. Remove it, or ${ELSEWHERE}.`;
    case "EEXIST":
    case "ENOENT":
      return `the folder ${at} cannot be made there. Is a part of it a link to nowhere? Otherwise ${ELSEWHERE}.`;
    case "ELOOP":
      return `${at} leads through links that lead to each other: ${ELSEWHERE}.`;
    case "ENAMETOOLONG":
      return `${at} is longer than the file system takes: ${ELSEWHERE}.`;
    case "EIO":
    case "ESTALE":
      return `the disk of ${at} does not answer as it should (${code}). Repair it, or ${ELSEWHERE}.`;
    default:
      return undefined;
  }
}

function userName(): string {
  return `this user (uid ${process.getuid?.() ?? "unknown"})`;
}

function ownerOf(at: string): string {
  try {
    return `, which belongs to uid ${statSync(at).uid}`;
  } catch {
    return ""; // this user may not even look at it
  }
}
