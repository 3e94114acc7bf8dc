import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Sends `signal` to every process of the group; false when there is none left. */
export function signalGroup(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-group, signal);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ESRCH") return false;
    if (code === "EPERM") return signal === 0; // macOS answers so for a group of zombies only
    throw error;
  }
}

/** The start time of a process: distinguishes it from a later one with the same id. `undefined` when there is no such process, or only a zombie. */
export async function startOf(pid: number): Promise<string | undefined> {
  if (process.platform === "linux") {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined); // gone
    const fields = stat === undefined ? ["Z"] : fieldsAfterName(stat);
    return fields[0] === "Z" ? undefined : fields[19];
  }
  const listed = await run("ps", ["-o", "lstart=", "-p", `${pid}`]).catch(() => undefined); // exits 1 when there is none
  return listed?.stdout.trim() || undefined;
}

/** Resident memory of each of the process groups, in bytes. */
export async function residentMemory(groups: ReadonlySet<number>): Promise<ReadonlyMap<number, number>> {
  return process.platform === "linux" ? readProc(groups) : askPs(groups);
}

async function readProc(groups: ReadonlySet<number>): Promise<ReadonlyMap<number, number>> {
  const sums = new Map<number, number>();
  for (const pid of await readdir("/proc")) {
    if (!/^\d+$/.test(pid)) continue;
    try {
      const group = Number(fieldsAfterName(readFileSync(`/proc/${pid}/stat`, "latin1"))[2]);
      if (!groups.has(group)) continue;
      const kilobytes = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1] ?? 0;
      sums.set(group, (sums.get(group) ?? 0) + Number(kilobytes) * 1024);
    } catch (error) {
      if (!GONE.has((error as NodeJS.ErrnoException).code ?? "")) throw error;
    }
  }
  return sums;
}

async function askPs(groups: ReadonlySet<number>): Promise<ReadonlyMap<number, number>> {
  const sums = new Map<number, number>();
  const { stdout } = await run("ps", ["-A", "-o", "pgid=,rss="]);
  for (const line of stdout.trim().split("\n")) {
    const [group = 0, kilobytes = 0] = line.trim().split(/\s+/).map(Number);
    if (groups.has(group)) sums.set(group, (sums.get(group) ?? 0) + kilobytes * 1024);
  }
  return sums;
}

/** Error codes of reading /proc of a process that has just ended. */
const GONE = new Set(["ENOENT", "ESRCH"]);

/** The process's name may hold spaces and brackets; fields are counted from the one after it (field 3 of proc(5) is at 0). */
function fieldsAfterName(stat: string): string[] {
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}
