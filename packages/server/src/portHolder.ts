import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { basename, join } from "node:path";

const LISTENING = "0A";
const COMMAND_CHARACTERS = 80;

/**
 * The process that listens on a TCP port of this machine, such as `pid 4711, node server.js`; `undefined` where that cannot be found out: without `/proc`, and
 * for processes of other users unless this one is root.
 */
export function portHolder(port: number, proc = "/proc"): string | undefined {
  const sockets = listenersOn(port, proc);
  if (sockets.size === 0) return undefined;
  for (const pid of namesIn(proc).filter((name) => /^\d+$/.test(name))) {
    const folder = join(proc, pid, "fd");
    for (const descriptor of namesIn(folder)) {
      if (sockets.has(linkOf(join(folder, descriptor)))) return `pid ${pid}${commandOf(join(proc, pid, "cmdline"))}`;
    }
  }
  return undefined;
}

/** The sockets that listen on the port, as the descriptors of processes name them: `socket:[12345]`. */
function listenersOn(port: number, proc: string): ReadonlySet<string> {
  const hexadecimal = port.toString(16).toUpperCase().padStart(4, "0");
  const found = new Set<string>();
  for (const table of ["tcp", "tcp6"]) {
    for (const line of textOf(join(proc, "net", table)).split("\n")) {
      const [, local = "", , state, , , , , , inode] = line.trim().split(/\s+/);
      if (state === LISTENING && local.endsWith(`:${hexadecimal}`)) found.add(`socket:[${inode}]`);
    }
  }
  return found;
}

/** The program and its arguments, without flags. Programs choose what their command lines say: nothing in them may change the terminal. */
function commandOf(path: string): string {
  const [program = "", ...args] = textOf(path).split("\0");
  const words = [basename(program), ...args.filter((arg) => arg !== "" && !arg.startsWith("-"))].join(" ");
  const shown = words.replaceAll(/[^\x20-\x7e]/g, "?").slice(0, COMMAND_CHARACTERS);
  return shown === "" ? "" : `, ${shown}${words.length > COMMAND_CHARACTERS ? "…" : ""}`;
}

// Processes end while they are looked at, and those of other users cannot be looked into: that is as if they held nothing.

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
