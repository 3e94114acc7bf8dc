import { ManualClock, systemRandom } from "@hearth/kit";
import { type TestDatabase, testDatabase } from "@hearth/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { latestChange } from "../change-log/changeLog.ts";
import { EventInvokeConfigStore } from "../functions/eventInvokeConfigs.ts";
import { FunctionUrlStore } from "../functions/functionUrls.ts";
import type { FunctionSettings } from "../functions/functionSettings.ts";
import { FunctionStore } from "../functions/functions.ts";
import { RecursionConfigStore } from "../functions/recursionConfigs.ts";

const key = { accountId: "000000000000", region: "us-east-1", FunctionName: "f" };
const settings: FunctionSettings = {
  Runtime: "nodejs22.x",
  Role: "arn:aws:iam::000000000000:role/any",
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

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
});
afterAll(async () => await db[Symbol.asyncDispose]());

test("the index holds the settings that invocations need, and each write of them is in the change log", async () => {
  const deps = { database: db.database, clock: new ManualClock(), random: systemRandom, region: "us-east-1" };
  const functions = new FunctionStore(deps);
  const configs = new EventInvokeConfigStore(deps);
  const recursion = new RecursionConfigStore(deps);
  const urls = new FunctionUrlStore(deps);
  const code = { digest: "a".repeat(64), sizeBytes: 1 };
  await functions.create({ ...key, settings, code, Tags: {}, Publish: true });
  const plain = await functions.loadFunction(key);
  expect([plain?.eventInvokeConfigs, plain?.RecursiveLoop]).toEqual([undefined, undefined]);

  const before = await latestChange(db.database);
  await configs.put(key, undefined, { MaximumRetryAttempts: 0, onFailure: "arn:aws:sqs:us-east-1:000000000000:q" });
  await configs.put(key, "1", { MaximumEventAgeInSeconds: 60 });
  await recursion.put(key, "Allow");
  const { urlId } = await urls.create(key, undefined, { AuthType: "AWS_IAM", Cors: { AllowOrigins: ["*"] } });
  await urls.update(key, undefined, (current) => ({ ...current, AuthType: "NONE", InvokeMode: "RESPONSE_STREAM" }));
  expect(await latestChange(db.database)).toBe(before + 5n);
  const indexed = await functions.loadFunction(key);
  expect([...(indexed?.eventInvokeConfigs ?? [])].toSorted(([a], [b]) => a.localeCompare(b, "en"))).toEqual([
    ["$LATEST", { MaximumRetryAttempts: 0, onFailure: "arn:aws:sqs:us-east-1:000000000000:q" }],
    ["1", { MaximumEventAgeInSeconds: 60 }],
  ]);
  expect(indexed?.RecursiveLoop).toBe("Allow");
  expect([...(indexed?.urls ?? [])]).toEqual([
    [urlId, { AuthType: "NONE", InvokeMode: "RESPONSE_STREAM", Cors: { AllowOrigins: ["*"] } }],
  ]);
  expect([await urls.ownerOf(urlId), await urls.ownerOf("0".repeat(32))]).toEqual([key, undefined]);
  await urls.delete(key, undefined);
  expect(await latestChange(db.database)).toBe(before + 6n);
  expect((await functions.loadFunction(key))?.urls).toBeUndefined();

  await functions.deleteVersion(key, "1");
  expect((await configs.list(key, { MaxItems: 10 })).items.map(({ qualifier }) => qualifier)).toEqual(["$LATEST"]);
  await functions.delete(key);
  await expect(configs.get(key)).rejects.toThrow(/doesn't have an EventInvokeConfig/);
});
