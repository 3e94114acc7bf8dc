import type { Clock, Logger } from "@hearth/kit";
import type Docker from "dockerode";
import type { MemoryStats } from "dockerode";
import { cpuQuotaUs, cpuShares } from "../cpu.ts";
import type { Cgroups, MemoryReading } from "./cgroups.ts";

/** AWS does not limit CPU during init, for at most this long. */
const INIT_MS = 10_000;
const MB = 1024 * 1024;

export interface SandboxControlDeps {
  readonly docker: Docker;
  readonly cgroups: Cgroups;
  readonly cpu: "weight" | "quota";
  readonly clock: Clock;
  readonly logger: Logger;
}

interface Controlled {
  memoryMb?: number;
  frozen?: "files" | "engine" | undefined;
  isCapped: boolean;
  /** Its processes are being ended, which a frozen one cannot be. */
  isEnding?: boolean;
  capAfterInit?: Disposable;
}

/** Limits and freezes containers: through the cgroup's files where they are writable, otherwise through the engine's slower API. */
export class SandboxControl {
  readonly #deps: SandboxControlDeps;
  readonly #controlled = new Map<string, Controlled>();
  #byFiles: boolean | undefined;

  constructor(deps: SandboxControlDeps) {
    this.#deps = deps;
  }

  /** Registers a running container. The first one shows whether the cgroup files are available. */
  seen(containerId: string): void {
    this.#controlled.set(containerId, { isCapped: false });
    if (this.#byFiles !== undefined) return;
    const { cgroups, logger } = this.#deps;
    this.#byFiles = cgroups.sees(containerId);
    if (!this.#byFiles) {
      logger.warn("the sandboxes' cgroup files are not here: freezing goes through the engine, 25 ms instead of 0.3");
      return;
    }
    if (!this.#attempt(() => cgroups.limitParent())) {
      logger.warn("the cgroup above all sandboxes cannot be bounded: they may compete with Hearth for memory");
    }
  }

  /** `memoryMb` sets the share of CPU. The kernel's limit of memory is `memoryMb` and `tmpSizeMb` together: files in /tmp are memory. */
  async limit(containerId: string, memoryMb: number, tmpSizeMb: number): Promise<void> {
    const { cgroups, clock, cpu, docker } = this.#deps;
    const controlled = this.#of(containerId);
    controlled.memoryMb = memoryMb;
    const byFiles = this.#attempt(() => {
      cgroups.setMemory(containerId, memoryMb + tmpSizeMb);
      cgroups.setCpuShare(containerId, memoryMb);
    });
    if (!byFiles) {
      const Memory = (memoryMb + tmpSizeMb) * MB;
      await docker.getContainer(containerId).update({ Memory, MemorySwap: Memory, CpuShares: cpuShares(memoryMb) });
    }
    if (cpu === "quota") controlled.capAfterInit = clock.after(INIT_MS, () => void this.#cap(containerId));
  }

  async freeze(containerId: string): Promise<void> {
    const controlled = this.#of(containerId);
    if (controlled.frozen || controlled.isEnding) return;
    await this.#cap(containerId);
    if (this.#byFiles) {
      try {
        controlled.frozen = "files";
        await this.#deps.cgroups.freeze(containerId);
        return;
      } catch (error) {
        controlled.frozen = undefined;
        this.#giveUpFiles(error as NodeJS.ErrnoException);
      }
    }
    await this.#deps.docker.getContainer(containerId).pause();
    controlled.frozen = "engine";
  }

  async thaw(containerId: string): Promise<void> {
    const controlled = this.#of(containerId);
    if (controlled.frozen === "files") this.#deps.cgroups.thaw(containerId);
    else if (controlled.frozen === "engine") await this.#deps.docker.getContainer(containerId).unpause();
    controlled.frozen = undefined;
  }

  isFrozen(containerId: string): boolean {
    return this.#controlled.get(containerId)?.frozen !== undefined;
  }

  /** Ends its processes; whoever watches the container learns that it has died. */
  async end(containerId: string): Promise<void> {
    const controlled = this.#controlled.get(containerId);
    if (!controlled) return;
    controlled.isEnding = true;
    if (controlled.frozen) await this.thaw(containerId);
    await this.#deps.docker.getContainer(containerId).kill({ signal: "SIGKILL" });
  }

  /** Limits how many processes and threads it may have. */
  setProcesses(containerId: string, processes: number): void {
    const { cgroups, docker, logger } = this.#deps;
    if (this.#attempt(() => cgroups.setProcesses(containerId, processes))) return;
    docker
      .getContainer(containerId)
      .update({ PidsLimit: processes })
      .catch((error: unknown) => logger.warn({ err: error }, "the processes of a sandbox could not be limited"));
  }

  /** Thaws the container before it is stopped, because a frozen one does not get the signal. Never rejects for one that has ended. */
  async release(containerId: string): Promise<void> {
    const controlled = this.#controlled.get(containerId);
    this.#controlled.delete(containerId);
    controlled?.capAfterInit?.[Symbol.dispose]();
    try {
      if (controlled?.frozen === "files") this.#deps.cgroups.thaw(containerId);
      else if (controlled?.frozen === "engine") await this.#deps.docker.getContainer(containerId).unpause();
    } catch (error) {
      this.#deps.logger.debug({ err: error }, "a container to be removed was not thawed");
    }
  }

  /** Freezes a container that is to be removed as soon as the engine answers. Never rejects. */
  async suspend(containerId: string): Promise<void> {
    if (!this.#byFiles) return;
    const { cgroups, logger } = this.#deps;
    await cgroups.freeze(containerId).catch((error: unknown) => {
      logger.warn({ err: error, containerId }, "a container that cannot be removed yet was not frozen");
    });
  }

  /** `undefined` when it is unknown or gone. */
  async memory(containerId: string): Promise<MemoryReading | undefined> {
    if (!this.#controlled.has(containerId)) return undefined;
    if (this.#byFiles) return this.#deps.cgroups.memory(containerId);
    const stats = await this.#deps.docker
      .getContainer(containerId)
      .stats({ stream: false, "one-shot": true } as { stream: false })
      .catch(() => undefined); // it has ended
    return stats && readingOf(stats.memory_stats);
  }

  /** All that it uses, caches included. Only where that is cheap to find out: `undefined` without the cgroup's files. */
  usedMemoryBytes(containerId: string): number | undefined {
    return this.#byFiles ? this.#deps.cgroups.usedMemoryBytes(containerId) : undefined;
  }

  /** `undefined` without the cgroup's files. */
  cpuMs(containerId: string): number | undefined {
    return this.#byFiles ? this.#deps.cgroups.cpuMs(containerId) : undefined;
  }

  /** See `Cgroups`. `undefined` also without the cgroup's files. */
  parentMemoryBytes(exactAbove: number): number | undefined {
    return this.#byFiles ? this.#deps.cgroups.parentMemoryBytes(exactAbove) : undefined;
  }

  /** Caps the CPU, where so configured, once the function's init is over: after 10 s or when it is frozen, whichever is first. */
  async #cap(containerId: string): Promise<void> {
    const { cgroups, cpu, docker, logger } = this.#deps;
    const controlled = this.#controlled.get(containerId);
    if (cpu !== "quota" || !controlled || controlled.isCapped || controlled.memoryMb === undefined) return;
    const { memoryMb } = controlled;
    controlled.isCapped = true;
    controlled.capAfterInit?.[Symbol.dispose]();
    if (this.#attempt(() => cgroups.setCpuQuota(containerId, memoryMb))) return;
    await docker
      .getContainer(containerId)
      .update({ CpuPeriod: 100_000, CpuQuota: cpuQuotaUs(memoryMb) })
      .catch((error: unknown) => logger.warn({ err: error }, "the CPU of a sandbox could not be capped"));
  }

  #of(containerId: string): Controlled {
    const controlled = this.#controlled.get(containerId);
    if (!controlled) throw new Error("the sandbox does not run");
    return controlled;
  }

  /** False when the caller must use the engine's API instead. */
  #attempt(write: () => void): boolean {
    if (!this.#byFiles) return false;
    try {
      write();
      return true;
    } catch (error) {
      this.#giveUpFiles(error as NodeJS.ErrnoException);
      return false;
    }
  }

  /** A missing permission lasts, so that the files are not tried again; any other failure concerns this sandbox alone. */
  #giveUpFiles(error: NodeJS.ErrnoException): void {
    if (!["EACCES", "EPERM", "EROFS"].includes(error.code ?? "")) return;
    this.#byFiles = false;
    this.#deps.logger.warn(
      { err: error },
      "the sandboxes' cgroup files cannot be written: freezing goes through the engine, 25 ms instead of 0.3",
    );
  }
}

/** What the engine reads from the cgroup; the names are those of either version. */
function readingOf({ usage = 0, max_usage, stats }: Partial<MemoryStats>): MemoryReading {
  const named = (stats ?? {}) as Readonly<Record<string, number | undefined>>;
  return {
    peakBytes: max_usage ?? usage,
    currentBytes: usage,
    anonymousBytes: named["total_rss"] ?? named["anon"] ?? 0,
    cacheBytes:
      (named["total_active_file"] ?? named["active_file"] ?? 0) +
      (named["total_inactive_file"] ?? named["inactive_file"] ?? 0),
    sharedBytes: named["total_shmem"] ?? named["shmem"] ?? 0,
  };
}
