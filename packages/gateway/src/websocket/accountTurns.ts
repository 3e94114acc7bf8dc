/** Jobs of one account that run at a time. */
const MAX_RUNNING = 16;
/** Jobs of one account that wait. */
const MAX_WAITING = 20_000;

interface Account<Job> {
  readonly waiting: Job[];
  running: number;
}

/** Runs jobs in the background, each account's apart: one whose jobs take long delays only its own. */
export class AccountTurns<Job> {
  readonly #run: (job: Job) => Promise<void>;
  readonly #accounts = new Map<string, Account<Job>>();
  readonly #idle: (() => void)[] = [];

  /** `run` never rejects. */
  constructor(run: (job: Job) => Promise<void>) {
    this.#run = run;
  }

  /** False when too many of the account wait already. */
  add(accountId: string, job: Job): boolean {
    const account = this.#accounts.get(accountId) ?? { waiting: [], running: 0 };
    if (account.waiting.length >= MAX_WAITING) return false;
    this.#accounts.set(accountId, account);
    account.waiting.push(job);
    this.#next(accountId, account);
    return true;
  }

  /** Drops the jobs that wait. */
  forget(): void {
    for (const { waiting } of this.#accounts.values()) waiting.length = 0;
  }

  /** Resolves when no job waits or runs. */
  async done(): Promise<void> {
    while (this.#accounts.size > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  #next(accountId: string, account: Account<Job>): void {
    while (account.running < MAX_RUNNING) {
      const job = account.waiting.shift();
      if (job === undefined) break;
      account.running++;
      void this.#run(job).finally(() => {
        account.running--;
        this.#next(accountId, account);
      });
    }
    if (account.running > 0) return;
    this.#accounts.delete(accountId);
    if (this.#accounts.size === 0) for (const resolve of this.#idle.splice(0)) resolve();
  }
}
