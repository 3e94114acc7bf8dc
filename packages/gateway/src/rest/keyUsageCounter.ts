import { dayOf, quotaPeriod, type RestStagePlan } from "@hearth/apis";
import { BackgroundLoop, type Clock, type Logger } from "@hearth/kit";
import type { KeyUsageStore } from "@hearth/store";

export interface KeyUsageCounterDeps {
  readonly store: Pick<KeyUsageStore, "add" | "total">;
  readonly clock: Clock;
  readonly logger: Logger;
}

interface Counted {
  readonly planId: string;
  readonly keyId: string;
  quota: RestStagePlan["quota"];
  /** The first day of the quota's period that `total` is about. */
  period: string | undefined;
  /** What all processes have written for the period. */
  total: number;
  /** By day: counted here, and not yet written. */
  readonly pending: Map<string, number>;
  isActive: boolean;
}

const FLUSH_MS = 5_000;

/**
 * Counts requests of API keys in memory and writes the counts in the background: a request waits for PostgreSQL only where the process has not seen its key
 * in this period of the quota. Several processes know of each other's requests after a few seconds, so quotas hold as well as possible, as on AWS; a process
 * that is killed loses a few seconds of counts.
 */
export class KeyUsageCounter implements AsyncDisposable {
  readonly #deps: KeyUsageCounterDeps;
  readonly #counted = new Map<string, Counted>();
  readonly #loop: BackgroundLoop;

  constructor(deps: KeyUsageCounterDeps) {
    this.#deps = deps;
    this.#loop = new BackgroundLoop("usage of API keys", FLUSH_MS, () => this.flush(), deps);
  }

  /** Counts a request. False when the quota of the period is used up: then nothing is counted. */
  take(plan: RestStagePlan, keyId: string): boolean | Promise<boolean> {
    const key = `${plan.planId} ${keyId}`;
    let counted = this.#counted.get(key);
    if (!counted) {
      counted = {
        planId: plan.planId,
        keyId,
        quota: undefined,
        period: undefined,
        total: 0,
        pending: new Map(),
        isActive: true,
      };
      this.#counted.set(key, counted);
    }
    counted.isActive = true;
    counted.quota = plan.quota;
    if (!plan.quota) return this.#count(counted);
    const { from } = quotaPeriod(plan.quota, this.#deps.clock.now());
    if (counted.period === from) return this.#within(counted, plan.quota);
    const read = counted;
    const { quota } = plan;
    return this.#read(read).then(
      () => this.#within(read, quota),
      (error: unknown) => {
        this.#deps.logger.warn(
          { err: error, planId: read.planId },
          "the usage of an API key could not be read; its request is admitted",
        );
        return this.#count(read);
      },
    );
  }

  #within(counted: Counted, { limit }: NonNullable<RestStagePlan["quota"]>): boolean {
    const from = counted.period ?? "";
    let used = counted.total;
    for (const [day, count] of counted.pending) if (day >= from) used += count;
    return used < limit && this.#count(counted);
  }

  #count({ pending }: Counted): true {
    const day = dayOf(this.#deps.clock.now());
    pending.set(day, (pending.get(day) ?? 0) + 1);
    return true;
  }

  async #read(counted: Counted): Promise<void> {
    if (!counted.quota) return;
    const days = quotaPeriod(counted.quota, this.#deps.clock.now());
    counted.total = await this.#deps.store.total(counted.planId, counted.keyId, days);
    counted.period = days.from;
  }

  /** Writes what was counted, and reads what the other processes have written about the same keys. */
  async flush(): Promise<void> {
    for (const [key, counted] of this.#counted) {
      if (!counted.isActive && counted.pending.size === 0) {
        this.#counted.delete(key);
        continue;
      }
      counted.isActive = false;
      try {
        await this.#write(counted);
        await this.#read(counted);
      } catch (error) {
        this.#deps.logger.warn({ err: error, planId: counted.planId }, "usage of an API key could not be written yet");
      }
    }
  }

  async #write(counted: Counted): Promise<void> {
    const { planId, keyId, pending } = counted;
    for (const [day, used] of pending) {
      await this.#deps.store.add({ planId, keyId, day, used });
      // Requests that were counted meanwhile stay. Until the next reading the written ones count as the total's.
      const left = (pending.get(day) ?? used) - used;
      counted.total += used;
      if (left > 0) pending.set(day, left);
      else pending.delete(day);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#loop[Symbol.asyncDispose]();
    await this.flush();
  }
}
