import type { Clock } from "@hearth/kit";
import { TokenBucket } from "./tokenBucket.ts";

/** What is bounded per account: management requests per second, invocations per second, requests in flight. */
export type AccountQuota = "requests" | "invocations" | "connections";

export interface AccountQuotasDeps {
  readonly clock: Clock;
  readonly requestsPerSecond: number;
  readonly invocationsPerSecond: number;
  /** Requests that are answered at a time, each of which holds a connection. */
  readonly connections: number;
  readonly onRefused: (quota: AccountQuota) => void;
}

/** Management requests come in waves, such as a deployment: so many seconds of the rate may come at once. */
const REQUEST_BURST_SECONDS = 10;
const INVOCATION_BURST_SECONDS = 1;

/** What one account uses. */
export class AccountUse {
  inFlight = 0;
  readonly requests: TokenBucket;
  readonly invocations: TokenBucket;

  constructor({ clock, requestsPerSecond, invocationsPerSecond }: AccountQuotasDeps) {
    this.requests = new TokenBucket(clock, requestsPerSecond, requestsPerSecond * REQUEST_BURST_SECONDS);
    this.invocations = new TokenBucket(clock, invocationsPerSecond, invocationsPerSecond * INVOCATION_BURST_SECONDS);
  }
}

/**
 * Counts in memory what the accounts use of one process. Every account has the same quotas, the owner's too. A request costs one look-up, and a
 * subtraction for each quota. There is an entry for every account that has called, and accounts are made by the owner alone.
 */
export class AccountQuotas {
  readonly #deps: AccountQuotasDeps;
  readonly #accounts = new Map<string, AccountUse>();

  constructor(deps: AccountQuotasDeps) {
    this.#deps = deps;
  }

  of(accountId: string): AccountUse {
    let use = this.#accounts.get(accountId);
    if (!use) this.#accounts.set(accountId, (use = new AccountUse(this.#deps)));
    return use;
  }

  /** Begins a request; `false` when the account has too many in flight. When `true`, `leave` must follow. */
  enter(use: AccountUse): boolean {
    if (use.inFlight >= this.#deps.connections) {
      this.#deps.onRefused("connections");
      return false;
    }
    use.inFlight++;
    return true;
  }

  leave(use: AccountUse): void {
    use.inFlight--;
  }

  /** Takes one request or invocation; `false` when the account has none left at this moment. */
  take(use: AccountUse, quota: "requests" | "invocations"): boolean {
    if (use[quota].take()) return true;
    this.#deps.onRefused(quota);
    return false;
  }
}
