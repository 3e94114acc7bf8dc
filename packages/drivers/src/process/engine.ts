import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { lchown } from "node:fs/promises";
import { join } from "node:path";
import { BackgroundLoop, type Clock, type Logger } from "@hearth/kit";
import { ImageUnavailable, type PoolKey, type SandboxEvent, type SandboxView } from "../driver.ts";
import type { Engine, SandboxLimits } from "../engine.ts";
import { RuntimeTable } from "../runtimeTable.ts";
import type { RuntimeFamily } from "../families/family.ts";
import type { FolderOwner, SandboxFolders } from "../sandboxFolders.ts";
import { GroupGuard } from "./groupGuard.ts";
import { Interpreters } from "./interpreters.ts";
import { NO_IMAGES, ProcessImageSource } from "./processImageSource.ts";
import { residentMemory, signalGroup, startOf } from "./processGroup.ts";

/** Tells the bootstrap the folder of its socket; `/run/hearth` when absent. */
const RUN_DIR_VARIABLE = "HEARTH_RUN_DIR";
const MEMORY_EVERY_MS = 500;
const MB = 1024 * 1024;
const PID_FILE = "pid";

interface Running {
  readonly child: ChildProcess;
  readonly group: number;
  readonly ended: Promise<void>;
  limitBytes: number;
  maxMemoryBytes: number;
  outOfMemory: boolean;
}

export interface ProcessEngineDeps {
  readonly dataDir: string;
  /** All of Hearth's languages when absent. */
  readonly families?: readonly RuntimeFamily[];
  /** Who functions run as, where that is not this process's own user. */
  readonly user?: FolderOwner | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
}

function noticeOf(user: FolderOwner | undefined): string {
  const isRoot = user === undefined && process.getuid?.() === 0;
  const whose = isRoot ? "as ROOT" : `as ordinary processes of ${user ? `the user ${user.uid}` : "this user"}`;
  return `THE PROCESS DRIVER IS FOR DEVELOPMENT ONLY: functions run ${whose}, without a sandbox. Start a Docker Engine to get one.`;
}

/** Runs functions as plain child processes of the launcher, without isolation: for development on a machine without Docker. */
export class ProcessEngine implements Engine {
  readonly name = "process";
  readonly placing = "copy";
  readonly notices: readonly string[];
  readonly images: ProcessImageSource;
  readonly #deps: ProcessEngineDeps;
  readonly #interpreters: Interpreters;
  readonly #running = new Map<string, Running>();
  readonly #listeners: ((event: SandboxEvent) => void)[] = [];
  readonly #memory: BackgroundLoop;
  readonly #guard: GroupGuard;

  constructor(deps: ProcessEngineDeps) {
    this.#deps = deps;
    this.notices = [noticeOf(deps.user)];
    this.#interpreters = new Interpreters(new RuntimeTable(deps.families), deps.user);
    this.images = new ProcessImageSource(this.#interpreters);
    this.#guard = new GroupGuard(deps);
    this.#memory = new BackgroundLoop("sandbox memory", MEMORY_EVERY_MS, () => this.#watchMemory(), deps);
  }

  async start(sandboxId: string, key: PoolKey, folders: SandboxFolders, signal: AbortSignal): Promise<void> {
    if (key.image !== undefined) throw new ImageUnavailable("InvalidImage", NO_IMAGES);
    if (key.fileSystem) throw new Error("the process driver mounts no file systems");
    const { path, family } = await this.#interpreters.find(key.runtime);
    signal.throwIfAborted();
    const { folder, file } = family.bootstrap;
    const command = [path, ...family.interpreterOptions, join(folder, file)];
    const { user } = this.#deps;
    if (user) await lchown(folders.tmp, user.uid, user.gid);
    // Opening the FIFO blocks until it has a reader: the shell does it in the new process.
    const child = spawn("/bin/sh", ["-c", 'exec "$@" >"$0" 2>&1', join(folders.shortRun, "out"), ...command], {
      detached: true,
      cwd: folders.task,
      env: cleanEnvironment(folders),
      stdio: ["ignore", "ignore", "ignore"],
      ...(user && { uid: user.uid, gid: user.gid }),
    });
    if (child.pid !== undefined) this.#guard.started(child.pid);
    const group = await started(child);
    const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
    const running: Running = { child, group, ended, limitBytes: Infinity, maxMemoryBytes: 0, outOfMemory: false };
    this.#running.set(sandboxId, running);
    child.once("exit", (exitCode, exitSignal) => this.#exited(sandboxId, running, exitCode, exitSignal));
    writeFileSync(join(folders.base, PID_FILE), `${group} ${(await startOf(group)) ?? ""}`);
  }

  #exited(sandboxId: string, { group, outOfMemory }: Running, exitCode: number | null, signal: string | null): void {
    this.#running.delete(sandboxId);
    signalGroup(group, "SIGKILL");
    this.#guard.ended(group);
    this.#emit({ kind: "exited", sandboxId, exitCode, signal, outOfMemory });
  }

  limit(sandboxId: string, { memoryMb }: SandboxLimits): Promise<void> {
    const running = this.#running.get(sandboxId);
    if (running) running.limitBytes = memoryMb * MB;
    return Promise.resolve();
  }

  view({ task, opt, tmp }: SandboxFolders): SandboxView {
    return { taskRoot: task, optRoot: opt, tmpDir: tmp, freshProcess: bringsLibraries(task) || bringsLibraries(opt) };
  }

  async freeze(sandboxId: string): Promise<void> {
    const running = this.#running.get(sandboxId);
    if (running) signalGroup(running.group, "SIGSTOP");
  }

  async thaw(sandboxId: string): Promise<void> {
    const running = this.#running.get(sandboxId);
    if (running) signalGroup(running.group, "SIGCONT");
  }

  /** Functions are processes of this machine and use its network. */
  expectEgress(): void {}

  cpuMs(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  async kill(sandboxId: string, graceMs: number): Promise<void> {
    const running = this.#running.get(sandboxId);
    if (!running) return this.#killLeftover(sandboxId);
    if (graceMs > 0) {
      signalGroup(running.group, "SIGTERM");
      signalGroup(running.group, "SIGCONT");
      const graceOver = new AbortController();
      await Promise.race([running.ended, this.#deps.clock.sleep(graceMs, graceOver.signal).catch(() => undefined)]);
      graceOver.abort(new Error("ended in time"));
    }
    signalGroup(running.group, "SIGKILL");
    await running.ended;
  }

  alive(): Promise<readonly string[]> {
    return Promise.resolve([...this.#running.keys()]);
  }

  async existing(): Promise<readonly string[]> {
    return [...this.#running.keys(), ...(await this.#leftovers()).keys()];
  }

  sweep(): Promise<void> {
    return Promise.resolve(); // a process is always of a sandbox
  }

  on(listener: (event: SandboxEvent) => void): void {
    this.#listeners.push(listener);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#memory[Symbol.asyncDispose]();
    this.#guard[Symbol.dispose]();
  }

  /** Process groups that an earlier launcher started, by sandbox. */
  async #leftovers(): Promise<ReadonlyMap<string, number>> {
    const found = new Map<string, number>();
    for (const sandboxId of readdirIfThere(join(this.#deps.dataDir, "s"))) {
      if (this.#running.has(sandboxId)) continue;
      const [pid = "", start] = readPidFile(join(this.#deps.dataDir, "s", sandboxId, PID_FILE));
      if (start && (await startOf(Number(pid))) === start) found.set(sandboxId, Number(pid));
    }
    return found;
  }

  async #killLeftover(sandboxId: string): Promise<void> {
    const group = (await this.#leftovers()).get(sandboxId);
    if (group !== undefined) signalGroup(group, "SIGKILL");
  }

  async #watchMemory(): Promise<void> {
    if (this.#running.size === 0) return;
    const memory = await residentMemory(new Set([...this.#running.values()].map(({ group }) => group)));
    for (const [sandboxId, running] of this.#running) {
      const bytes = memory.get(running.group) ?? 0;
      if (bytes > running.limitBytes && !running.outOfMemory) {
        running.outOfMemory = true;
        signalGroup(running.group, "SIGKILL");
      }
      if (bytes <= running.maxMemoryBytes) continue;
      running.maxMemoryBytes = bytes;
      this.#emit({ kind: "memory", sandboxId, maxMemoryBytes: bytes });
    }
  }

  #emit(event: SandboxEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}

/** Contains nothing of Hearth's own environment, which may hold the operator's keys. */
function cleanEnvironment({ shortRun, tmp }: SandboxFolders): NodeJS.ProcessEnv {
  return {
    [RUN_DIR_VARIABLE]: shortRun,
    PATH: "/usr/local/bin:/usr/bin:/bin",
    HOME: tmp,
    TMPDIR: tmp,
    LANG: "C.UTF-8",
    TZ: ":UTC",
  };
}

/** Whether the linker has to find shared libraries in `<root>/lib`. */
function bringsLibraries(root: string): boolean {
  return readdirIfThere(join(root, "lib")).some((name) => name.includes(".so"));
}

function started(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("spawn", () => resolve(child.pid ?? 0));
  });
}

function readdirIfThere(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) return [];
    throw error;
  }
}

function readPidFile(path: string): string[] {
  try {
    return readFileSync(path, "utf8").split(/ (.*)/s);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}
