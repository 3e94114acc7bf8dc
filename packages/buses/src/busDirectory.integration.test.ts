import { silentLogger } from "@hearth/kit";
import { type Database, EventBusStore, EventRuleStore, RuleTargetStore } from "@hearth/store";
import { HERE, type TestDatabase, testDatabase } from "@hearth/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { BusDirectory } from "./busDirectory.ts";

let db: TestDatabase;
let here: BusDirectory;
beforeEach(async () => {
  db = await testDatabase();
  here = new BusDirectory({ database: db.database, logger: silentLogger });
  await new EventBusStore(db.database).create(KEY, {}, {});
});
afterEach(async () => {
  await here[Symbol.asyncDispose]();
  await db[Symbol.asyncDispose]();
});

const KEY = { ...HERE, bus: "orders" };
const EVENT = { source: "shop" };
const POLL = { timeout: 20_000, interval: 20 };

/** Adds a rule as another process does: this one's directory is not told. */
async function addRule(database: Database, rule: string): Promise<void> {
  const settings = { EventPattern: '{"source":["shop"]}', State: "ENABLED" as const };
  await new EventRuleStore(database).put({ ...KEY, rule }, { settings, tags: {} }, async () => undefined);
  const targets = [{ Id: "1", Arn: "arn:aws:sqs:us-east-1:000000000000:q" }];
  await new RuleTargetStore(database).put({ ...KEY, rule }, targets, 5);
}

const matching = async (): Promise<readonly string[]> =>
  ((await here.find(KEY))?.rulesFor(EVENT) ?? []).map(({ name }) => name);

test("a rule that another process adds is announced; until then the rules in memory are used", async () => {
  expect(await matching()).toEqual([]);
  const before = await here.find(KEY);
  expect(await here.find(KEY)).toBe(before);
  await addRule(db.database, "one");
  await expect.poll(matching, POLL).toEqual(["one"]);
});

test("a change of one rule parses no other pattern again, whichever process made it", async () => {
  const parsed = async () => (await here.find(KEY))?.patterns.get('{"source":["shop"]}');
  await addRule(db.database, "one");
  const before = await parsed();
  expect(before).toBeDefined();
  await addRule(db.database, "two");
  here.forget(KEY);
  await expect.poll(matching, POLL).toEqual(["one", "two"]);
  expect(await parsed()).toBe(before);
});

test("a change while the connection is lost is seen at once, and after it is back", async () => {
  expect(await matching()).toEqual([]);
  await db.database.query(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND query ILIKE 'LISTEN%'",
  );
  await addRule(db.database, "one");
  await expect.poll(matching, POLL).toEqual(["one"]);
  await addRule(db.database, "two");
  await expect.poll(matching, POLL).toEqual(["one", "two"]);
});

test("the default bus of an account exists before it is stored; another one does not", async () => {
  expect((await here.find({ ...HERE, bus: "default" }))?.record).toBeUndefined();
  expect(await here.find({ ...HERE, bus: "default" })).toBeDefined();
  expect(await here.find({ ...HERE, bus: "none" })).toBeUndefined();
});
