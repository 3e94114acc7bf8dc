import { join } from "node:path";
import { type Logger, Mutex } from "@hearth/kit";
import type {
  BootSpec,
  Driver,
  ImageSource,
  PoolKey,
  SandboxDirectory,
  SandboxEvent,
  SandboxView,
  SpecialiseSpec,
} from "./driver.ts";
import type { Engine } from "./engine.ts";
import { placeTree } from "./placeTree.ts";
import { assertRealFolder, type SandboxFolders, type SandboxFolderStore } from "./sandboxFolders.ts";

/** prepared ─▶ (creating ─▶ created ─▶) booting ─▶ booted ─▶ specialised; each may become stopping, which is final. */
type SandboxState = "prepared" | "creating" | "created" | "booting" | "booted" | "specialised" | "stopping";

interface Sandbox {
  readonly folders: SandboxFolders;
  state: SandboxState;
  exited: boolean;
  /** Aborted by `stop`; it waits for what the engine makes or starts before it kills. */
  readonly stopping: AbortController;
  /** Freezing and thawing run one after the other. */
  readonly freezing: Mutex;
  /** What the engine makes or starts for it. */
  working?: Promise<unknown>;
  stopped?: Promise<void>;
}

export interface HostDriverDeps {
  readonly engine: Engine;
  readonly folders: SandboxFolderStore;
  readonly dataDir: string;
  readonly logger: Logger;
}

/** A driver on this host: keeps the folders and states of sandboxes; an engine runs their processes. */
export class HostDriver implements Driver {
  readonly name: "docker" | "process";
  readonly images: ImageSource;
  readonly #deps: HostDriverDeps;
  readonly #sandboxes = new Map<string, Sandbox>();
  readonly #listeners: ((event: SandboxEvent) => void)[] = [];

  constructor(deps: HostDriverDeps) {
    this.#deps = deps;
    this.name = deps.engine.name;
    this.images = deps.engine.images;
    deps.engine.on((event) => this.#onEngineEvent(event));
  }

  get notices(): readonly string[] {
    return this.#deps.engine.notices;
  }

  async prepare(sandboxId: string): Promise<SandboxDirectory> {
    if (this.#sandboxes.has(sandboxId)) throw new Error(`sandbox ${sandboxId} exists already`);
    const folders = this.#deps.folders.pathsOf(sandboxId);
    const sandbox: Sandbox = {
      folders,
      state: "prepared",
      exited: false,
      stopping: new AbortController(),
      freezing: new Mutex(),
    };
    this.#sandboxes.set(sandboxId, sandbox);
    try {
      await this.#deps.folders.create(sandboxId);
    } catch (error) {
      this.#sandboxes.delete(sandboxId);
      throw error;
    }
    return { apiSocket: join(folders.shortRun, "api.sock"), output: join(folders.shortRun, "out") };
  }

  async create(sandboxId: string, key: PoolKey, signal: AbortSignal): Promise<boolean> {
    signal.throwIfAborted();
    const { engine } = this.#deps;
    const sandbox = this.#move(sandboxId, ["prepared"], "creating");
    const either = AbortSignal.any([signal, sandbox.stopping.signal]);
    const creating = engine.create?.(sandboxId, key, sandbox.folders, either) ?? Promise.resolve(false);
    sandbox.working = creating;
    const isCreated = await creating;
    if (sandbox.state === "creating") sandbox.state = isCreated ? "created" : "prepared";
    return isCreated;
  }

  async boot(sandboxId: string, key: BootSpec, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const sandbox = this.#move(sandboxId, ["prepared", "created"], "booting");
    const either = AbortSignal.any([signal, sandbox.stopping.signal]);
    sandbox.working = this.#deps.engine.start(sandboxId, key, sandbox.folders, either);
    await sandbox.working;
    if (sandbox.state === "booting") sandbox.state = "booted";
  }

  async specialise(sandboxId: string, spec: SpecialiseSpec, signal: AbortSignal): Promise<SandboxView> {
    signal.throwIfAborted();
    const { engine } = this.#deps;
    const sandbox = this.#move(sandboxId, ["booted"], "specialised");
    const { folders } = sandbox;
    await Promise.all([engine.limit(sandboxId, spec), this.#place(spec, folders)]);
    return engine.view(folders);
  }

  async #place({ codeDigest, layerDigests }: SpecialiseSpec, { task, opt }: SandboxFolders): Promise<void> {
    const how = { how: this.#deps.engine.placing };
    if (codeDigest !== undefined) await placeTree(await this.#unpacked(codeDigest), task, how);
    for (const digest of layerDigests) await placeTree(await this.#unpacked(digest), opt, how);
  }

  async #unpacked(digest: string): Promise<string> {
    if (!/^[0-9a-f]{64}$/.test(digest)) throw new Error("a digest is 64 lower-case hexadecimal digits");
    const folder = join(this.#deps.dataDir, "unpacked", digest);
    await assertRealFolder(folder);
    return folder;
  }

  async freeze(sandboxId: string): Promise<void> {
    using _turn = await this.#running(sandboxId).freezing.acquire();
    await this.#deps.engine.freeze(sandboxId);
  }

  async thaw(sandboxId: string): Promise<void> {
    using _turn = await this.#running(sandboxId).freezing.acquire();
    await this.#deps.engine.thaw(sandboxId);
  }

  async cpuMs(sandboxId: string): Promise<number | undefined> {
    this.#running(sandboxId);
    return await this.#deps.engine.cpuMs(sandboxId);
  }

  async stop(sandboxId: string, graceMs: number): Promise<void> {
    const sandbox = this.#sandboxes.get(sandboxId);
    if (!sandbox) return;
    sandbox.state = "stopping";
    sandbox.stopped ??= this.#end(sandboxId, sandbox, graceMs);
    await sandbox.stopped;
  }

  async #end(sandboxId: string, sandbox: Sandbox, graceMs: number): Promise<void> {
    const { engine, folders, logger } = this.#deps;
    sandbox.stopping.abort(new Error(`sandbox ${sandboxId} is being stopped`));
    await Promise.allSettled([sandbox.working]);
    try {
      await engine.kill(sandboxId, graceMs);
      await folders.remove(sandboxId);
    } catch (error) {
      logger.error({ err: error, sandboxId }, "a sandbox could not be removed; the next sweep tries again");
    }
    this.#sandboxes.delete(sandboxId);
  }

  list(): Promise<readonly string[]> {
    return this.#deps.engine.alive().then((ids) => ids.filter((id) => this.#sandboxes.has(id)));
  }

  expectEgress(): Promise<void> {
    this.#deps.engine.expectEgress();
    return Promise.resolve();
  }

  on(listener: (event: SandboxEvent) => void): void {
    this.#listeners.push(listener);
  }

  /** Removes sandboxes and folders of this installation that this driver does not know: a killed launcher left them. */
  async sweep(): Promise<void> {
    const { engine, folders, logger } = this.#deps;
    await engine.sweep();
    const candidates = new Set([...(await engine.existing()), ...(await folders.list())]);
    const orphans = [...candidates].filter((id) => !this.#sandboxes.has(id));
    const results = await Promise.allSettled(orphans.map((id) => engine.kill(id, 0).then(() => folders.remove(id))));
    const failed = results.filter((result) => result.status === "rejected");
    for (const { reason } of failed) logger.error({ err: reason as Error }, "an orphaned sandbox could not be removed");
    if (orphans.length > failed.length) logger.info({ sandboxes: orphans.length - failed.length }, "removed orphans");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#sandboxes.keys()].map((id) => this.stop(id, 0)));
    await this.#deps.engine[Symbol.asyncDispose]();
  }

  #onEngineEvent(event: SandboxEvent): void {
    const sandbox = this.#sandboxes.get(event.sandboxId);
    if (!sandbox || sandbox.state === "stopping" || sandbox.exited) return;
    if (event.kind === "exited") sandbox.exited = true;
    for (const listener of this.#listeners) listener(event);
  }

  #move(sandboxId: string, from: readonly SandboxState[], to: SandboxState): Sandbox {
    const sandbox = this.#sandboxes.get(sandboxId);
    if (!sandbox || !from.includes(sandbox.state)) {
      throw new Error(`sandbox ${sandboxId} is ${sandbox?.state ?? "unknown"}, not ${from.join(" or ")}`);
    }
    sandbox.state = to;
    return sandbox;
  }

  #running(sandboxId: string): Sandbox {
    const sandbox = this.#sandboxes.get(sandboxId);
    if (sandbox?.state === "booted" || sandbox?.state === "specialised") return sandbox;
    throw new Error(`sandbox ${sandboxId} is not running`);
  }
}
