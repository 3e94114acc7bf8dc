import { BackgroundLoop, type Clock, type Logger, type Random } from "@hearth/kit";
import { Freezer } from "./freezer.ts";
import { IdleWork } from "./idleWork.ts";
import type { EnvironmentMetrics } from "./metrics.ts";
import type { Pool } from "./pool.ts";
import { Reaper } from "./reaper.ts";
import type { Sandboxes } from "./sandboxes.ts";

export interface MaintenanceDeps {
  readonly pools: () => Iterable<Pool>;
  readonly sandboxes: Pick<Sandboxes, "reconcile">;
  readonly metrics: Pick<EnvironmentMetrics, "workedWhileIdle">;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly freeMemoryMb: () => number;
  readonly options: MaintenanceOptions;
}

export interface MaintenanceOptions {
  /** An environment that has been idle for this long is frozen; with 0 as soon as it is idle. */
  readonly idleFreezeMs: number;
  /** An environment that has been idle for this long is stopped. */
  readonly idleTtlMs: number;
  /** Below this much free memory idle environments are stopped sooner. */
  readonly minFreeMemoryMb: number;
}

const SWEEP_EVERY_MS = 250;
const RECONCILE_EVERY_MS = 10_000;

/** The background work on environments: freezes and stops idle ones, finds those that work while idle, and compares the known sandboxes with those of the driver. */
export class Maintenance implements AsyncDisposable {
  readonly #loops: readonly BackgroundLoop[];

  constructor(deps: MaintenanceDeps) {
    const { pools, clock, freeMemoryMb } = deps;
    const { idleFreezeMs, idleTtlMs, minFreeMemoryMb } = deps.options;
    const reaper = new Reaper({ pools, clock, idleTtlMs, freeMemoryMb, minFreeMemoryMb });
    const freezer = new Freezer({ pools, clock, idleFreezeMs });
    const sweep = (): Promise<void> => {
      reaper.sweep();
      freezer.sweep();
      return Promise.resolve();
    };
    const idleWork = new IdleWork(deps);
    const reconcile = async (): Promise<void> => {
      const { orphans, lost } = await deps.sandboxes.reconcile();
      if (orphans + lost > 0) deps.logger.warn({ orphans, lost }, "sandboxes and the engine's view differed");
    };
    this.#loops = [
      new BackgroundLoop("idle work", SWEEP_EVERY_MS, (signal) => idleWork.sweep(signal), deps),
      new BackgroundLoop("environment sweep", SWEEP_EVERY_MS, sweep, deps),
      new BackgroundLoop("sandbox reconciliation", RECONCILE_EVERY_MS, reconcile, deps),
    ];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const loop of this.#loops) await loop[Symbol.asyncDispose]();
  }
}
