import { execFile } from "node:child_process";
import { existsSync, lstatSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { errorCode } from "@hearth/kit";
import type { Config } from "./config.ts";
import { StartError } from "./startError.ts";

/** The user that control, events and invoker run as once they need root no longer. */
export interface ServiceUser {
  readonly uid: number;
  readonly gid: number;
}

/** In the data directory: who its files were given to. Only root can write it. */
export const USER_FILE = "service-user";
const NAME = "hearth";
const FIRST_FREE_ID = 10_001;
const MAIN = join(import.meta.dirname, "main.ts");
const DOCKER_SOCKET = "/var/run/docker.sock";
const run = promisify(execFile);

/**
 * The user to become when root starts all of Hearth: HEARTH_USER; else the owner of the data directory, or whom its files were given to before; else the
 * user `hearth`; else an id from 10001 on that neither a user nor a group has. `undefined` when this process is not root, or is to keep root.
 */
export function chooseServiceUser({ HEARTH_USER: wanted, HEARTH_DATA }: Config): ServiceUser | undefined {
  if (process.platform !== "linux" || process.getuid?.() !== 0 || wanted === "root") return undefined;
  const user = wanted ?? knownServiceUser(HEARTH_DATA) ?? named() ?? free();
  const docker = existsSync(DOCKER_SOCKET) ? statSync(DOCKER_SOCKET) : undefined;
  if (docker && (docker.gid === user.gid || docker.uid === user.uid)) {
    throw new StartError(
      `Hearth would run as ${user.uid}:${user.gid}, who may open ${DOCKER_SOCKET}: set HEARTH_USER to a user and group of its own.`,
    );
  }
  return user;
}

/** The owner of a data directory, if that is not root, or the user that its files were given to. */
export function knownServiceUser(dataDirectory: string): ServiceUser | undefined {
  const { uid, gid } = statSync(dataDirectory);
  // Never root's group: its files may be open to it.
  if (uid !== 0) return { uid, gid: entries("passwd").find((entry) => entry.uid === uid)?.gid || gid || uid };
  const path = join(dataDirectory, USER_FILE);
  try {
    const found = lstatSync(path);
    const [, id = "", group = ""] = /^(\d{1,10}):(\d{1,10})\n$/.exec(readFileSync(path, "utf8")) ?? [];
    if (found.uid === 0 && found.isFile() && Number(id) > 0 && Number(group) > 0) {
      return { uid: Number(id), gid: Number(group) };
    }
    throw new StartError(`${path} is not as Hearth has written it: remove it, or set HEARTH_USER.`);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    throw error;
  }
}

/** Why `user` could not run Hearth; `undefined` when nothing prevents it. */
export async function hindranceOf(user: ServiceUser, { HEARTH_DATA }: Config): Promise<string | undefined> {
  const needed = [
    ["-x", process.execPath],
    ["-r", MAIN],
    ["-x", dirname(HEARTH_DATA)],
  ] as const;
  for (const [how, path] of needed) {
    try {
      await run("test", [how, path], { uid: user.uid, gid: user.gid, cwd: "/" });
    } catch {
      return `user ${user.uid} cannot reach ${path}`;
    }
  }
  return undefined;
}

function named(): ServiceUser | undefined {
  return entries("passwd").find(({ name, uid, gid }) => name === NAME && uid > 0 && gid > 0);
}

function free(): ServiceUser {
  const taken = new Set([...entries("passwd"), ...entries("group")].flatMap(({ uid, gid }) => [uid, gid]));
  let id = FIRST_FREE_ID;
  while (taken.has(id)) id++;
  return { uid: id, gid: id };
}

/** The lines of /etc/passwd or /etc/group. A group has its id as both. */
function entries(file: "passwd" | "group"): (ServiceUser & { readonly name: string })[] {
  const path = `/etc/${file}`;
  if (!existsSync(path)) return [];
  return readFileSync(path, "utf8")
    .split("\n")
    .map((line) => line.split(":"))
    .filter((fields) => fields.length > 3)
    .map(([name = "", , id, group]) => ({ name, uid: Number(id), gid: Number(file === "passwd" ? group : id) }));
}
