import type { Clock, Logger } from "@hearth/kit";

export interface RefusalLogDeps {
  readonly clock: Clock;
  readonly logger: Logger;
}

const EVERY_MS = 60_000;
const MAX_ACCOUNTS = 1_000;

/** Logs what accounts are refused, at most once per minute and account: they could fill the log otherwise. */
export class RefusalLog {
  readonly #deps: RefusalLogDeps;
  readonly #accounts = new Map<string, { readonly since: number; more: number }>();

  constructor(deps: RefusalLogDeps) {
    this.#deps = deps;
  }

  refused(accountId: string, host: string, port: number | undefined, reason: string): void {
    const now = this.#deps.clock.monotonicMs();
    const before = this.#accounts.get(accountId);
    if (before && now < before.since + EVERY_MS) {
      before.more++;
      return;
    }
    if (this.#accounts.size >= MAX_ACCOUNTS) this.#accounts.clear();
    this.#accounts.set(accountId, { since: now, more: 0 });
    const notLogged = before?.more ?? 0;
    this.#deps.logger.warn(
      { accountId, host, port, reason, ...(notLogged > 0 && { notLogged }) },
      "a connection to the outside was refused",
    );
  }
}
