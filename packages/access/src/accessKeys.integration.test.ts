import { ManualClock, silentLogger, systemRandom } from "@hearth/kit";
import { AccessKeyStore } from "@hearth/store";
import { type TestDatabase, testDatabase } from "@hearth/testkit";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { AccessKeys } from "./accessKeys.ts";
import { SessionTokens } from "./sessionTokens.ts";

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
});
afterAll(async () => await db[Symbol.asyncDispose]());

const configured = [{ accessKeyId: "test", accountId: "000000000000", secretAccessKey: "test" }];
const owner = { accountId: "111111111111" };
const stored = { accessKeyId: "AKIASTORED", secretAccessKey: "secret" };
const sessions = new SessionTokens(Buffer.alloc(32, 7), systemRandom);

test("keys of the configuration and of the table are found in memory, and changes of the table arrive", async () => {
  const store = new AccessKeyStore(db.database, silentLogger);
  await db.database.query("INSERT INTO accounts (account_id) VALUES ('111111111111')");
  await store.add(owner, stored, new Date(0));
  await using keys = await AccessKeys.open({
    region: "us-east-1",
    store,
    database: db.database,
    configured,
    sessions,
    clock: new ManualClock(),
    logger: silentLogger,
  });
  expect(keys.find("test")).toEqual({
    secretAccessKey: "test",
    caller: {
      accountId: "000000000000",
      accessKeyId: "test",
      arn: "arn:aws:iam::000000000000:root",
      userId: "000000000000",
      principal: { kind: "root" },
    },
  });
  expect(keys.find("AKIASTORED")).toMatchObject({ secretAccessKey: "secret", caller: { accountId: "111111111111" } });
  await store.remove("AKIASTORED");
  await vi.waitFor(async () => expect(await keys.find("AKIASTORED")).toBeUndefined());
  await store.add(owner, { ...stored, accessKeyId: "AKIANEW" }, new Date(0));
  expect(await keys.find("AKIANEW")).toMatchObject({ secretAccessKey: "secret" });
  await vi.waitFor(() => expect(keys.find("AKIANEW")).toMatchObject({ secretAccessKey: "secret" }));
});

test("an unknown id is looked up at most once in two seconds", async () => {
  const clock = new ManualClock();
  const find = vi.fn(async () => undefined);
  const store = { list: async () => [], find };
  await using keys = await AccessKeys.open({
    region: "us-east-1",
    store,
    database: db.database,
    configured: [],
    sessions,
    clock,
    logger: silentLogger,
  });
  for (let i = 0; i < 3; i++) expect(await keys.find("unknown")).toBeUndefined();
  expect(find).toHaveBeenCalledTimes(1);
  await clock.advance(2_001);
  expect(await keys.find("unknown")).toBeUndefined();
  expect(find).toHaveBeenCalledTimes(2);
});
