import { type Clock, Semaphore } from "@hearth/kit";
import type { AuditEventStore, AuditFilter, AuditNews } from "@hearth/store";

export interface AuditFollowersDeps {
  readonly auditEvents: Pick<AuditEventStore, "newsSince" | "newsMark">;
  readonly clock: Clock;
}

const LOOK_EVERY_MS = 500;
const MAX_OF_ACCOUNT = 10;
const MAX_IN_ALL = 100;
/** Connections to PostgreSQL that followers use at a time; each process has 20. */
const MAX_READING = 2;

/**
 * The clients that follow the audit trail. All of them share one query that looks for news, and few read at a time, so that any number of clients leaves the
 * connections to PostgreSQL to other requests.
 */
export class AuditFollowers {
  readonly #deps: AuditFollowersDeps;
  readonly #reading = new Semaphore(MAX_READING);
  readonly #byAccount = new Map<string, number>();
  #inAll = 0;
  #mark = 0;
  #lastMark: string | undefined;
  #looking: Promise<void> | undefined;

  constructor(deps: AuditFollowersDeps) {
    this.#deps = deps;
  }

  /** A place for one client of the account until it is disposed; `undefined` when there is none. */
  enter(accountId: string): Disposable | undefined {
    const own = this.#byAccount.get(accountId) ?? 0;
    if (own >= MAX_OF_ACCOUNT || this.#inAll >= MAX_IN_ALL) return undefined;
    this.#count(accountId, 1);
    return { [Symbol.dispose]: () => this.#count(accountId, -1) };
  }

  #count(accountId: string, by: number): void {
    const own = (this.#byAccount.get(accountId) ?? 0) + by;
    if (own > 0) this.#byAccount.set(accountId, own);
    else this.#byAccount.delete(accountId);
    this.#inAll += by;
  }

  async newsSince(position: string | undefined, filter: AuditFilter): Promise<AuditNews> {
    using _permit = await this.#reading.acquire();
    return await this.#deps.auditEvents.newsSince(position, filter);
  }

  /** Read it before `newsSince`, so that `changed` misses nothing. */
  get mark(): number {
    return this.#mark;
  }

  /** Resolves when there may be news since `mark`, when it is `endMs` on the monotonic clock, or when `signal` aborts. */
  async changed(mark: number, endMs: number, signal: AbortSignal): Promise<void> {
    while (this.#mark === mark && this.#deps.clock.monotonicMs() < endMs && !signal.aborted) {
      this.#looking ??= this.#look().finally(() => {
        this.#looking = undefined;
      });
      await this.#looking;
    }
  }

  async #look(): Promise<void> {
    await this.#deps.clock.sleep(LOOK_EVERY_MS);
    const mark = await this.#deps.auditEvents.newsMark();
    if (mark !== this.#lastMark) this.#mark++;
    this.#lastMark = mark;
  }
}
