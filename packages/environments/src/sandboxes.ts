import type { SandboxHost, PoolKey, SandboxEvent } from "@hearth/drivers";
import type { Clock, Logger, Random } from "@hearth/kit";
import { OutputBudget, TelemetryBudget } from "@hearth/runtime-api";
import { type CodeSource, Sandbox, type SandboxDeps } from "./sandbox.ts";
import type { SandboxApi } from "./sandboxApi.ts";

export interface SandboxesDeps {
  readonly driver: SandboxHost;
  readonly code?: CodeSource;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly api?: Pick<SandboxApi, "handle">;
}

/** All sandboxes of this process, from `boot` until they are gone. Passes the driver's events on to them. */
export class Sandboxes {
  readonly #deps: SandboxesDeps & SandboxDeps;
  readonly #all = new Map<string, Sandbox>();

  constructor(deps: SandboxesDeps) {
    this.#deps = { ...deps, outputBudget: new OutputBudget(deps.clock), telemetryBudget: new TelemetryBudget() };
    deps.driver.on((event) => this.#pass(event));
  }

  get size(): number {
    return this.#all.size;
  }

  /** Makes a sandbox of which nothing runs yet: its `boot` takes less time. Undefined where the driver can do nothing ahead now; rejects when that fails. */
  async create(key: PoolKey, signal: AbortSignal): Promise<Sandbox | undefined> {
    const sandbox = this.#add(key);
    try {
      if (await sandbox.create(signal)) return sandbox;
    } catch (error) {
      await sandbox.stop(0);
      throw error;
    }
    await sandbox.stop(0);
    return undefined;
  }

  /** Starts a generic sandbox. Resolves when its runtime process waits to be told which function to run; rejects when that fails. */
  async boot(key: PoolKey, signal: AbortSignal, isAwaited = false): Promise<Sandbox> {
    const sandbox = this.#add(key);
    try {
      await sandbox.boot(signal, isAwaited);
      return sandbox;
    } catch (error) {
      await sandbox.stop(0);
      throw error;
    }
  }

  #add(key: PoolKey): Sandbox {
    const sandbox = new Sandbox(this.#deps.random.hex(8), key, this.#deps, () => this.#all.delete(sandbox.id));
    this.#all.set(sandbox.id, sandbox);
    return sandbox;
  }

  /**
   * Compares with the sandboxes that the driver reports as alive: stops those that are unknown here (orphans), and reports those that are
   * gone as exited (lost). Resolves with how many of each there were.
   */
  async reconcile(): Promise<{ readonly orphans: number; readonly lost: number }> {
    const settled = [...this.#all.values()].filter((sandbox) => sandbox.isUp);
    const alive = new Set(await this.#deps.driver.list());
    const orphans = [...alive].filter((id) => !this.#all.has(id));
    const lost = settled.filter((sandbox) => sandbox.isUp && !alive.has(sandbox.id));
    for (const { id } of lost) {
      this.#pass({ kind: "exited", sandboxId: id, exitCode: null, signal: null, outOfMemory: false });
    }
    await Promise.all(orphans.map((id) => this.#deps.driver.stop(id, 0)));
    return { orphans: orphans.length, lost: lost.length };
  }

  /** Resolves when every sandbox is gone. */
  async stopAll(): Promise<void> {
    await Promise.all([...this.#all.values()].map((sandbox) => sandbox.stop(0)));
  }

  #pass(event: SandboxEvent): void {
    const sandbox = this.#all.get(event.sandboxId);
    if (event.kind === "exited") sandbox?.exited(event);
    else sandbox?.usedMemory(event);
  }
}
