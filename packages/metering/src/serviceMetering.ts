import { BackgroundLoop, type Clock, type Logger, Mutex, type Random } from "@hearth/kit";
import type { ServiceUsage, ServiceUsagePort } from "@hearth/model";
import type { ServiceUsageStore, ServiceUsageTotal } from "@hearth/store";

export interface ServiceMeteringDeps {
  readonly serviceUsage: Pick<ServiceUsageStore, "write">;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

const HOUR_MS = 3_600_000;
const FLUSH_EVERY_MS = 5_000;
const TOTALS_PER_WRITE = 2_000;

interface Total {
  readonly key: Omit<ServiceUsageTotal, "quantity">;
  quantity: number;
  /** It has changed since it was stored. */
  changed: boolean;
}

/**
 * Adds up what hosted services count, by hour, and stores the totals every 5 seconds. A total is stored as a whole, so a write that is repeated
 * counts nothing twice. A crash loses what was recorded since the last flush: at most 5 seconds, longer while PostgreSQL cannot be reached.
 * Disposal stores the rest.
 */
export class ServiceMetering implements ServiceUsagePort, AsyncDisposable {
  readonly #deps: ServiceMeteringDeps;
  readonly #loop: BackgroundLoop;
  readonly #oneFlush = new Mutex();
  readonly #totals = new Map<string, Total>();
  /** Another one each time that totals of past hours are forgotten: usage that arrives late for such an hour must not replace what is stored. */
  #writer: string;

  constructor(deps: ServiceMeteringDeps) {
    this.#deps = deps;
    this.#writer = deps.random.uuid();
    this.#loop = new BackgroundLoop("service metering", FLUSH_EVERY_MS, () => this.flush(), deps);
  }

  record({ at, accountId, region, service, unit, quantity, resource = "" }: ServiceUsage): void {
    const hour = Math.floor(at / HOUR_MS) * HOUR_MS;
    const id = JSON.stringify([accountId, hour, region, service, unit, resource]);
    let total = this.#totals.get(id);
    if (!total) {
      total = { key: { accountId, hour, region, service, unit, resource }, quantity: 0, changed: true };
      this.#totals.set(id, total);
    }
    total.quantity += quantity;
    total.changed = true;
  }

  /** Stores what was recorded until now. Rejects when PostgreSQL does not take it; it is tried again with the next flush. */
  async flush(): Promise<void> {
    using _turn = await this.#oneFlush.acquire();
    const changed = [...this.#totals.values()].filter((total) => total.changed);
    for (let start = 0; start < changed.length; start += TOTALS_PER_WRITE) {
      await this.#write(changed.slice(start, start + TOTALS_PER_WRITE));
    }
    this.#forgetPastHours();
  }

  async #write(totals: readonly Total[]): Promise<void> {
    const rows = totals.map(({ key, quantity }) => ({ ...key, quantity }));
    for (const total of totals) total.changed = false;
    try {
      await this.#deps.serviceUsage.write(this.#writer, rows);
    } catch (error) {
      for (const total of totals) total.changed = true;
      throw error;
    }
  }

  #forgetPastHours(): void {
    const now = this.#deps.clock.now();
    const isPast = ({ key }: Total): boolean => key.hour + HOUR_MS <= now;
    const totals = [...this.#totals];
    if (!totals.some(([, total]) => isPast(total))) return;
    // All totals start afresh under the new writer, so all must be stored.
    if (totals.some(([, total]) => total.changed)) return;
    this.#totals.clear();
    this.#writer = this.#deps.random.uuid();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#loop[Symbol.asyncDispose]();
    try {
      await this.flush();
    } catch (error) {
      this.#deps.logger.error({ err: error }, "usage of the last seconds could not be stored and is lost");
    }
  }
}
