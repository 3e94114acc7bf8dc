import { silentLogger, SystemClock, systemRandom } from "@hearth/kit";
import { Database, LogChunkStore, LogGroupStore, LogQueryStore, LogStreamStore } from "@hearth/store";
import { type TestDatabase, testDatabase } from "@hearth/testkit";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { LogThreads } from "../threads/logThreads.ts";
import { LogQueries } from "./logQueries.ts";

const deps = { clock: new SystemClock(), random: systemRandom, logger: silentLogger };
const where = { accountId: "000000000000", region: "us-east-1" };
const now = Date.now();

let db: TestDatabase;
let second: Database;
let groupId: bigint;
beforeAll(async () => {
  db = await testDatabase();
  second = new Database({ connection: db.connection }, deps);
  const groups = new LogGroupStore(db.database);
  await groups.create({ ...where, logGroupName: "g" }, { creationTime: 1, logGroupClass: "STANDARD", tags: {} });
  groupId = (await groups.find({ ...where, logGroupName: "g" }))?.id ?? 0n;
  const streams = new LogStreamStore(db.database);
  await streams.create(groupId, "s", 1);
  const streamId = (await streams.find(groupId, "s"))?.id ?? 0n;
  for (let at = 0; at < 100; at++) {
    const events = [{ timestamp: now - at * 1_000, message: `line ${at}` }];
    await new LogChunkStore(db.database).insert([{ groupId, streamId, events }], now);
  }
});
afterAll(async () => {
  await second[Symbol.asyncDispose]();
  await db[Symbol.asyncDispose]();
});

async function start(query: string): Promise<string> {
  const id = systemRandom.uuid();
  const groups = [{ id: String(groupId), name: "g" }];
  const about = { ...where, id, query, groups, fromMs: now - 3_600_000, toMs: now, maxRows: null, createdAt: now };
  expect(await new LogQueryStore(db.database).start(about, 30)).toBe(true);
  return id;
}

const find = async (id: string) => await new LogQueryStore(db.database).find(where, id);

test("two processes run each query once", { timeout: 30_000 }, async () => {
  await using threads = new LogThreads({ size: 2, memoryMb: 128 }, deps.clock);
  await using _one = new LogQueries({ ...deps, database: db.database, threads });
  await using _two = new LogQueries({ ...deps, database: second, threads });
  const ids = await Promise.all(
    Array.from({ length: 6 }, () => start("stats count(*) as n, latest(@message) as last")),
  );
  for (const id of ids) {
    await vi.waitFor(async () => expect((await find(id))?.status).toBe("Complete"), { timeout: 20_000, interval: 50 });
    expect(await find(id)).toMatchObject({ attempts: 1, statistics: { recordsScanned: 100, recordsMatched: 100 } });
    expect(await new LogQueryStore(second).rows(id)).toEqual([
      [
        { field: "n", value: "100" },
        { field: "last", value: "line 0" },
      ],
    ]);
  }
});

test("a query whose process has died is run by another", { timeout: 30_000 }, async () => {
  const id = await start("limit 1");
  expect(await new LogQueryStore(db.database).claim("a process that dies", 1)).toMatchObject({ id, status: "Running" });
  await using threads = new LogThreads({ size: 1, memoryMb: 128 }, deps.clock);
  await using _other = new LogQueries({ ...deps, database: second, threads });
  await vi.waitFor(async () => expect((await find(id))?.status).toBe("Complete"), { timeout: 20_000, interval: 50 });
  expect(await find(id)).toMatchObject({ attempts: 2 });
});

test("an account has a limit of queries that have not ended, and a cancelled one is not run", async () => {
  const store = new LogQueryStore(db.database);
  const id = await start("limit 1");
  const about = { ...where, query: "", groups: [], fromMs: 0, toMs: 1, maxRows: null, createdAt: now };
  expect(await store.start({ ...about, id: systemRandom.uuid() }, 1)).toBe(false);
  expect(await store.cancel(where, id, now)).toBe("cancelled");
  expect(await store.cancel(where, id, now)).toBe("ended");
  expect(await store.claim("another process", 1_000)).toBeUndefined();
  expect(await store.cancel({ ...where, accountId: "111111111111" }, id, now)).toBe("missing");
});

test("a query that makes too much ends as failed", { timeout: 30_000 }, async () => {
  await using threads = new LogThreads({ size: 1, memoryMb: 24 }, deps.clock);
  await using _one = new LogQueries({ ...deps, database: db.database, threads });
  // Each row has texts of a megabyte.
  const doubled = Array.from({ length: 18 }, (_, at) => `concat(t${at}, t${at}) as t${at + 1}`).join(", ");
  const id = await start(
    `fields concat(@message, @message) as t0, ${doubled} | stats count_distinct(concat(t18, @ptr))`,
  );
  await vi.waitFor(async () => expect((await find(id))?.status).toBe("Failed"), { timeout: 20_000, interval: 50 });
});

test("a query reads only groups of its own account and region, in a transaction that cannot write", async () => {
  const store = new LogChunkStore(db.database);
  const count = async (whose: typeof where): Promise<number> => {
    let found = 0;
    for await (const page of store.storedPages({ ...whose, groupId, from: 0, to: now })) found += page.length;
    return found;
  };
  expect(await count(where)).toBe(100);
  expect(await count({ ...where, accountId: "111111111111" })).toBe(0);
  expect(await count({ ...where, region: "eu-west-1" })).toBe(0);
  const writing = db.database.transaction((tx) => tx.query("DELETE FROM log_queries"), { readOnly: true });
  await expect(writing).rejects.toThrow("read-only transaction");
});

test("of an account whose answers take too much the oldest are removed, and no other account's", async () => {
  const store = new LogQueryStore(db.database);
  const about = { query: "limit 1", groups: [], fromMs: 0, toMs: 1, maxRows: null };
  const statistics = { recordsMatched: 0, recordsScanned: 0, bytesScanned: 0 };
  const answered = async (accountId: string, createdAt: number): Promise<string> => {
    const key = { accountId, region: where.region, id: systemRandom.uuid() };
    await store.start({ ...about, ...key, createdAt }, 30);
    expect(await store.claim("a process", 60_000)).toMatchObject({ id: key.id });
    // Random text does not become smaller.
    const rows = [[{ field: "f", value: systemRandom.hex(5_000) }]];
    await store.end(key, "a process", { status: "Complete", rows, statistics, endedAt: 2 }, 12_000);
    return key.id;
  };
  const other = await answered("333333333333", 1);
  const [first, second, third] = [
    await answered("222222222222", 2),
    await answered("222222222222", 3),
    await answered("222222222222", 4),
  ];
  const kept = async (accountId: string, id: string) => (await store.find({ ...where, accountId }, id)) !== undefined;
  expect(await kept("222222222222", first)).toBe(false);
  expect(await kept("222222222222", second)).toBe(true);
  expect(await kept("222222222222", third)).toBe(true);
  expect(await kept("333333333333", other)).toBe(true);
});
