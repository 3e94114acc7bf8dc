import type { EnvironmentsOverview } from "@hearth/admin";
import type { Pools } from "@hearth/environments";
import { functionArn } from "@hearth/model";

/** What `hearth status` and `hearth functions list` show of environments: all versions of a function together. */
export function environmentsOverview(driver: string, pools: Pick<Pools, "stats" | "counts">): EnvironmentsOverview {
  const functions = new Map<string, EnvironmentsOverview["functions"][number]>();
  for (const { version, starting, idle, busy } of pools.counts()) {
    const { accountId, region, FunctionName } = version;
    const key = functionArn({ accountId, region, FunctionName });
    const before = functions.get(key) ?? { accountId, region, FunctionName, starting: 0, warm: 0, busy: 0 };
    const sums = { starting: before.starting + starting, warm: before.warm + idle, busy: before.busy + busy };
    functions.set(key, { ...before, ...sums });
  }
  const { frozen, waiting, booted } = pools.stats();
  return {
    driver,
    frozen,
    bootedAhead: [...booted.values()].reduce((sum, count) => sum + count, 0),
    requestsWaiting: waiting,
    functions: [...functions.values()],
  };
}
