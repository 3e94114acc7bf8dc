import type { Clock } from "@hearth/kit";
import { ValidationException } from "@hearth/model";
import type { UsageStore } from "@hearth/store";
import { operation } from "@hearth/wire";
import { z } from "zod";

export interface GetUsageDeps {
  readonly usage: Pick<UsageStore, "sums">;
  readonly clock: Clock;
  /** Brings what this process has measured and not yet stored into the sums. */
  readonly flushUsage?: () => Promise<void>;
}

const Day = z.iso.date();
const DAYS_UNLESS_TOLD = 30;
const DAY_MS = 86_400_000;

/** What the caller's functions used, summed by function and day (UTC, both ends included). The last 30 days unless told. */
export const getUsage = operation({
  name: "GetUsage",
  http: ["GET", "/_hearth/usage", 200],
  query: { from: "from", to: "to", function: "function" },
  input: z.object({ from: Day.optional(), to: Day.optional(), function: z.string().min(1).max(64).optional() }),
  errors: [ValidationException],
  async handle({ from, to, function: functionName }, { caller }, { usage, clock, flushUsage }: GetUsageDeps) {
    await flushUsage?.();
    const lastDay = to ?? dayOf(clock.now());
    const firstDay = from ?? dayOf(Date.parse(lastDay) - (DAYS_UNLESS_TOLD - 1) * DAY_MS);
    const query = { accountId: caller.accountId, from: firstDay, to: lastDay };
    return { usage: await usage.sums(functionName === undefined ? query : { ...query, functionName }) };
  },
});

function dayOf(epochMs: number): string {
  return new Date(epochMs).toISOString().slice(0, 10);
}
