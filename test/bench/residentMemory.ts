import { readdir, readFile } from "node:fs/promises";

const KB_PER_MB = 1024;

/** The memory of a process, or of all processes of one kind together. */
export interface ResidentMemory {
  readonly name: string;
  readonly processes: number;
  /** Memory that several processes share counts in each of them. */
  readonly rssMb: number;
  /** Memory that several processes share counts in each of them by its part, so sums are what is really in use. */
  readonly pssMb: number;
}

/** What the process `root` and all its descendants keep in memory, by kind of process. Linux only. */
export async function residentMemory(root: number): Promise<readonly ResidentMemory[]> {
  const kinds = new Map<string, ResidentMemory>();
  for (const pid of await familyOf(root)) {
    const found = await memoryOf(pid);
    if (!found) continue; // it has ended
    const known = kinds.get(found.name) ?? { name: found.name, processes: 0, rssMb: 0, pssMb: 0 };
    kinds.set(found.name, {
      name: found.name,
      processes: known.processes + 1,
      rssMb: known.rssMb + found.rssMb,
      pssMb: known.pssMb + found.pssMb,
    });
  }
  return [...kinds.values()];
}

async function familyOf(root: number): Promise<readonly number[]> {
  const children = new Map<number, number[]>();
  for (const name of await readdir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const stat = await readFile(`/proc/${name}/stat`, "utf8").catch(() => undefined);
    if (stat === undefined) continue;
    const parent = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
    children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  const family = [root];
  for (const pid of family) family.push(...(children.get(pid) ?? []));
  return family;
}

async function memoryOf(pid: number): Promise<Omit<ResidentMemory, "processes"> | undefined> {
  try {
    const command = (await readFile(`/proc/${pid}/cmdline`, "utf8")).replaceAll("\0", " ").trim();
    const rollup = await readFile(`/proc/${pid}/smaps_rollup`, "utf8");
    const mb = (field: string): number =>
      Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(rollup)?.[1]) / KB_PER_MB;
    return { name: kindOf(command), rssMb: mb("Rss"), pssMb: mb("Pss") };
  } catch (error) {
    if (["ENOENT", "ESRCH"].includes((error as NodeJS.ErrnoException).code ?? "")) return undefined;
    throw error;
  }
}

function kindOf(command: string): string {
  if (/\bpostgres\b/.test(command)) return "PostgreSQL";
  if (command.endsWith("main.ts --embedded")) return "launcher";
  if (command.endsWith("server/src/main.ts")) return "control, invoker and events";
  return command.slice(0, 60);
}
