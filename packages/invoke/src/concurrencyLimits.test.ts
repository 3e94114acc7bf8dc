import { silentLogger } from "@hearth/kit";
import { expect, test } from "vitest";
import { ConcurrencyLimits } from "./concurrencyLimits.ts";

test("reserved concurrency reduces what other functions share, from the first read and after each change", async () => {
  let total = 300;
  let isAway = false;
  const listeners: ((seq: bigint) => void)[] = [];
  const changed = (): void => listeners.forEach((listener) => listener(1n));
  const limits = new ConcurrencyLimits({ accountLimit: 1000 });
  await limits.follow({
    index: { onApplied: (listener) => void listeners.push(listener) },
    concurrency: {
      reservedTotals: async () =>
        isAway ? Promise.reject(new Error("the database is away")) : new Map([["1", total]]),
    },
    logger: silentLogger,
  });
  expect([limits.unreserved("1"), limits.unreserved("2")]).toEqual([700, 1000]);
  total = 400;
  changed();
  await expect.poll(() => limits.unreserved("1")).toBe(600);
  isAway = true;
  changed();
  await new Promise((resolve) => setImmediate(resolve));
  expect(limits.unreserved("1")).toBe(600);
});
