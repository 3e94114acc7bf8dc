import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "@hearth/kit";
import { cpuQuotaUs, cpuShares, cpuWeight } from "../cpu.ts";

const ROOT = "/sys/fs/cgroup";
const MB = 1024 * 1024;
const PERIOD_US = 100_000;
/** Of the processes and threads that the kernel can have, the share that sandboxes together can have. */
const PROCESS_SHARE = 0.5;
const FREEZE_TRIES = 200;

/** The memory of one sandbox. */
export interface MemoryReading {
  /** The most that it ever used, /tmp and caches included. */
  readonly peakBytes: number;
  /** What it uses now, /tmp and caches included. */
  readonly currentBytes: number;
  /** What its processes have allocated. */
  readonly anonymousBytes: number;
  /** Files in /tmp, and memory that processes share. */
  readonly sharedBytes: number;
  /** Caches of files, which the kernel gives up when it needs the memory. */
  readonly cacheBytes: number;
}

export interface CgroupsOptions {
  readonly version: 1 | 2;
  readonly driver: "cgroupfs" | "systemd";
  /** Twelve hexadecimal digits: each installation has its own parent cgroup. */
  readonly installation: string;
  /** The limit of all sandboxes together. */
  readonly memoryBytes: number;
  readonly clock: Clock;
}

/** The host's files for the sandboxes' cgroups. Writing one takes 0.1 ms, the engine's API 20. Methods throw when they may not be written. */
export class Cgroups {
  /** The `CgroupParent` of every sandbox. */
  readonly parent: string;
  readonly #options: CgroupsOptions;
  readonly #parentPath: string;

  constructor(options: CgroupsOptions) {
    this.#options = options;
    const slice = `hearth-${options.installation}.slice`;
    this.parent = options.driver === "systemd" ? slice : `/hearth-${options.installation}`;
    this.#parentPath = options.driver === "systemd" ? `hearth.slice/${slice}` : `hearth-${options.installation}`;
  }

  /** Whether a sandbox's files are readable: they are not when the engine runs on another machine. */
  sees(containerId: string): boolean {
    return existsSync(this.#file("memory", containerId, "cgroup.procs"));
  }

  /** Limits all sandboxes together, so that Hearth and the host keep enough memory and can start processes. */
  limitParent(): void {
    const bytes = `${this.#options.memoryBytes}`;
    if (this.#options.version === 2) {
      const folder = this.#folder("", "");
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, "memory.max"), bytes);
      writeFileSync(join(folder, "cpu.weight"), "100");
      this.#limitProcesses(folder);
      return;
    }
    for (const controller of ["memory", "cpu"]) mkdirSync(this.#folder(controller, ""), { recursive: true });
    writeFileSync(join(this.#folder("memory", ""), "memory.limit_in_bytes"), bytes);
    writeFileSync(join(this.#folder("cpu", ""), "cpu.shares"), "1024");
    if (!existsSync(join(ROOT, "pids"))) return;
    mkdirSync(this.#folder("pids", ""), { recursive: true });
    this.#limitProcesses(this.#folder("pids", ""));
  }

  /** Does nothing where the kernel or the engine has the controller switched off. */
  #limitProcesses(folder: string): void {
    const file = join(folder, "pids.max");
    if (existsSync(file)) writeFileSync(file, `${processLimit()}`);
  }

  /** Removes the parent cgroup, which the engine does not remove. Does nothing while it has children. */
  removeParent(): void {
    const controllers = this.#options.version === 2 ? [""] : readdirSync(ROOT);
    for (const controller of controllers) {
      try {
        rmdirSync(this.#folder(controller, ""));
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (!["ENOENT", "ENOTDIR", "EBUSY", "ENOTEMPTY", "EACCES", "EPERM", "EROFS"].includes(code ?? "")) throw error;
      }
    }
  }

  setMemory(containerId: string, memoryMb: number): void {
    const bytes = memoryMb * MB;
    if (this.#options.version === 2) {
      this.#write("memory", containerId, "memory.swap.max", "0");
      // When the kernel must end a process of the sandbox, it ends all of them.
      this.#write("memory", containerId, "memory.oom.group", "1");
      this.#write("memory", containerId, "memory.max", `${bytes}`);
      return;
    }
    const now = Number(this.#read("memory", containerId, "memory.limit_in_bytes"));
    const files = ["memory.limit_in_bytes", "memory.memsw.limit_in_bytes"];
    // The sum with swap may never be below the memory alone.
    for (const file of bytes > now ? files.reverse() : files) {
      if (existsSync(this.#file("memory", containerId, file))) this.#write("memory", containerId, file, `${bytes}`);
    }
  }

  setCpuShare(containerId: string, memoryMb: number): void {
    const shares = cpuShares(memoryMb);
    if (this.#options.version === 2) this.#write("cpu", containerId, "cpu.weight", `${cpuWeight(shares)}`);
    else this.#write("cpu", containerId, "cpu.shares", `${shares}`);
  }

  setCpuQuota(containerId: string, memoryMb: number): void {
    const quota = cpuQuotaUs(memoryMb);
    if (this.#options.version === 2) this.#write("cpu", containerId, "cpu.max", `${quota} ${PERIOD_US}`);
    else this.#write("cpu", containerId, "cpu.cfs_quota_us", `${quota}`);
  }

  /** Does nothing for a sandbox that is gone, and where the controller is switched off. */
  setProcesses(containerId: string, processes: number): void {
    try {
      this.#write("pids", containerId, "pids.max", `${processes}`);
    } catch (error) {
      if (!isGone(error)) throw error;
    }
  }

  /** Resolves once every process is frozen. */
  async freeze(containerId: string): Promise<void> {
    const v2 = this.#options.version === 2;
    if (v2) this.#write("freezer", containerId, "cgroup.freeze", "1");
    else this.#write("freezer", containerId, "freezer.state", "FROZEN");
    for (let i = 0; i < FREEZE_TRIES; i++) {
      const state = this.#read("freezer", containerId, v2 ? "cgroup.events" : "freezer.state");
      if (v2 ? /^frozen 1$/m.test(state) : state.trim() === "FROZEN") return;
      if (i >= 3) await this.#options.clock.sleep(1);
    }
    throw new Error("the kernel did not freeze the sandbox");
  }

  thaw(containerId: string): void {
    if (this.#options.version === 2) this.#write("freezer", containerId, "cgroup.freeze", "0");
    else this.#write("freezer", containerId, "freezer.state", "THAWED");
  }

  /** The CPU time that the sandbox has used; `undefined` when it is gone. */
  cpuMs(containerId: string): number | undefined {
    if (this.#options.version === 1) {
      const nanoseconds = this.#readIfThere(containerId, "cpuacct.usage", "cpuacct");
      return nanoseconds === undefined ? undefined : Number(nanoseconds) / 1e6;
    }
    const statistics = this.#readIfThere(containerId, "cpu.stat", "cpu");
    return statistics === undefined ? undefined : valueOf(statistics, "usage_usec") / 1e3;
  }

  /** What the sandbox uses now, /tmp and caches included; `undefined` when it is gone. */
  usedMemoryBytes(containerId: string): number | undefined {
    const name = this.#options.version === 2 ? "memory.current" : "memory.usage_in_bytes";
    const text = this.#readIfThere(containerId, name);
    return text === undefined ? undefined : Number(text);
  }

  /** `undefined` when the sandbox is gone. */
  memory(containerId: string): MemoryReading | undefined {
    const currentBytes = this.usedMemoryBytes(containerId);
    const statistics = this.#readIfThere(containerId, "memory.stat");
    if (currentBytes === undefined || statistics === undefined) return undefined;
    const v2 = this.#options.version === 2;
    const peak = this.#readIfThere(containerId, v2 ? "memory.peak" : "memory.max_usage_in_bytes"); // older kernels have no memory.peak
    return {
      peakBytes: peak === undefined ? currentBytes : Number(peak),
      currentBytes,
      anonymousBytes: valueOf(statistics, v2 ? "anon" : "total_rss"),
      cacheBytes: this.#cacheOf(statistics),
      sharedBytes: valueOf(statistics, v2 ? "shmem" : "total_shmem"),
    };
  }

  /**
   * What all sandboxes together use, without the caches of files that the kernel gives up for more memory; less exact, caches included, as long as it
   * is not above `exactAbove`. `undefined` when there are none.
   */
  parentMemoryBytes(exactAbove: number): number | undefined {
    const used = this.usedMemoryBytes("");
    if (used === undefined || used <= exactAbove) return used;
    const statistics = this.#readIfThere("", "memory.stat");
    if (statistics === undefined) return undefined;
    return used - this.#cacheOf(statistics);
  }

  #cacheOf(statistics: string): number {
    const prefix = this.#options.version === 2 ? "" : "total_";
    return valueOf(statistics, `${prefix}active_file`) + valueOf(statistics, `${prefix}inactive_file`);
  }

  #readIfThere(containerId: string, file: string, controller = "memory"): string | undefined {
    try {
      return this.#read(controller, containerId, file);
    } catch (error) {
      if (!isGone(error)) throw error;
      return undefined;
    }
  }

  #read(controller: string, containerId: string, file: string): string {
    return readFileSync(this.#file(controller, containerId, file), "latin1");
  }

  #write(controller: string, containerId: string, file: string, text: string): void {
    writeFileSync(this.#file(controller, containerId, file), text, { flag: "r+" });
  }

  #file(controller: string, containerId: string, file: string): string {
    return join(this.#folder(controller, containerId), file);
  }

  #folder(controller: string, containerId: string): string {
    const child = containerId && this.#options.driver === "systemd" ? `docker-${containerId}.scope` : containerId;
    return join(ROOT, this.#options.version === 2 ? "" : controller, this.#parentPath, child);
  }
}

/** The most processes and threads that all sandboxes together may have. */
export function processLimit(): number {
  const limits = ["pid_max", "threads-max"].map((name) => Number(readFileSync(`/proc/sys/kernel/${name}`, "latin1")));
  return Math.floor(Math.min(...limits) * PROCESS_SHARE);
}

function valueOf(statistics: string, name: string): number {
  return Number(new RegExp(`^${name} (\\d+)$`, "m").exec(statistics)?.[1] ?? 0);
}

function isGone(error: unknown): boolean {
  return ["ENOENT", "ENODEV"].includes((error as NodeJS.ErrnoException).code ?? "");
}
