import type { RestStagePlan } from "@hearth/apis";
import { ManualClock, silentLogger } from "@hearth/kit";
import { expect, test } from "vitest";
import { KeyUsageCounter } from "./keyUsageCounter.ts";

const plan: RestStagePlan = {
  planId: "p1",
  quota: { limit: 3, offset: 0, period: "DAY" },
  methodThrottles: new Map(),
};

/** What all processes have written, by day. */
function storeWith(days: Record<string, number>) {
  let isDown = false;
  let reads = 0;
  return {
    days,
    get reads() {
      return reads;
    },
    fail: (down: boolean) => (isDown = down),
    add: ({ day, used = 0 }: { readonly day: string; readonly used?: number }) => {
      if (isDown) return Promise.reject(new Error("no connection"));
      days[day] = (days[day] ?? 0) + used;
      return Promise.resolve();
    },
    total: (_: string, __: string, { from, to }: { readonly from: string; readonly to: string }) => {
      if (isDown) return Promise.reject(new Error("no connection"));
      reads++;
      const within = Object.entries(days).filter(([day]) => day >= from && day <= to);
      return Promise.resolve(within.reduce((sum, [, used]) => sum + used, 0));
    },
  };
}

function counterWith(days: Record<string, number> = {}) {
  const clock = new ManualClock(Date.parse("2026-11-29T23:59:00Z"));
  const store = storeWith(days);
  return { clock, store, counter: new KeyUsageCounter({ store, clock, logger: silentLogger }) };
}

test("a quota counts what was written before and what is counted here; PostgreSQL is asked once", async () => {
  const { counter, store } = counterWith({ "2026-11-29": 1 });
  expect([await counter.take(plan, "k"), await counter.take(plan, "k"), await counter.take(plan, "k")]).toEqual([
    true,
    true,
    false,
  ]);
  expect(store.reads).toBe(1);
  await counter.flush();
  expect(store.days).toEqual({ "2026-11-29": 3 });
  expect(await counter.take(plan, "k")).toBe(false);
});

test("a new period begins a new quota; each day keeps its own count", async () => {
  const { counter, clock, store } = counterWith();
  for (let at = 0; at < 3; at++) expect(await counter.take(plan, "k")).toBe(true);
  expect(await counter.take(plan, "k")).toBe(false);
  await clock.advance(120_000);
  expect(await counter.take(plan, "k")).toBe(true);
  await counter.flush();
  expect(store.days).toEqual({ "2026-11-29": 3, "2026-11-30": 1 });
});

test("what other processes have written counts after the next flush", async () => {
  const { counter, store } = counterWith();
  expect(await counter.take(plan, "k")).toBe(true);
  store.days["2026-11-29"] = 5;
  await counter.flush();
  expect(await counter.take(plan, "k")).toBe(false);
});

test("while PostgreSQL is away requests are admitted, and nothing that was counted is lost", async () => {
  const { counter, store } = counterWith();
  store.fail(true);
  expect(await counter.take(plan, "k")).toBe(true);
  expect(
    await counter.take(
      { ...plan, planId: "p2", quota: { ...plan.quota, limit: 1 } as typeof plan.quota & object },
      "k",
    ),
  ).toBe(true);
  await counter.flush();
  store.fail(false);
  await counter.flush();
  expect(store.days).toEqual({ "2026-11-29": 2 });
});
