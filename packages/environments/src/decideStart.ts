export interface PoolCounts {
  /** Requests that no environment serves yet. */
  readonly waiting: number;
  /** Environments on their way: each will serve one of them. */
  readonly starting: number;
  /** Environments that have answered and been given back, whose runtimes will ask for the next event in a moment. */
  readonly finishing: number;
}

/**
 * How many more environments to start: one for each waiting request that none is on its way to. Requests that wait are served by
 * whichever environment is free first, an old one or a new one. Concurrency is limited before, where requests are admitted.
 */
export function decideStart({ waiting, starting, finishing }: PoolCounts): number {
  return Math.max(0, waiting - starting - finishing);
}
