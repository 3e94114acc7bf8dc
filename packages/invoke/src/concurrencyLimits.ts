import type { Logger } from "@hearth/kit";
import type { ConcurrencyStore, FunctionIndex, IndexedFunction } from "@hearth/store";

export interface ConcurrencyLimitsOptions {
  /** Concurrent executions of one account: all its functions, in all regions, together. */
  readonly accountLimit: number;
}

export interface FollowReservationsDeps {
  readonly index: Pick<FunctionIndex, "onApplied">;
  readonly concurrency: Pick<ConcurrencyStore, "reservedTotals">;
  readonly logger: Logger;
}

/** How many invocations may run at the same time in the pools of this invoker, by account and by function. */
export class ConcurrencyLimits {
  readonly #accountLimit: number;
  #reservedTotals: ReadonlyMap<string, number>;

  /** `reservedTotals`: by account, the sum of the reserved concurrency of all its functions. */
  constructor({ accountLimit }: ConcurrencyLimitsOptions, reservedTotals: ReadonlyMap<string, number> = new Map()) {
    this.#accountLimit = accountLimit;
    this.#reservedTotals = reservedTotals;
  }

  /** The limit that the account's functions without reserved concurrency share. */
  unreserved(accountId: string): number {
    return this.#accountLimit - (this.#reservedTotals.get(accountId) ?? 0);
  }

  /** The function's own limit; undefined for a function without reserved concurrency. */
  reserved(fn: IndexedFunction): number | undefined {
    return fn.ReservedConcurrentExecutions;
  }

  /** Reads the reserved concurrency of all accounts now, and again after each change. Resolves after the first time. */
  async follow({ index, concurrency, logger }: FollowReservationsDeps): Promise<void> {
    let reading = false;
    let again = false;
    const refresh = async (): Promise<void> => {
      again = true;
      if (reading) return;
      reading = true;
      try {
        while (again) {
          again = false;
          this.#reservedTotals = await concurrency.reservedTotals();
        }
      } finally {
        reading = false;
      }
    };
    await refresh();
    index.onApplied(() => {
      refresh().catch((error: unknown) =>
        logger.warn({ err: error }, "could not read the reserved concurrency of accounts; the last known totals apply"),
      );
    });
  }
}
