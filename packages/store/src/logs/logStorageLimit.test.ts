import { ManualClock, Registry, silentLogger } from "@hearth/kit";
import { type TestDatabase, testDatabase } from "@hearth/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { LogChunkStore } from "./logChunks.ts";
import { LogStorageLimit } from "./logStorageLimit.ts";
import { LogStreamStore } from "./logStreams.ts";
import { LogWriter } from "./logWriter.ts";

const LIMIT = 10_000;
const DAY_MS = 86_400_000;
let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
});
afterAll(async () => await db[Symbol.asyncDispose]());

test("of an account with too many log events the oldest are removed, those of others stay", async () => {
  const clock = new ManualClock();
  const { database } = db;
  const deps = {
    clock,
    logger: silentLogger,
    chunks: new LogChunkStore(database),
    streams: new LogStreamStore(database),
  };
  for (let day = 0; day < 3; day++) {
    // Closed before the clock is moved on: its flushes would be made one by one for a whole day.
    {
      await using writer = new LogWriter(deps);
      for (const [accountId, size] of [
        ["111111111111", 5_000],
        ["222222222222", 1_000],
      ] as const) {
        const stream = { accountId, region: "us-east-1", logGroupName: "/aws/lambda/f", logStreamName: "s" };
        writer.append(stream, [{ timestamp: clock.now(), message: String(day).repeat(size) }]);
      }
    }
    await clock.advance(DAY_MS);
  }
  const stored = async (accountId: string) =>
    await database.query<{ bytes: bigint; day: string }>(
      `SELECT c.bytes, c.day::text AS day FROM log_chunks c JOIN log_groups g ON g.id = c.group_id WHERE g.account_id = $1 ORDER BY c.day`,
      [accountId],
    );
  const before = await stored("111111111111");
  expect(before).toHaveLength(3);
  const registry = new Registry();
  await using limit = new LogStorageLimit({ database, limitBytes: LIMIT, clock, logger: silentLogger, registry });
  const left = async () => (await limit.collect(), await stored("111111111111"));
  await expect.poll(left).toEqual(before.slice(2));
  expect(await stored("222222222222")).toHaveLength(3);
  expect(await left()).toHaveLength(1);
  expect(await registry.metrics()).toMatch(/hearth_log_storage_dropped_bytes_total 100\d\d/);
});
