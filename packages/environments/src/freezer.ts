import type { Clock } from "@hearth/kit";
import type { Pool } from "./pool.ts";

export interface FreezerDeps {
  readonly pools: () => Iterable<Pick<Pool, "idle" | "provisionedIdle">>;
  readonly clock: Clock;
  /** An environment idle for so long is frozen. */
  readonly idleFreezeMs: number;
}

/** Freezes lazily: an environment in steady use is never frozen, so never waits to be thawed. */
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
          if (environment.idleSinceMs > before) break; // The rest became idle later.
          environment.freeze();
        }
      }
    }
  }
}
