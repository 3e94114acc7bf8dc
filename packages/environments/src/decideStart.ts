export interface PoolCounts {
  /** Requests that no environment serves yet. */
  readonly waiting: number;
  /** Environments on their way: each will serve one of them. */
  readonly starting: number;
}

/**
 * How many more environments to start: one for each waiting request that no starting environment is for. Requests that wait are served
 * by whichever environment is free first, an old one or a new one. Concurrency is limited before, where requests are admitted.
 */
export function decideStart({ waiting, starting }: PoolCounts): number {
  return Math.max(0, waiting - starting);
}
