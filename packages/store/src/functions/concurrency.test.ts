import { expect, test } from "vitest";
import { ManualClock, systemRandom } from "@hearth/kit";
import { testDatabase } from "@hearth/testkit";
import { ConcurrencyStore } from "./concurrency.ts";
import { FunctionStore } from "./functions.ts";
import { ACCOUNT, zipFunction } from "@hearth/testkit";

test("reservations of an account leave 100 unreserved, also when they are made at once", async () => {
  await using db = await testDatabase();
  const deps = { database: db.database, clock: new ManualClock(), random: systemRandom, region: "us-east-1" };
  const functions = new FunctionStore(deps);
  const concurrency = new ConcurrencyStore(deps);
  const made = Array.from({ length: 5 }, (_, number) => zipFunction(`f${number}`));
  for (const one of made) await functions.create(one);
  const results = await Promise.allSettled(made.map((key) => concurrency.put(key, 200, 550)));
  expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(2);
  expect(await concurrency.reserved(ACCOUNT)).toBe(400);
  for (const key of made) await concurrency.delete(key);
  expect(await concurrency.reserved(ACCOUNT)).toBe(0);
});
