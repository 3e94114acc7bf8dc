import type { Clock } from "@hearth/kit";
import type { ExecutionEnvironment } from "./executionEnvironment.ts";
import type { Pool } from "./pool.ts";

type MeasuredPool = Pick<Pool, "version" | "environments" | "idle" | "peakMemoryMb" | "coldStartMs">;

export interface StartMemoryDeps {
  readonly pools: () => Iterable<MeasuredPool>;
  readonly booted: { stopOldest(): Promise<void> | undefined };
  readonly clock: Clock;
  readonly freeMemoryMb: () => number;
  /** The memory of the host. */
  readonly totalMemoryMb: number;
  /** A start must leave this much free. */
  readonly minFreeMemoryMb: number;
  /** Called when memory has been given back. */
  readonly onFreed: () => void;
}

interface Idle {
  readonly environment: ExecutionEnvironment;
  readonly mb: number;
  readonly value: number;
}

/** What stopping a booted sandbox that is not assigned yet is expected to give back. */
const BOOTED_MB = 30;

/**
 * Keeps starts from pushing the host out of memory. A start fits when what is free covers its estimate, the starts under way, what the living
 * environments are still expected to take, and the reserve. Otherwise sandboxes booted ahead and idle environments are stopped, the least valuable first:
 * those that are cheap to start again, large, and idle for long. Provisioned environments are kept.
 */
export class StartMemory {
  readonly #deps: StartMemoryDeps;
  /** Expected from environments that are being stopped. */
  #stoppingMb = 0;

  constructor(deps: StartMemoryDeps) {
    this.#deps = deps;
  }

  /**
   * What an environment of this pool is expected to use: the most that one has used during an invocation. Until one has been measured, its MemorySize,
   * which can be far more than it will use; so a quarter of the host's memory is the limit.
   */
  estimateMb({ version, peakMemoryMb }: Pick<MeasuredPool, "version" | "peakMemoryMb">): number {
    const { MemorySize } = version.configuration;
    return Math.min(MemorySize, peakMemoryMb || this.#deps.totalMemoryMb / 4);
  }

  /** Whether `mb` more may be taken beside the `reservedMb` of starts that are under way. When not, stops what is idle if that makes enough room. */
  admits(mb: number, reservedMb: number): boolean {
    const { freeMemoryMb, minFreeMemoryMb, booted } = this.#deps;
    const { growthMb, isAnyBusy, idle } = this.#survey();
    const missingMb = mb + reservedMb + growthMb + minFreeMemoryMb - freeMemoryMb();
    if (missingMb <= 0) return true;
    if (this.#stoppingMb >= missingMb) return false;
    const stopped = booted.stopOldest();
    if (stopped) {
      this.#wait(stopped, BOOTED_MB);
      return false;
    }
    const idleMb = idle.reduce((sum, environment) => sum + environment.mb, 0);
    const canWait = isAnyBusy || reservedMb > 0;
    if (this.#stoppingMb + idleMb < missingMb && canWait) return false;
    for (const { environment, mb: givenBack } of idle.toSorted((one, other) => one.value - other.value)) {
      if (this.#stoppingMb >= missingMb) break;
      this.#wait(environment.stop(), givenBack);
    }
    // When nothing is left that could give memory back, waiting would change nothing: the host is simply small.
    return this.#stoppingMb === 0 && !canWait;
  }

  #wait(stopped: Promise<void>, mb: number): void {
    this.#stoppingMb += mb;
    const freed = (): void => {
      this.#stoppingMb -= mb;
      this.#deps.onFreed();
    };
    stopped.then(freed, freed);
  }

  #survey(): { readonly growthMb: number; readonly isAnyBusy: boolean; readonly idle: readonly Idle[] } {
    const now = this.#deps.clock.monotonicMs();
    const idle: Idle[] = [];
    let growthMb = 0;
    let isAnyBusy = false;
    for (const pool of this.#deps.pools()) {
      const estimateMb = this.estimateMb(pool);
      for (const environment of pool.environments) {
        const { status, usedMemoryMb } = environment;
        if (status === "busy") isAnyBusy = true;
        // What is starting is counted as reserved.
        if (status === "busy" || status === "idle") growthMb += Math.max(0, estimateMb - usedMemoryMb);
      }
      for (const environment of pool.idle) {
        const mb = Math.max(environment.usedMemoryMb, estimateMb, 1);
        const idleMs = Math.max(now - environment.idleSinceMs, 1);
        idle.push({ environment, mb, value: Math.max(pool.coldStartMs, 1) / (idleMs * mb) });
      }
    }
    return { growthMb, isAnyBusy, idle };
  }
}
