import { ManualClock, systemRandom } from "@hearth/kit";
import { type TestDatabase, testDatabase } from "@hearth/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { resolvedImageUri } from "./functionRecord.ts";
import { FunctionStore } from "./functions.ts";
import { ACCOUNT, SETTINGS } from "@hearth/testkit";

let db: TestDatabase;
let functions: FunctionStore;
beforeAll(async () => {
  db = await testDatabase();
  const deps = { database: db.database, clock: new ManualClock(), random: systemRandom };
  functions = new FunctionStore({ ...deps });
});
afterAll(async () => await db[Symbol.asyncDispose]());

const digest = (name: string): string => name.repeat(64);
const image = (name: string) => ({ digest: digest(name), sizeBytes: 0, ImageUri: `registry.test/app:${name}` });

test("an image is in use while a version is made of it, as it is wanted or as it still runs, and is shown by its digest", async () => {
  const key = { accountId: ACCOUNT, region: "us-east-1", FunctionName: "image" };
  const { Runtime: _runtime, Handler: _handler, ...others } = SETTINGS;
  const wanted = async () => (await functions.listActivations(1))[0]?.version ?? expect.fail("no activation");
  const activate = async (): Promise<void> => {
    const version = await wanted();
    await functions.applyActivation(version);
    await functions.finishActivation(version);
  };
  const used = async () => new Set(await functions.imagesInUse(["1", "2", "3"].map(digest)));

  const settings = { ...others, PackageType: "Image" } as const;
  const created = await functions.create({ ...key, settings, code: image("1"), Tags: {}, Publish: false });
  expect(resolvedImageUri(created.code)).toBe(`registry.test/app@sha256:${digest("1")}`);
  expect(await used()).toEqual(new Set([digest("1")]));
  await activate();
  expect(await functions.update(key, { code: image("2") })).toMatchObject({ CodeSize: 0, CodeSha256: digest("2") });
  expect(await used()).toEqual(new Set([digest("1"), digest("2")]));
  await functions.failActivation(await wanted(), "ImageDeleted", "it is gone");
  expect(await used()).toEqual(new Set([digest("1"), digest("2")]));
  await functions.update(key, { code: image("2") });
  await activate();
  expect(await used()).toEqual(new Set([digest("2")]));
  await functions.delete(key);
  expect(await used()).toEqual(new Set());
});
