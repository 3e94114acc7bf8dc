import { expect, test } from "vitest";
import { ManualClock, systemRandom } from "@hearth/kit";
import { testDatabase } from "@hearth/testkit";
import { ConcurrencyStore } from "./concurrency.ts";
import type { FunctionSettings } from "./functionRecord.ts";
import { FunctionStore } from "./functions.ts";

const accountId = "000000000000";
const settings: FunctionSettings = {
  Runtime: "nodejs22.x",
  Role: `arn:aws:iam::${accountId}:role/any`,
  Handler: "index.handler",
  Description: "",
  Timeout: 3,
  MemorySize: 128,
  TracingConfig: { Mode: "PassThrough" },
  PackageType: "Zip",
  Architectures: ["x86_64"],
  EphemeralStorage: { Size: 512 },
  SnapStart: { ApplyOn: "None", OptimizationStatus: "Off" },
  LoggingConfig: { LogFormat: "Text", LogGroup: "/aws/lambda/f" },
};

test("reservations of an account leave 100 unreserved, also when they are made at once", async () => {
  await using db = await testDatabase();
  const deps = { database: db.database, clock: new ManualClock(), random: systemRandom, region: "us-east-1" };
  const functions = new FunctionStore(deps);
  const concurrency = new ConcurrencyStore(deps);
  const keys = Array.from({ length: 5 }, (_, number) => ({ accountId, FunctionName: `f${number}` }));
  const code = { digest: "a".repeat(64), sizeBytes: 100 };
  for (const key of keys) await functions.create({ ...key, settings, code, Tags: {}, Publish: false });
  const results = await Promise.allSettled(keys.map((key) => concurrency.put(key, 200, 550)));
  expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(2);
  expect(await concurrency.reserved(accountId)).toBe(400);
  for (const key of keys) await concurrency.delete(key);
  expect(await concurrency.reserved(accountId)).toBe(0);
});
