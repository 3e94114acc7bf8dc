import { type TestDatabase, testDatabase } from "@hearth/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { poolHolder, PoolLease } from "./poolLease.ts";

const LEASE_MS = 60_000;

let db: TestDatabase;
beforeEach(async () => {
  db = await testDatabase();
  await db.database.query(
    `INSERT INTO invokers (id, description, applied_seq, lease_until)
     SELECT id, 'invoker ' || id, 0, clock_timestamp() FROM unnest(ARRAY['a', 'b']) AS id`,
  );
});
afterEach(async () => {
  await db[Symbol.asyncDispose]();
});

async function fences(): Promise<readonly { pool: string; fence: bigint }[]> {
  return await db.database.query("SELECT pool, fence FROM pool_leases ORDER BY pool");
}

test("a holder renews its lease until another invoker takes the pool, which raises the fence", async () => {
  const first = new PoolLease("all", "a");
  await first.take(db.database, LEASE_MS);
  expect(await first.renew(db.database, LEASE_MS)).toBe(true);
  expect(await poolHolder(db.database, "all")).toBe("invoker a");
  const second = new PoolLease("all", "b");
  await second.take(db.database, LEASE_MS);
  expect(await first.renew(db.database, LEASE_MS)).toBe(false);
  expect(await second.renew(db.database, LEASE_MS)).toBe(true);
  expect(await poolHolder(db.database, "all")).toBe("invoker b");
  expect(await fences()).toEqual([{ pool: "all", fence: 2n }]);
});

test("a holder that reconnects keeps its fence; its restarted process gets a new one", async () => {
  const before = new PoolLease("all", "a");
  await before.take(db.database, LEASE_MS);
  await before.take(db.database, LEASE_MS);
  expect(await fences()).toEqual([{ pool: "all", fence: 1n }]);
  const restarted = new PoolLease("all", "a");
  await restarted.take(db.database, LEASE_MS);
  expect(await fences()).toEqual([{ pool: "all", fence: 2n }]);
  expect(await before.renew(db.database, LEASE_MS)).toBe(false);
});

test("a released pool has no holder, and its fence keeps growing", async () => {
  const first = new PoolLease("all", "a");
  await first.take(db.database, LEASE_MS);
  await first.release(db.database);
  expect(await poolHolder(db.database, "all")).toBeUndefined();
  await new PoolLease("all", "b").take(db.database, LEASE_MS);
  expect(await fences()).toEqual([{ pool: "all", fence: 2n }]);
});

test("each pool has a lease of its own", async () => {
  await new PoolLease("one", "a").take(db.database, LEASE_MS);
  await new PoolLease("two", "b").take(db.database, LEASE_MS);
  expect(await poolHolder(db.database, "one")).toBe("invoker a");
  expect(await poolHolder(db.database, "two")).toBe("invoker b");
});
