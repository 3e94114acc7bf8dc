import type { AccountRegion } from "@hearth/model";
import type { ScheduleStore } from "@hearth/store";
import { ServiceQuotaExceededException } from "./errors.ts";

/** Per account and region. https://docs.aws.amazon.com/scheduler/latest/UserGuide/scheduler-quotas.html */
const QUOTA = 10_000_000;
/** Counting takes time with the number, so a count is used for so many requests. Several processes may exceed the quota by as much each. */
const USES = 1_000;

/** Limits how many schedules an account has. */
export class ScheduleQuota {
  readonly #schedules: Pick<ScheduleStore, "count">;
  readonly #counted = new Map<string, { readonly count: number; uses: number }>();

  constructor(schedules: Pick<ScheduleStore, "count">) {
    this.#schedules = schedules;
  }

  /** Rejects with ServiceQuotaExceededException when the account may have no further schedule. */
  async check({ accountId, region }: AccountRegion): Promise<void> {
    const key = `${accountId} ${region}`;
    const known = this.#counted.get(key);
    if (known && known.uses < USES && known.count + known.uses < QUOTA) {
      known.uses++;
      return;
    }
    const count = await this.#schedules.count({ accountId, region }, QUOTA);
    this.#counted.set(key, { count, uses: 1 });
    if (count >= QUOTA) {
      throw new ServiceQuotaExceededException(`The account has ${QUOTA} schedules, which is its limit.`);
    }
  }
}
