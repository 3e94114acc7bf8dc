import { expect, test } from "vitest";
import { ManualClock, systemRandom } from "@hearth/kit";
import { testDatabase } from "@hearth/testkit";
import { FunctionStore } from "./functions.ts";
import { ProvisionedConcurrencyStore } from "./provisionedConcurrency.ts";
import { zipFunction } from "@hearth/testkit";

test("an invoker that starts resets the status that its predecessor reported", async () => {
  await using db = await testDatabase();
  const deps = { database: db.database, clock: new ManualClock(), random: systemRandom, region: "us-east-1" };
  const provisioned = new ProvisionedConcurrencyStore(deps);
  const key = zipFunction("f");
  await new FunctionStore(deps).create({ ...key, Publish: true });
  await provisioned.put(key, "1", 2, 1000);
  for (const config of await provisioned.listRequested())
    await provisioned.report(config, { Status: "READY", StatusReason: undefined, available: 2 });
  expect(await provisioned.get(key, "1")).toMatchObject({ Status: "READY", available: 2 });
  await provisioned.resetStatus();
  expect(await provisioned.get(key, "1")).toMatchObject({ Status: "IN_PROGRESS", available: 0, requested: 2 });
});
