import { ManualClock, silentLogger, systemRandom } from "@hearth/kit";
import { ServiceUsageStore } from "@hearth/store";
import { type TestDatabase, testDatabase } from "@hearth/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ServiceMetering } from "./serviceMetering.ts";

const NOON = Date.UTC(2026, 10, 21, 12);
const accountId = "000000000000";
const ingested = { at: NOON, accountId, region: "us-east-1", service: "logs", unit: "IngestedBytes", resource: "/app" };
const days = { accountId, from: "2026-11-21", to: "2026-11-21" };

let postgres: TestDatabase;
let store: ServiceUsageStore;

beforeEach(async () => {
  postgres = await testDatabase();
  store = new ServiceUsageStore(postgres.database);
});
afterEach(async () => await postgres[Symbol.asyncDispose]());

function metering(serviceUsage: Pick<ServiceUsageStore, "write"> = store, clock = new ManualClock(NOON)) {
  return new ServiceMetering({ serviceUsage, clock, random: systemRandom, logger: silentLogger });
}

test("usage is added up by day, region, service, unit and resource, over all processes", async () => {
  await using one = metering();
  await using other = metering();
  one.record({ ...ingested, quantity: 3 });
  one.record({ ...ingested, at: NOON + 3_600_000, quantity: 4 });
  one.record({ ...ingested, region: "eu-west-1", quantity: 5 });
  other.record({ ...ingested, quantity: 10 });
  await one.flush();
  one.record({ ...ingested, quantity: 100 });
  await Promise.all([one.flush(), other.flush()]);
  const sum = { accountId, day: "2026-11-21", service: "logs", unit: "IngestedBytes", resource: "/app" };
  expect(await store.sums(days)).toEqual([
    { ...sum, region: "eu-west-1", quantity: 5 },
    { ...sum, region: "us-east-1", quantity: 117 },
  ]);
  expect(await store.sums({ ...days, service: "sqs" })).toEqual([]);
  expect(await store.sums({ ...days, accountId: "111111111111" })).toEqual([]);
});

test("a write whose confirmation was lost is repeated and counts nothing twice", async () => {
  let fails = true;
  const unreliable: Pick<ServiceUsageStore, "write"> = {
    async write(writer, totals) {
      await store.write(writer, totals);
      if (fails) throw new Error("the connection was lost after the commit");
    },
  };
  await using service = metering(unreliable);
  service.record({ ...ingested, quantity: 3 });
  await expect(service.flush()).rejects.toThrow("after the commit");
  service.record({ ...ingested, quantity: 4 });
  fails = false;
  await service.flush();
  expect(await store.sums(days)).toMatchObject([{ quantity: 7 }]);
});

test("usage that arrives late for an hour that was forgotten is added to what is stored", async () => {
  const clock = new ManualClock(NOON);
  await using service = metering(store, clock);
  service.record({ ...ingested, quantity: 3 });
  await service.flush();
  await clock.advance(2 * 3_600_000);
  await service.flush();
  service.record({ ...ingested, quantity: 4 });
  await service.flush();
  expect(await store.sums(days)).toMatchObject([{ quantity: 7 }]);
});

test("what was recorded last is stored when the process ends", async () => {
  {
    await using service = metering();
    service.record({ ...ingested, quantity: 3 });
  }
  expect(await store.sums(days)).toMatchObject([{ quantity: 3 }]);
});
