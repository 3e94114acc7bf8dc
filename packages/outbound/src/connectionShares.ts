import { OutboundFailed } from "./outboundErrors.ts";

export interface ConnectionLimits {
  readonly total: number;
  readonly perAccount: number;
  /** Requests of one account that wait for a connection; beyond it they fail at once. */
  readonly waitingPerAccount: number;
}

interface Account {
  held: number;
  readonly waiting: (() => void)[];
}

/**
 * Connections shared out between accounts. An account may hold `perAccount`, and beyond the first one never more than half of what is still free: it takes
 * many accounts whose servers hang to use up all, and then what becomes free goes to the account that holds least.
 */
export class ConnectionShares {
  readonly #limits: ConnectionLimits;
  readonly #accounts = new Map<string, Account>();
  #held = 0;

  constructor(limits: ConnectionLimits) {
    this.#limits = limits;
  }

  get held(): number {
    return this.#held;
  }

  /** Waits for a connection of the account's share. Rejects with OutboundFailed when too many wait already, or with the signal's reason. */
  async acquire(accountId: string, signal: AbortSignal): Promise<Disposable> {
    signal.throwIfAborted();
    const account = this.#accounts.get(accountId) ?? { held: 0, waiting: [] };
    this.#accounts.set(accountId, account);
    if (account.waiting.length === 0 && this.#mayHold(account)) this.#take(account);
    else await this.#wait(accountId, account, signal);
    let isHeld = true;
    return {
      [Symbol.dispose]: () => {
        if (!isHeld) return;
        isHeld = false;
        account.held--;
        this.#held--;
        this.#forget(accountId, account);
        this.#serve();
      },
    };
  }

  #mayHold({ held }: Account): boolean {
    const free = this.#limits.total - this.#held;
    return free > 0 && held < Math.min(this.#limits.perAccount, Math.max(1, free / 2));
  }

  #take(account: Account): void {
    account.held++;
    this.#held++;
  }

  /** Gives what is free to those that wait, the account that holds least first. */
  #serve(): void {
    for (;;) {
      let next: Account | undefined;
      for (const account of this.#accounts.values()) {
        if (account.waiting.length > 0 && this.#mayHold(account) && account.held < (next?.held ?? Infinity))
          next = account;
      }
      if (!next) return;
      this.#take(next);
      next.waiting.shift()?.();
    }
  }

  async #wait(accountId: string, account: Account, signal: AbortSignal): Promise<void> {
    if (account.waiting.length >= this.#limits.waitingPerAccount) {
      throw new OutboundFailed(
        "busy",
        `${account.waiting.length} requests of account ${accountId} wait for a connection already`,
      );
    }
    await new Promise<void>((resolve, reject) => {
      const grant = (): void => {
        signal.removeEventListener("abort", onAbort);
        resolve();
      };
      const onAbort = (): void => {
        account.waiting.splice(account.waiting.indexOf(grant), 1);
        this.#forget(accountId, account);
        reject(signal.reason as Error);
      };
      account.waiting.push(grant);
      signal.addEventListener("abort", onAbort, { once: true });
    });
  }

  #forget(accountId: string, { held, waiting }: Account): void {
    if (held === 0 && waiting.length === 0) this.#accounts.delete(accountId);
  }
}
