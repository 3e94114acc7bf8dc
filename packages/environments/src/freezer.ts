import type { Clock } from "@hearth/kit";
import type { Pool } from "./pool.ts";

export interface FreezerDeps {
  readonly pools: () => Iterable<Pick<Pool, "idle" | "provisionedIdle">>;
  readonly clock: Clock;
  /** An environment that has been idle for this long is frozen. */
  readonly idleFreezeMs: number;
}

/** Freezes environments only after they have been idle for a while: one in steady use is never frozen, so its requests never wait for a thaw. */
export class Freezer {
  readonly #deps: FreezerDeps;

  constructor(deps: FreezerDeps) {
    this.#deps = deps;
  }

  sweep(): void {
    const { pools, clock, idleFreezeMs } = this.#deps;
    const before = clock.monotonicMs() - idleFreezeMs;
    for (const pool of pools()) {
      for (const idle of [pool.idle, pool.provisionedIdle]) {
        for (const environment of idle) {
          if (environment.idleSinceMs > before) break; // The others became idle later.
          environment.freeze();
        }
      }
    }
  }
}
