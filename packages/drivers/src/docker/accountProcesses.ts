export interface AccountProcessesDeps {
  /** The most processes and threads that one sandbox may have. */
  readonly maxPerSandbox: number;
  /** The most that all sandboxes of one account may have together. */
  readonly maxPerAccount: number;
  apply(containerId: string, processes: number): void;
}

/** A runtime does not start with fewer. An account with so many sandboxes that this is more than their share is over it. */
const MIN_PER_SANDBOX = 32;

/** Divides an account's share of the host's processes equally among its sandboxes, each time that their number changes. */
export class AccountProcesses {
  readonly #deps: AccountProcessesDeps;
  readonly #accounts = new Map<string, Set<string>>();
  readonly #accountOf = new Map<string, string>();
  /** The limit that was applied last. */
  readonly #applied = new Map<string, number>();

  constructor(deps: AccountProcessesDeps) {
    this.#deps = deps;
  }

  add(accountId: string, containerId: string): void {
    this.#accountOf.set(containerId, accountId);
    const own = this.#accounts.get(accountId) ?? new Set();
    this.#accounts.set(accountId, own.add(containerId));
    this.#divide(own);
  }

  /** Idempotent. */
  remove(containerId: string): void {
    const accountId = this.#accountOf.get(containerId);
    if (accountId === undefined) return;
    this.#accountOf.delete(containerId);
    this.#applied.delete(containerId);
    const own = this.#accounts.get(accountId);
    own?.delete(containerId);
    if (!own || own.size === 0) this.#accounts.delete(accountId);
    else this.#divide(own);
  }

  #divide(own: ReadonlySet<string>): void {
    const { maxPerSandbox, maxPerAccount, apply } = this.#deps;
    const each = Math.max(MIN_PER_SANDBOX, Math.min(maxPerSandbox, Math.floor(maxPerAccount / own.size)));
    for (const containerId of own) {
      if ((this.#applied.get(containerId) ?? maxPerSandbox) === each) continue;
      this.#applied.set(containerId, each);
      apply(containerId, each);
    }
  }
}
