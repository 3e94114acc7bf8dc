import type { Clock } from "@hearth/kit";
import { ExpectedUse } from "./expectedUse.ts";
import type { ExecutionEnvironment } from "./executionEnvironment.ts";
import type { Pool } from "./pool.ts";
import type { Reservation } from "./startQueue.ts";

type MeasuredPool = Pick<Pool, "version" | "environments" | "idle" | "peakMemoryMb" | "coldStartMs">;

export interface StartMemoryDeps {
  readonly pools: () => Iterable<MeasuredPool>;
  readonly booted: { stopOldest(): Promise<void> | undefined };
  readonly clock: Clock;
  readonly freeMemoryMb: () => number;
  /** The memory of the host. */
  readonly totalMemoryMb: number;
  /** What all sandboxes together may hold before one of them is ended. */
  readonly sandboxesMemoryMb: number;
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

interface Survey {
  /** What the living environments hold. */
  readonly heldMb: number;
  /** What they are still expected to take, as far as it counts. */
  readonly growth: ExpectedUse;
  readonly isAnyBusy: boolean;
  readonly idle: readonly Idle[];
}

/** What stopping a booted sandbox that is not assigned yet is expected to give back. */
const BOOTED_MB = 30;
/** EphemeralStorage that a function has without asking for it says nothing about its use. */
const DEFAULT_TMP_MB = 512;
/** What a function that was never measured may use before it counts among those that took more than expected. */
const UNMEASURED_PROMISE_MB = 512;

/**
 * Keeps starts from pushing the host out of memory. A start fits when what is free covers its estimate, the starts under way, what the living
 * environments are still expected to take, and the reserve. What is only expected of other accounts counts up to a share, and less with time where it
 * was never measured, so that functions with a large MemorySize do not keep others from starting. Otherwise sandboxes booted ahead and idle
 * environments are stopped, the least valuable first: those that are cheap to start again, large, and idle for long. Provisioned environments are kept.
 */
export class StartMemory {
  readonly #deps: StartMemoryDeps;
  /** Expected from environments that are being stopped. */
  #stoppingMb = 0;

  constructor(deps: StartMemoryDeps) {
    this.#deps = deps;
  }

  /**
   * What an environment of this pool is expected to use, files in /tmp included: the most that one has used during an invocation. Until one has been
   * measured, its MemorySize and the EphemeralStorage that was asked for, which can be far more than it will use; so a quarter of the host's memory is
   * the limit.
   */
  estimateMb({ version, peakMemoryMb }: Pick<MeasuredPool, "version" | "peakMemoryMb">): number {
    const { MemorySize, EphemeralStorage } = version.configuration;
    if (peakMemoryMb > 0) return Math.min(MemorySize + EphemeralStorage.Size, peakMemoryMb);
    return Math.min(MemorySize + Math.max(0, EphemeralStorage.Size - DEFAULT_TMP_MB), this.#deps.totalMemoryMb / 4);
  }

  /** What the launcher is told to expect of an environment of this pool. */
  promiseMb(pool: Pick<MeasuredPool, "version" | "peakMemoryMb">): number {
    const mb = Math.ceil(this.estimateMb(pool));
    return pool.peakMemoryMb > 0 ? mb : Math.min(mb, UNMEASURED_PROMISE_MB);
  }

  /**
   * Whether the account may take `mb` more beside the starts that are under way. When not, stops what is idle if that makes enough room.
   */
  admits(mb: number, accountId: string, reservations: Iterable<Reservation>): boolean {
    const { freeMemoryMb, minFreeMemoryMb, sandboxesMemoryMb, booted } = this.#deps;
    const { heldMb, growth, isAnyBusy, idle } = this.#survey(accountId);
    let isAnyStarting = false;
    for (const reservation of reservations) {
      if (reservation.mb > 0) isAnyStarting = true;
      growth.add(reservation.accountId, reservation.mb, reservation.sinceMs);
    }
    const freeMb = Math.min(freeMemoryMb() - minFreeMemoryMb, sandboxesMemoryMb - heldMb);
    const missingMb = mb + growth.mb - freeMb;
    if (missingMb <= 0) return true;
    if (this.#stoppingMb >= missingMb) return false;
    const stopped = booted.stopOldest();
    if (stopped) {
      this.#wait(stopped, BOOTED_MB);
      return false;
    }
    const idleMb = idle.reduce((sum, environment) => sum + environment.mb, 0);
    const canWait = isAnyBusy || isAnyStarting;
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

  #survey(accountId: string): Survey {
    const { clock, pools, totalMemoryMb } = this.#deps;
    const now = clock.monotonicMs();
    const idle: Idle[] = [];
    const growth = new ExpectedUse(accountId, totalMemoryMb, now);
    let heldMb = 0;
    let isAnyBusy = false;
    for (const pool of pools()) {
      const estimateMb = this.estimateMb(pool);
      for (const environment of pool.environments) {
        const { status, heldMemoryMb, memoryNowMb, runningSinceMs } = environment;
        heldMb += memoryNowMb;
        if (status === "busy") isAnyBusy = true;
        // What is starting is counted among the reservations.
        if (status !== "busy" && status !== "idle") continue;
        const isMeasured = pool.peakMemoryMb > 0;
        growth.add(pool.version.accountId, Math.max(0, estimateMb - heldMemoryMb), isMeasured ? now : runningSinceMs);
      }
      for (const environment of pool.idle) {
        const mb = Math.max(environment.heldMemoryMb, estimateMb, 1);
        const idleMs = Math.max(now - environment.idleSinceMs, 1);
        idle.push({ environment, mb, value: Math.max(pool.coldStartMs, 1) / (idleMs * mb) });
      }
    }
    return { heldMb, growth, isAnyBusy, idle };
  }
}
