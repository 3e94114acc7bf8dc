import { ManualClock, silentLogger, SystemClock } from "@hearth/kit";
import { type TestDatabase, testDatabase } from "@hearth/testkit";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { LogChunkStore } from "./logChunks.ts";
import { type EventQuery, type EventsRead, readEvents } from "./logEvents.ts";
import { LogGroupStore } from "./logGroups.ts";
import { LogRetention } from "./logRetention.ts";
import { LogStreamStore } from "./logStreams.ts";
import { LogWriter } from "./logWriter.ts";

const DAY_MS = 86_400_000;
let db: TestDatabase;
let groups: LogGroupStore;
let streams: LogStreamStore;
let chunks: LogChunkStore;
beforeAll(async () => {
  db = await testDatabase();
  groups = new LogGroupStore(db.database);
  streams = new LogStreamStore(db.database);
  chunks = new LogChunkStore(db.database);
});
afterAll(async () => await db[Symbol.asyncDispose]());
beforeEach(async () => await db.database.query("TRUNCATE log_groups CASCADE"));

const here = { accountId: "000000000000", region: "us-east-1" };
const stream = (logStreamName: string, logGroupName = "/aws/lambda/f") => ({ ...here, logGroupName, logStreamName });
const line = (timestamp: number, message: string) => ({ timestamp, message });

async function groupId(logGroupName = "/aws/lambda/f"): Promise<bigint> {
  const group = await groups.find({ ...here, logGroupName });
  if (!group) throw new Error(`no group ${logGroupName}`);
  return group.id;
}

async function read(query: Partial<EventQuery> = {}): Promise<EventsRead> {
  return await readEvents(chunks, {
    groupId: query.groupId ?? (await groupId()),
    from: 0,
    to: 2 ** 52,
    backward: false,
    limit: 100,
    ...query,
  });
}

const messages = ({ events }: EventsRead) => events.map(({ message }) => message);

describe("LogWriter", () => {
  test("makes groups and streams on demand and writes what waits when disposed", async () => {
    const clock = new ManualClock();
    {
      await using writer = new LogWriter({ chunks, streams, clock, logger: silentLogger });
      writer.append(stream("a"), [line(1, "one"), line(2, "two ünïcødé\u0000")]);
      writer.append(stream("b"), [line(3, "three")]);
      writer.append(stream("a", "/aws/lambda/g"), [line(1, "other")]);
    }
    expect(messages(await read())).toEqual(["one", "two ünïcødé\u0000", "three"]);
    const [a] = await streams.list(await groupId(), { orderBy: "LogStreamName", descending: false, limit: 1 });
    expect(a).toMatchObject({
      logStreamName: "a",
      firstEventTimestamp: 1,
      lastEventTimestamp: 2,
      lastIngestionTime: clock.now(),
    });
  });

  test("counts the bytes of what it has written, by log group", async () => {
    const counted: object[] = [];
    await using writer = new LogWriter({
      chunks: { insert: async () => undefined },
      streams: { ensure: async (list) => list.map(() => ({ groupId: 1n, streamId: 1n })) },
      usage: { record: ({ at: _at, ...usage }) => void counted.push(usage) },
      clock: new ManualClock(),
      logger: silentLogger,
    });
    writer.append(stream("a"), [line(1, "grün"), line(2, "x")]);
    await writer.flush();
    const { accountId, region, logGroupName } = stream("a");
    const quantity = 5 + 1 + 2 * 26;
    const usage = { service: "logs", unit: "IngestedBytes", quantity, resource: logGroupName };
    expect(counted).toEqual([{ accountId, region, ...usage }]);
  });

  test("writes each second, and at once when a stream has 256 KiB", async () => {
    const clock = new ManualClock();
    const written: number[] = [];
    await using writer = new LogWriter({
      chunks: { insert: async (list) => void written.push(list.length) },
      streams: { ensure: async (list) => list.map(() => ({ groupId: 1n, streamId: 1n })) },
      clock,
      logger: silentLogger,
    });
    await clock.advance(1);
    writer.append(stream("a"), [line(1, "x")]);
    await clock.advance(1000);
    expect(written.at(-1)).toBe(1);
    writer.append(stream("a"), [line(1, "x".repeat(200_000)), line(1, "x".repeat(200_000)), line(1, "x")]);
    await clock.advance(0);
    expect(written.at(-1)).toBe(2);
  });

  test("drops a flood, counts it, says so in the log, and leaves other streams alone", async () => {
    await using writer = new LogWriter({ chunks, streams, clock: new ManualClock(), logger: silentLogger });
    const flood = Array.from({ length: 100 }, (_, i) => line(i, "x".repeat(200_000)));
    writer.append(stream("flood"), flood);
    writer.append(stream("calm"), [line(5, "calm")]);
    expect(writer.droppedLines).toBe(59);
    await writer.flush();
    const found = messages(await read({ judge: async (all) => all.map((message) => !message.startsWith("x")) }));
    expect(found).toEqual([
      "calm",
      "HEARTH 59 log lines were dropped here: they came faster than they could be written.",
    ]);
  });

  test("splits a line that is longer than an event may be", async () => {
    await using writer = new LogWriter({ chunks, streams, clock: new ManualClock(), logger: silentLogger });
    writer.append(stream("a"), [line(1, "y".repeat(600_000))]);
    await writer.flush();
    expect(messages(await read()).map(({ length }) => length)).toEqual([262_118, 262_118, 75_764]);
  });

  test("keeps lines while PostgreSQL cannot be reached", async () => {
    let down = true;
    const refused = Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
    const insert: LogChunkStore["insert"] = async (list, now) => {
      if (down) throw refused;
      await chunks.insert(list, now);
    };
    await using writer = new LogWriter({ chunks: { insert }, streams, clock: new ManualClock(), logger: silentLogger });
    writer.append(stream("a"), [line(1, "before")]);
    await expect(writer.flush()).rejects.toBe(refused);
    writer.append(stream("a"), [line(2, "after")]);
    down = false;
    await writer.flush();
    expect(messages(await read())).toEqual(["before", "after"]);
  });

  test("drops lines that PostgreSQL refuses, and no other stream's", async () => {
    const insert: LogChunkStore["insert"] = async (list, now) => {
      if (list.some(({ events }) => events.some(({ message }) => message === "bad"))) throw new Error("refused");
      await chunks.insert(list, now);
    };
    await using writer = new LogWriter({ chunks: { insert }, streams, clock: new ManualClock(), logger: silentLogger });
    writer.append(stream("bad"), [line(1, "bad"), line(2, "with it")]);
    writer.append(stream("good"), [line(3, "good")]);
    await writer.flush();
    expect(writer.droppedLines).toBe(2);
    expect(messages(await read())).toEqual(["good"]);
    await writer.flush();
    expect(writer.droppedLines).toBe(2);
  });

  test("bounds how many lines wait, of one stream and of all, and says in the log what was dropped", async () => {
    const at = new ManualClock();
    const deps = { chunks, streams, clock: at, logger: silentLogger, maxPendingLines: 50_100 };
    await using writer = new LogWriter(deps);
    const empty = Array.from({ length: 60_000 }, () => line(0, ""));
    writer.append(stream("flood"), empty);
    expect(writer.droppedLines).toBe(10_000);
    writer.append(stream("good"), [line(1, "good")]);
    writer.append(stream("second"), empty);
    expect(writer.droppedLines).toBe(10_000 + 59_901);
    await writer.flush();
    const last = await read({ limit: 3, backward: true, from: 1 });
    expect(messages(last)).toContain("good");
    writer.append(stream("good"), [line(2, "again")]);
    await writer.flush();
    expect(writer.droppedLines).toBe(10_000 + 59_901);
    const [rows] = await db.database.query<{ count: bigint }>("SELECT count(*) FROM log_chunks");
    // At most 5,000 lines each: ten of the flood, one of the second, two of the good, and a notice, of another day, for each of the first two.
    expect(Number(rows?.count)).toBe(15);
  });

  test("makes a group again that was deleted while its function goes on logging", async () => {
    await using writer = new LogWriter({ chunks, streams, clock: new ManualClock(), logger: silentLogger });
    writer.append(stream("a"), [line(1, "gone")]);
    await writer.flush();
    expect(await groups.delete({ ...here, logGroupName: "/aws/lambda/f" })).toBe(true);
    writer.append(stream("a"), [line(2, "new")]);
    await writer.flush();
    expect(messages(await read())).toEqual(["new"]);
  });
});

describe("reading events", () => {
  const put = async (name: string, ...events: [number, string][]) => {
    const [ids] = await streams.ensure([stream(name)], 0);
    await chunks.insert([{ ...ids!, events: events.map(([t, m]) => line(t, m)) }], Date.UTC(2026, 0, 1));
  };

  test("orders events of streams and chunks that overlap", async () => {
    await put("a", [10, "a10"], [40, "a40"]);
    await put("b", [20, "b20"], [30, "b30"]);
    await put("a", [25, "a25"], [50, "a50"]);
    await put("a", [40, "a40 later"]);
    const forward = ["a10", "b20", "a25", "b30", "a40", "a40 later", "a50"];
    expect(messages(await read())).toEqual(forward);
    expect(messages(await read({ backward: true }))).toEqual(forward);
    expect(messages(await read({ from: 25, to: 40 }))).toEqual(["a25", "b30", "a40", "a40 later"]);
  });

  test("pages through all of them, once each, in either direction", async () => {
    const all: string[] = [];
    for (let c = 0; c < 80; c++) {
      const events = Array.from({ length: 3 }, (_, i): [number, string] => [Math.floor(c / 2) * 10 + i, `${c}.${i}`]);
      await put(c % 3 === 0 ? "a" : "b", ...events);
      all.push(...events.map(([, m]) => m));
    }
    for (const backward of [false, true]) {
      const seen: string[] = [];
      let page = await read({ limit: 7, backward });
      for (;;) {
        if (backward) seen.unshift(...messages(page));
        else seen.push(...messages(page));
        if (!page.more) break;
        page = await read({ limit: 7, backward, beyond: page.more });
      }
      expect(seen).toHaveLength(240);
      expect(new Set(seen)).toEqual(new Set(all));
      expect(seen).toEqual(messages(await read({ limit: 1000 })));
    }
  });

  test("stops at 1 MiB of messages", async () => {
    await put("a", ...Array.from({ length: 10 }, (_, i): [number, string] => [i, "z".repeat(200_000)]));
    const page = await read();
    expect(page.events).toHaveLength(5);
    expect(page.more).toEqual(page.events.at(-1)?.position);
  });
});

describe("LogRetention", () => {
  test("drops days of which nothing is kept, deletes expired rows of others, and leaves the rest", async () => {
    const start = Date.UTC(2026, 2, 1);
    const clock = new ManualClock(start);
    const at = async (name: string, group: string, now: number) => {
      const [ids] = await streams.ensure([stream(name, group)], now);
      await chunks.insert([{ ...ids!, events: [line(now, `${name} ${now}`)] }], now);
    };
    for (const day of [0, 1, 2]) await at("s", "short", start + day * DAY_MS);
    await at("s", "for-ever", start + DAY_MS);
    await groups.setRetention({ ...here, logGroupName: "short" }, 3);
    await using retention = new LogRetention({
      database: db.database,
      clock: new ManualClock(start),
      logger: silentLogger,
    });
    await clock.advance(4 * DAY_MS + 1);
    await using later = new LogRetention({ database: db.database, clock, logger: silentLogger });
    await retention.collect();
    await later.collect();
    const rows = await db.database.query<{ day: string; group: string }>(
      `SELECT to_char(day, 'MM-DD') AS day, "logGroupName" AS "group" FROM log_chunks c JOIN log_groups g ON g.id = c.group_id ORDER BY 1, 2`,
    );
    expect(rows).toEqual([
      { day: "03-02", group: "for-ever" },
      { day: "03-03", group: "short" },
    ]);
    const [gone] = await db.database.query<{ gone: boolean }>(
      "SELECT to_regclass('log_chunks_2026_03_01') IS NULL AS gone",
    );
    expect(gone?.gone).toBe(true);
  });

  test("groups without a retention keep their events for the default, and still show none", async () => {
    const now = Date.UTC(2026, 5, 20);
    for (const [group, days] of [
      ["default", 31],
      ["longer", 31],
      ["default", 2],
    ] as const) {
      const [ids] = await streams.ensure([stream("s", group)], now - days * DAY_MS);
      const events = [line(now - days * DAY_MS, `${group} ${days}`)];
      await chunks.insert([{ ...ids!, events }], now - days * DAY_MS);
    }
    await groups.setRetention({ ...here, logGroupName: "longer" }, 60);
    const deps = { database: db.database, clock: new ManualClock(now), logger: silentLogger };
    await using retention = new LogRetention({ ...deps, defaultDays: 30 });
    await retention.collect();
    expect(messages(await read({ groupId: await groupId("default") }))).toEqual(["default 2"]);
    expect(messages(await read({ groupId: await groupId("longer") }))).toEqual(["longer 31"]);
    expect((await groups.find({ ...here, logGroupName: "default" }))?.retentionInDays).toBeNull();
  });
});

test("listing streams pages by name and by the time of the last event", async () => {
  const clock = new SystemClock();
  const [first] = await streams.ensure(
    ["c", "a", "b"].map((name) => stream(name)),
    clock.now(),
  );
  await chunks.insert([{ ...first!, events: [line(100, "x")] }], clock.now());
  const id = first!.groupId;
  const names = async (query: Partial<Parameters<LogStreamStore["list"]>[1]>) =>
    (await streams.list(id, { orderBy: "LogStreamName", descending: false, limit: 2, ...query })).map(
      (s) => s.logStreamName,
    );
  expect(await names({})).toEqual(["a", "b"]);
  expect(await names({ after: { logStreamName: "b", lastEventTimestamp: 0 } })).toEqual(["c"]);
  expect(await names({ prefix: "c" })).toEqual(["c"]);
  expect(await names({ orderBy: "LastEventTime", descending: true })).toEqual(["c", "b"]);
  const after = { logStreamName: "b", lastEventTimestamp: 0 };
  expect(await names({ orderBy: "LastEventTime", descending: true, after })).toEqual(["a"]);
});
