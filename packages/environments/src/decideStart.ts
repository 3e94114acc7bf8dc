export interface PoolCounts {
  /** Requests that wait for an environment. */
  readonly waiting: number;
  /** Environments on their way: each will serve one of these requests. */
  readonly starting: number;
  /** Environments that have answered and been given back, whose runtimes should soon ask for the next event. */
  readonly finishing: number;
}

/**
 * How many more environments to start: one for each waiting request beyond those on their way. A waiting request is served by the first
 * environment that is free, old or new. Concurrency is limited earlier, where requests are admitted.
 */
export function decideStart({ waiting, starting, finishing }: PoolCounts): number {
  return Math.max(0, waiting - starting - finishing);
}
