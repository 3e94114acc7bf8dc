import { accessSync, constants, existsSync, statSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Config } from "../config.ts";
import { MasterKeyFile } from "../masterKeyFile.ts";
import { BYTES_PER_MB } from "../openStores.ts";
import { fail, type Finding, messageOf, ok, warn } from "./finding.ts";

const WRITABLE_BY_ALL = 0o002;
const READABLE_BY_ALL = 0o004;
const STICKY = 0o1000;
const FOLDER = "data directory";
const DISK = "free disk";
const KEY = "master key";
/** Images of runtimes, code and PostgreSQL need a few gigabytes. */
const COMFORTABLE_BYTES = 5_000_000_000;

/** The data directory as it is: nothing is made in it. */
export async function dataDirectoryFindings(config: Config): Promise<readonly Finding[]> {
  const { HEARTH_DATA: path } = config;
  try {
    const there = existing(path);
    return [folderFinding(path, there), await diskFinding(config, there), ...keyFinding(config)];
  } catch (error) {
    return [
      fail(
        FOLDER,
        `${path} cannot be looked at: ${messageOf(error)}`,
        "give it to this user, or set HEARTH_DATA to another folder",
      ),
    ];
  }
}

function existing(path: string): string {
  let at = path;
  while (!existsSync(at) && dirname(at) !== at) at = dirname(at);
  return at;
}

function folderFinding(path: string, there: string): Finding {
  const { uid, mode } = statSync(there);
  const isFolder = statSync(there).isDirectory();
  if (!isFolder) return fail(FOLDER, `${there} is not a folder`, "remove it, or set HEARTH_DATA to another folder");
  try {
    accessSync(there, constants.W_OK | constants.X_OK);
  } catch {
    return fail(
      FOLDER,
      `this user (uid ${process.getuid?.() ?? "unknown"}) may not write in ${there}, which belongs to uid ${uid}`,
      "start Hearth as its owner, or give it to this user (chown)",
    );
  }
  if (there !== path) return ok(FOLDER, `${path} will be made by the first start`);
  if ((mode & WRITABLE_BY_ALL) !== 0 || ((mode & READABLE_BY_ALL) !== 0 && (mode & STICKY) === 0 && holdsData(path))) {
    return warn(
      FOLDER,
      `${path} (uid ${uid}, mode ${octal(mode)}) is open to every user of this machine`,
      `chmod o-rwx ${path}`,
    );
  }
  return ok(FOLDER, `${path}, uid ${uid}, mode ${octal(mode)}`);
}

function holdsData(path: string): boolean {
  return existsSync(join(path, "blobs"));
}

async function diskFinding({ HEARTH_MIN_FREE_DISK_MB: minFreeMb }: Config, there: string): Promise<Finding> {
  const { bavail, bsize, ffree, files } = await statfs(there);
  const freeBytes = bavail * bsize;
  const free = `${(freeBytes / 1e9).toFixed(1)} GB in ${there}`;
  if (freeBytes < minFreeMb * BYTES_PER_MB) {
    return fail(
      DISK,
      `${free}, less than HEARTH_MIN_FREE_DISK_MB=${minFreeMb}: new code and events would be refused`,
      "make room",
    );
  }
  if (files > 0 && ffree < files / 100)
    return fail(DISK, `${free}, but less than 1 % of the inodes`, "remove small files");
  if (freeBytes < COMFORTABLE_BYTES) return warn(DISK, free, "make room: images, code and logs need a few GB");
  return ok(DISK, free);
}

function keyFinding({ HEARTH_MASTER_KEY: given, HEARTH_DATA: path }: Config): readonly Finding[] {
  if (given) return [ok(KEY, "from HEARTH_MASTER_KEY")];
  try {
    const keys = new MasterKeyFile(path).read();
    if (keys) return [ok(KEY, `in ${path}/master-key, for its owner alone; back it up apart from the database`)];
    return existsSync(join(path, "postgres", "data"))
      ? [
          fail(
            KEY,
            `${path}/master-key is missing, so stored secrets cannot be read`,
            "restore it from a back-up, or set HEARTH_MASTER_KEY",
          ),
        ]
      : [];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EACCES") return [fail(KEY, messageOf(error), "correct the file")];
    return [warn(KEY, "this user may not read it", "run hearth doctor as the user who starts Hearth")];
  }
}

function octal(mode: number): string {
  return (mode & 0o7777).toString(8).padStart(4, "0");
}
