import type { Clock } from "@hearth/kit";

/** An account is given another chance in the lane of the quick ones after this time. */
const FORGET_MS = 60_000;

/** Accounts whose log filters take long. They take turns. */
export class SlowAccounts {
  readonly #clock: Pick<Clock, "monotonicMs">;
  /** When each was last found slow or had its turn, longest ago first. */
  readonly #since = new Map<string, number>();

  constructor(clock: Pick<Clock, "monotonicMs">) {
    this.#clock = clock;
  }

  get size(): number {
    this.#forget();
    return this.#since.size;
  }

  has(accountId: string): boolean {
    this.#forget();
    return this.#since.has(accountId);
  }

  add(accountId: string): void {
    this.#since.delete(accountId);
    this.#since.set(accountId, this.#clock.monotonicMs());
  }

  delete(accountId: string): void {
    this.#since.delete(accountId);
  }

  /** The account that had its turn longest ago, of those that wait; this is its turn. */
  next(isWaiting: (accountId: string) => boolean): string | undefined {
    for (const accountId of this.#since.keys()) {
      if (!isWaiting(accountId)) continue;
      this.add(accountId);
      return accountId;
    }
    return undefined;
  }

  #forget(): void {
    const before = this.#clock.monotonicMs() - FORGET_MS;
    for (const [accountId, at] of this.#since) if (at < before) this.#since.delete(accountId);
  }
}
