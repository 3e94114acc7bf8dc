import type { ExecutionEnvironment } from "./executionEnvironment.ts";

/** The provisioned environments that a pool has for its version. */
export interface ProvisionedCounts {
  /** Initialised: idle or busy. */
  readonly available: number;
  readonly inUse: number;
  /** Starts that have failed since the last one that succeeded. */
  readonly failures: number;
  /** Whether the last start failed in the function's own init. */
  readonly initFailed: boolean;
}

/**
 * A pool's environments that provisioned concurrency asks for. They are kept apart from those that were started on demand, because they
 * serve first and are not stopped for being idle.
 */
export class ProvisionedEnvironments {
  readonly #all = new Set<ExecutionEnvironment>();
  /** Longest idle first. */
  readonly #idle: ExecutionEnvironment[] = [];
  #wanted = 0;
  #failures = 0;
  #initFailed = false;

  /** Longest idle first. */
  get idle(): readonly ExecutionEnvironment[] {
    return this.#idle;
  }

  get counts(): ProvisionedCounts {
    let available = 0;
    let inUse = 0;
    for (const { status } of this.#all) {
      if (status === "busy") inUse++;
      if (status === "busy" || status === "idle") available++;
    }
    return { available, inUse, failures: this.#failures, initFailed: this.#initFailed };
  }

  has(environment: ExecutionEnvironment): boolean {
    return this.#all.has(environment);
  }

  /** Sets how many to keep. Stops those in excess: idle ones now, the others when they become free. */
  want(count: number): void {
    this.#wanted = count;
    for (let excess = this.#all.size - count; excess > 0; excess--) {
      const environment = this.#idle.shift();
      if (!environment) break;
      void environment.stop();
    }
  }

  /** How many to start now, where at most `limit` may be starting at the same time. */
  toStart(limit: number): number {
    const starting = this.#all.size - this.counts.available;
    return Math.min(this.#wanted - this.#all.size, limit - starting);
  }

  add(environment: ExecutionEnvironment): void {
    this.#all.add(environment);
  }

  /** A start has ended: `failed` when the platform could not carry it out. */
  started(result: "ready" | "initFailed" | "failed"): void {
    this.#initFailed = result === "initFailed";
    this.#failures = result === "ready" ? 0 : this.#failures + 1;
  }

  /** The one that became idle last, no longer counted as idle. */
  popIdle(): ExecutionEnvironment | undefined {
    return this.#idle.pop();
  }

  /** Keeps a free environment, or stops it when there are more than wanted. */
  keepIdle(environment: ExecutionEnvironment): void {
    if (this.#all.size > this.#wanted) void environment.stop();
    else this.#idle.push(environment);
  }

  /** Stops the idle ones and keeps none from now on. */
  retire(): void {
    this.#wanted = 0;
    for (const environment of this.#idle.splice(0)) void environment.stop();
  }

  /** Forgets an environment that stops. False when it is not one of these. */
  delete(environment: ExecutionEnvironment): boolean {
    if (!this.#all.delete(environment)) return false;
    const at = this.#idle.indexOf(environment);
    if (at >= 0) this.#idle.splice(at, 1);
    return true;
  }
}
