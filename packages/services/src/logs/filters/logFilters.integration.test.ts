import type { Delivery } from "@hearth/delivery";
import { Registry, silentLogger, SystemClock, systemRandom } from "@hearth/kit";
import type { OutgoingMessage } from "@hearth/model";
import {
  Database,
  LogChunkStore,
  LogFilterQueue,
  LogFilterStore,
  LogGroupStore,
  LogStreamStore,
  type Transaction,
} from "@hearth/store";
import { type TestDatabase, testDatabase } from "@hearth/testkit";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { LogThreads, LogThreadTimeout } from "../threads/logThreads.ts";
import type { ChunkFilterDeps } from "./chunkFilter.ts";
import { filterChunk } from "./filterChunk.ts";
import { LogFilters } from "./logFilters.ts";

const deps = { clock: new SystemClock(), random: systemRandom, logger: silentLogger };
const where = { accountId: "000000000000", region: "us-east-1" };
const points = { prepare: async () => async () => undefined };
const destinationArn = "arn:aws:lambda:us-east-1:000000000000:function:f";

// Two processes' worth of connections on one database.
let db: TestDatabase;
let second: Database;
let groups: LogGroupStore;
let chunks: LogChunkStore;
beforeAll(async () => {
  db = await testDatabase();
  second = new Database({ connection: db.connection }, deps);
  groups = new LogGroupStore(db.database);
  chunks = new LogChunkStore(db.database);
  await db.database.query("CREATE TABLE sent (target text, body text, trace text)");
});
afterAll(async () => {
  await second[Symbol.asyncDispose]();
  await db[Symbol.asyncDispose]();
});

/** Writes messages into a table, in the transaction that it is given. `fails`: how many of its transactions fail after that. */
function recorder(fails = 0): Pick<Delivery, "prepare"> {
  let left = fails;
  return {
    prepare: async (messages: readonly OutgoingMessage[]) => ({
      write: async (tx: Transaction) => {
        for (const { TargetArn, body, traceId } of messages) {
          await tx.query("INSERT INTO sent VALUES ($1, $2, $3)", [TargetArn, Buffer.from(body).toString(), traceId]);
        }
        if (left-- > 0) throw new Error("the process has died");
      },
      checkRoom: () => undefined,
      committed: () => undefined,
    }),
  };
}

async function subscribed(
  accountId = where.accountId,
): Promise<{ readonly groupId: bigint; readonly streamId: bigint }> {
  const key = { ...where, accountId, logGroupName: `/test/${systemRandom.hex(6)}` };
  await groups.create(key, { creationTime: 1, logGroupClass: "STANDARD", tags: {} });
  const group = await groups.find(key);
  const groupId = group?.id ?? 0n;
  const streams = new LogStreamStore(db.database);
  await streams.create(groupId, "s", 1);
  const filter = { filterName: "f", filterPattern: "WANTED", destinationArn, roleArn: null };
  const put = await new LogFilterStore(db.database).putSubscription(
    groupId,
    { ...filter, distribution: "ByLogStream", creationTime: 1 },
    2,
  );
  expect(put).toBe("put");
  return { groupId, streamId: (await streams.find(groupId, "s"))?.id ?? 0n };
}

async function write(ids: { groupId: bigint; streamId: bigint }, count: number, lineage?: string): Promise<void> {
  const now = Date.now();
  for (let at = 0; at < count; at++) {
    await chunks.insert([{ ...ids, events: [{ timestamp: now, message: `WANTED ${at}` }], lineage }], now);
  }
}

const sent = async () =>
  await db.database.query<{ target: string; body: string; trace: string | null }>("SELECT * FROM sent");

function open(database: Database, threads: ChunkFilterDeps["threads"], fails = 0): LogFilters {
  return new LogFilters({ ...deps, database, threads, points, delivery: recorder(fails), registry: new Registry() });
}

test("two processes send every chunk once, also one whose transaction was undone", { timeout: 60_000 }, async () => {
  await db.database.query("TRUNCATE sent");
  const ids = await subscribed();
  await using threads = new LogThreads({ size: 2, memoryMb: 128 }, deps.clock);
  await using _one = open(db.database, threads, 1);
  await using _two = open(second, threads);
  await write(ids, 40);
  await vi.waitFor(async () => expect(await sent()).toHaveLength(40), { timeout: 40_000, interval: 100 });
  const bodies = await sent();
  expect(new Set(bodies.map(({ body }) => body)).size).toBe(40);
  expect(bodies[0]).toMatchObject({ target: destinationArn, trace: null });
  await vi.waitFor(async () => expect((await new LogFilterQueue(second).depth()).waiting).toBe(0), { timeout: 10_000 });
  expect(await sent()).toHaveLength(40);
});

test("what a process had taken when it died is sent by another, with the lineage of its lines", async () => {
  await db.database.query("TRUNCATE sent");
  const ids = await subscribed();
  await write(ids, 3, "0000000a:2");
  const queue = new LogFilterQueue(db.database);
  expect(await queue.claim("a process that dies", [where.accountId], 16, 1)).toHaveLength(3);
  await using threads = new LogThreads({ size: 1, memoryMb: 128 }, deps.clock);
  await using _other = open(second, threads);
  await vi.waitFor(async () => expect(await sent()).toHaveLength(3), { timeout: 20_000, interval: 50 });
  expect((await sent())[0]?.trace).toBe("Lineage=0000000a:2");
});

test("chunks of groups without filters, and of groups that are deleted, do not wait", async () => {
  const ids = await subscribed();
  await write(ids, 1);
  expect((await new LogFilterQueue(db.database).depth()).waiting).toBe(1);
  await new LogFilterStore(db.database).delete(ids.groupId, "subscription", "f");
  await write(ids, 2);
  expect((await new LogFilterQueue(db.database).depth()).waiting).toBe(1);
  await db.database.query("DELETE FROM log_groups WHERE id = $1", [ids.groupId]);
  expect((await new LogFilterQueue(db.database).depth()).waiting).toBe(0);
});

test(
  "filters of one account that take long delay no other account, and are given up in the end",
  { timeout: 60_000 },
  async () => {
    await db.database.query("TRUNCATE sent");
    const slow = "111111111111";
    const slowIds = await subscribed(slow);
    const quickIds = await subscribed("222222222222");
    await write(slowIds, 6);
    await write(quickIds, 10);
    const hanging = Promise.withResolvers<void>();
    const timeouts: number[] = [];
    const threads: ChunkFilterDeps["threads"] = {
      take: async () => ({
        call: async (_name, input, timeoutMs) => {
          if (input.owner !== slow) return filterChunk(input);
          timeouts.push(timeoutMs);
          // What is slow takes all of its time: in the lane of slow accounts until the others are done.
          if (timeouts.length > 1) await hanging.promise;
          throw new LogThreadTimeout("it took too long");
        },
        [Symbol.dispose]: () => undefined,
      }),
    };
    await using _filters = open(db.database, threads);
    await vi.waitFor(async () => expect(await sent()).toHaveLength(10), { timeout: 20_000, interval: 50 });
    await write(quickIds, 10);
    await vi.waitFor(async () => expect(await sent()).toHaveLength(20), { timeout: 20_000, interval: 50 });
    // Once in the lane of quick accounts, and one at a time in that of slow ones.
    expect(timeouts).toEqual([2_000, 20_000]);
    hanging.resolve();
    await vi.waitFor(async () => expect(await waiting(slow)).toBe(0), { timeout: 30_000, interval: 100 });
    expect(await sent()).toHaveLength(20);
  },
);

test("a claim takes some chunks of each account", async () => {
  const [one, two] = ["444444444444", "555555555555"];
  await write(await subscribed(one), 5);
  await write(await subscribed(two), 1);
  const queue = new LogFilterQueue(db.database);
  expect(await queue.accounts()).toEqual(expect.arrayContaining([one, two]));
  const claimed = await queue.claim("a process", [one, two], 2, 60_000);
  expect(claimed).toHaveLength(3);
  expect(await queue.accounts()).not.toContain(two);
  await queue.putBack("a process", claimed, { inMs: 0, isAttempt: false });
  expect((await queue.claim("another", [two], 2, 60_000)).map(({ attempts }) => attempts)).toEqual([1]);
});

async function waiting(accountId: string): Promise<number> {
  const rows = await db.database.query("SELECT 1 FROM log_chunks_to_filter WHERE account_id = $1", [accountId]);
  return rows.length;
}
