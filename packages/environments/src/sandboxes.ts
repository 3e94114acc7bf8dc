import type { Driver, PoolKey, SandboxEvent } from "@hearth/drivers";
import type { Clock, Logger, Random } from "@hearth/kit";
import { Sandbox } from "./sandbox.ts";
import type { SandboxApi } from "./sandboxApi.ts";

export interface SandboxesDeps {
  readonly driver: Driver;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly api?: Pick<SandboxApi, "handle">;
}

/** Every sandbox of this process, from `boot` until it is gone, and the driver's news passed on to it. */
export class Sandboxes {
  readonly #deps: SandboxesDeps;
  readonly #all = new Map<string, Sandbox>();

  constructor(deps: SandboxesDeps) {
    this.#deps = deps;
    deps.driver.on((event) => this.#tell(event));
  }

  get size(): number {
    return this.#all.size;
  }

  /** Starts a generic sandbox and resolves when its runtime process waits to be told whose it is. Rejects when that fails. */
  async boot(key: PoolKey, signal: AbortSignal): Promise<Sandbox> {
    const { random } = this.#deps;
    const sandbox = new Sandbox(random.hex(8), key, this.#deps, () => this.#all.delete(sandbox.id));
    this.#all.set(sandbox.id, sandbox);
    try {
      await sandbox.boot(signal);
      return sandbox;
    } catch (error) {
      await sandbox.stop(0);
      throw error;
    }
  }

  /**
   * Compares with what the engine says is alive: sandboxes that nobody here knows are stopped, and those that are gone are told so.
   * Resolves with how many of each there were.
   */
  async reconcile(): Promise<{ readonly orphans: number; readonly lost: number }> {
    const settled = [...this.#all.values()].filter((sandbox) => sandbox.isUp);
    const alive = new Set(await this.#deps.driver.list());
    const orphans = [...alive].filter((id) => !this.#all.has(id));
    const lost = settled.filter((sandbox) => sandbox.isUp && !alive.has(sandbox.id));
    for (const { id } of lost) {
      this.#tell({ kind: "exited", sandboxId: id, exitCode: null, signal: null, outOfMemory: false });
    }
    await Promise.all(orphans.map((id) => this.#deps.driver.stop(id, 0)));
    return { orphans: orphans.length, lost: lost.length };
  }

  /** Resolves when every sandbox is gone. */
  async stopAll(): Promise<void> {
    await Promise.all([...this.#all.values()].map((sandbox) => sandbox.stop(0)));
  }

  #tell(event: SandboxEvent): void {
    if (event.kind === "progress") return;
    const sandbox = this.#all.get(event.sandboxId);
    if (event.kind === "exited") sandbox?.exited(event);
    else sandbox?.usedMemory(event.maxMemoryBytes);
  }
}
