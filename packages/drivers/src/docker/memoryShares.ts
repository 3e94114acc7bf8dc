/** What one sandbox of an account holds. */
export interface MemoryHolder {
  readonly sandboxId: string;
  readonly accountId: string;
  /** Files in /tmp. */
  readonly tmpBytes: number;
  /** What the kernel cannot take back: all but caches of files. */
  readonly usedBytes: number;
  /** What it was expected to use when it was admitted. */
  readonly expectedBytes: number;
}

/** Of each account whose files in /tmp hold more than `shareBytes`, the sandbox that holds most of them. */
export function beyondTmpShare(holders: readonly MemoryHolder[], shareBytes: number): readonly MemoryHolder[] {
  const accounts = [...Map.groupBy(holders, ({ accountId }) => accountId).values()];
  return accounts
    .filter((own) => sum(own, ({ tmpBytes }) => tmpBytes) > shareBytes)
    .map((own) => largest(own, ({ tmpBytes }) => tmpBytes))
    .filter((holder) => holder !== undefined);
}

/**
 * The sandbox to end when the memory for all of them is almost used up: of the account that has taken most beyond what it was expected to use,
 * the sandbox that has done so most. Expectations count up to an equal share of the memory for each account, so that an account that asks for much is not spared for it.
 */
export function worstOffender(holders: readonly MemoryHolder[], memoryBytes: number): MemoryHolder | undefined {
  const accounts = [...Map.groupBy(holders, ({ accountId }) => accountId).values()];
  const equalShare = memoryBytes / accounts.length;
  const worst = largest(accounts, (own) => {
    const expected = sum(own, ({ expectedBytes }) => expectedBytes);
    return sum(own, ({ usedBytes }) => usedBytes) - Math.min(expected, equalShare);
  });
  return worst && largest(worst, ({ usedBytes, expectedBytes }) => usedBytes - expectedBytes);
}

function sum<T>(all: readonly T[], of: (one: T) => number): number {
  return all.reduce((total, one) => total + of(one), 0);
}

function largest<T>(all: readonly T[], of: (one: T) => number): T | undefined {
  let best: T | undefined;
  for (const one of all) if (best === undefined || of(one) > of(best)) best = one;
  return best;
}
