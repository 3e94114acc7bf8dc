import { type TestDatabase, testDatabase } from "@hearth/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { OutboundRateStore } from "./outboundRates.ts";

let base: TestDatabase;

beforeAll(async () => {
  base = await testDatabase();
});
afterAll(async () => await base[Symbol.asyncDispose]());

test("two processes together get what a target allows per second, and learn how long to wait", async () => {
  const processes = [new OutboundRateStore(base.database), new OutboundRateStore(base.database)];
  const takes = await Promise.all(
    Array.from({ length: 20 }, async (_, i) => await processes[i % 2]!.take("slow", 0.01)),
  );
  expect(takes.filter((waitMs) => waitMs === 0)).toHaveLength(1);
  for (const waitMs of takes.filter((one) => one > 0)) {
    expect(waitMs).toBeGreaterThan(50_000);
    expect(waitMs).toBeLessThanOrEqual(100_000);
  }
});

test("a tenth of a second's uses may come at once, and targets do not share", async () => {
  const rates = new OutboundRateStore(base.database);
  const take = async (key: string): Promise<number> => await rates.take(key, 0.1);
  expect(await take("one")).toBe(0);
  expect(await take("one")).toBeGreaterThan(0);
  expect(await take("two")).toBe(0);
  // Within one transaction no time passes.
  await base.database.transaction(async (tx) => {
    const fast = new OutboundRateStore(tx);
    const waits: number[] = [];
    for (let i = 0; i < 100; i++) waits.push(await fast.take("fast", 300));
    expect(waits.filter((waitMs) => waitMs === 0)).toHaveLength(30);
  });
});

test("rows that mean nothing any more are forgotten", async () => {
  const rates = new OutboundRateStore(base.database);
  await base.database.query(
    "INSERT INTO outbound_rates VALUES ('old', now() - interval '1 hour') ON CONFLICT DO NOTHING",
  );
  await rates.take("new", 1);
  expect(await rates.forget(100)).toBe(1);
  const left = await base.database.query<{ key: string }>("SELECT key FROM outbound_rates WHERE key IN ('old', 'new')");
  expect(left).toEqual([{ key: "new" }]);
});
