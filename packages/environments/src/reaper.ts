import type { Clock } from "@hearth/kit";
import type { ExecutionEnvironment } from "./executionEnvironment.ts";
import type { Pool } from "./pool.ts";

export interface ReaperDeps {
  readonly pools: () => Iterable<Pick<Pool, "idle">>;
  readonly clock: Clock;
  /** An environment that has been idle for this long is stopped. */
  readonly idleTtlMs: number;
  readonly freeMemoryMb: () => number;
  /** Below this much free memory each sweep stops the environment that has been idle longest. */
  readonly minFreeMemoryMb: number;
}

/** Stops environments that have not been used for a while, and sooner when memory is short. */
export class Reaper {
  readonly #deps: ReaperDeps;

  constructor(deps: ReaperDeps) {
    this.#deps = deps;
  }

  sweep(): void {
    const { pools, clock, idleTtlMs, freeMemoryMb, minFreeMemoryMb } = this.#deps;
    const before = clock.monotonicMs() - idleTtlMs;
    let longestIdle: ExecutionEnvironment | undefined;
    for (const { idle } of pools()) {
      const expired = idle.filter((environment) => environment.idleSinceMs <= before);
      for (const environment of expired) void environment.stop();
      const [first] = idle;
      if (first && first.idleSinceMs < (longestIdle?.idleSinceMs ?? Infinity)) longestIdle = first;
    }
    if (longestIdle && freeMemoryMb() < minFreeMemoryMb) void longestIdle.stop();
  }
}
