import type { Clock, Logger } from "@hearth/kit";
import { latestChange } from "./changeLog.ts";
import type { Database } from "../postgres/database.ts";
import { isAcknowledged } from "../function-index/invokerLease.ts";

export interface ChangeBarrierDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
}

const POLL_MS = 4;
const PATIENCE_MS = 2_000;

/**
 * Makes API responses mean what clients expect: after a delete, no invocation reaches the function; after an alias has moved, no invocation reaches
 * its old version.
 */
export class ChangeBarrier {
  readonly #deps: ChangeBarrierDeps;

  constructor(deps: ChangeBarrierDeps) {
    this.#deps = deps;
  }

  /**
   * Resolves when every invoker with a live lease has applied all changes committed before the call, or after 2 s, with a log line. Never rejects.
   */
  async passed(): Promise<void> {
    const { database, clock, logger } = this.#deps;
    const since = clock.monotonicMs();
    try {
      const seq = await latestChange(database);
      while (!(await isAcknowledged(database, seq))) {
        if (clock.monotonicMs() - since > PATIENCE_MS) {
          logger.warn(
            { change: String(seq) },
            "an invoker has not applied a change for 2 s; the answer does not wait for it any longer",
          );
          return;
        }
        await clock.sleep(POLL_MS);
      }
    } catch (error) {
      logger.warn(
        { err: error },
        "whether invokers have applied a change cannot be read; the answer does not wait for it",
      );
    }
  }
}
