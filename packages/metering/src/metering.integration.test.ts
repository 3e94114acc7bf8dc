import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Registry, silentLogger, SystemClock, systemRandom } from "@hearth/kit";
import type { UsageRecord } from "@hearth/model";
import { UsageStore } from "@hearth/store";
import { type TestDatabase, testDatabase } from "@hearth/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Metering } from "./metering.ts";

const clock = new SystemClock();
let postgres: TestDatabase;
let directory: string;

beforeEach(async () => {
  postgres = await testDatabase();
  directory = await mkdtemp(join(tmpdir(), "hearth-journal-"));
});

afterEach(async () => {
  await postgres[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

function record(changes: Partial<UsageRecord> = {}): UsageRecord {
  return {
    id: systemRandom.uuid(),
    accountId: "000000000000",
    region: "us-east-1",
    functionName: "hello",
    version: "$LATEST",
    requestId: systemRandom.uuid(),
    endedAt: Date.UTC(2026, 10, 21, 12),
    durationMs: 1.5,
    billedMs: 2,
    memoryMb: 512,
    maxMemoryUsedMb: 40,
    initDurationMs: null,
    outcome: "success",
    bytesIn: 10,
    bytesOut: 20,
    ...changes,
  };
}

function metering(usage: Pick<UsageStore, "insert">): Metering {
  return new Metering(
    { directory, region: "us-east-1", flushEveryMs: 50 },
    { usage, clock, random: systemRandom, logger: silentLogger, registry: new Registry() },
  );
}

async function storedIds(): Promise<string[]> {
  return (await postgres.database.query<{ id: string }>("SELECT id FROM usage_records")).map((row) => row.id);
}

test("records reach PostgreSQL, also across months, and their journal is deleted", async () => {
  const usage = new UsageStore(postgres.database);
  const records = [
    record(),
    record({ endedAt: Date.UTC(2026, 11, 31, 23, 59, 59, 999) }),
    record({ endedAt: Date.UTC(2027, 0, 1) }),
  ];
  {
    await using subject = metering(usage);
    for (const one of records) subject.record(one);
    await subject.flush();
    expect((await storedIds()).sort()).toEqual(records.map(({ id }) => id).sort());
  }
  expect(await readdir(directory)).toEqual([]);
});

test("a record that PostgreSQL refuses is put aside, and those behind it are stored", async () => {
  const usage = new UsageStore(postgres.database);
  const good = [record(), record()];
  const bad = record({ memoryMb: 2 ** 40 });
  await using subject = metering(usage);
  for (const one of [good[0]!, bad, good[1]!]) subject.record(one);
  await subject.flush();
  expect((await storedIds()).sort()).toEqual(good.map(({ id }) => id).sort());
  const aside = (await readFile(join(directory, "unwritable.jsonl"), "utf8")).trim().split("\n");
  expect(aside.map((line) => JSON.parse(line) as UsageRecord)).toEqual([bad]);
  await subject.flush();
  expect(aside).toHaveLength(1);
});

test("a record is amended by a later one with its id, in whatever order they come and however often", async () => {
  const usage = new UsageStore(postgres.database);
  const atAnswer = record({ durationMs: 3.25, billedMs: 4, maxMemoryUsedMb: 50 });
  const final: UsageRecord = { ...atAnswer, durationMs: 5000.5, billedMs: 5001, maxMemoryUsedMb: 90 };
  const orders = [[atAnswer, final], [final, atAnswer], [atAnswer], [final], [atAnswer, final, atAnswer]];
  for (const [at, order] of orders.entries()) {
    const id = systemRandom.uuid();
    const own = order.map((one) => ({ ...one, id, functionName: `f${at}` }));
    if (at % 2 === 0) await usage.insert(own);
    else for (const one of own) await usage.insert([one]);
    await usage.insert(own);
  }
  const sums = await usage.sums({ accountId: "000000000000", from: "2026-11-21", to: "2026-11-21" });
  const figures = sums.map(({ functionName, invocations, billedMs }) => `${functionName} ${invocations} ${billedMs}`);
  expect(figures.sort()).toEqual(["f0 1 5001", "f1 1 5001", "f2 1 4", "f3 1 5001", "f4 1 5001"]);
});

test("a process that dies between an answer and its amendment leaves the record of the answer", async () => {
  const away = { insert: () => Promise.reject(new Error("PostgreSQL is away")) };
  const [one, two] = [record({ billedMs: 2 }), record({ billedMs: 2 })];
  {
    await using subject = metering(away);
    subject.record(one);
    subject.record(two);
    await expect(subject.flush()).rejects.toThrow("away");
    subject.record({ ...two, durationMs: 900, billedMs: 900 });
  }
  await using next = metering(new UsageStore(postgres.database));
  await next.flush();
  const rows = await postgres.database.query<{ billed_ms: bigint }>("SELECT billed_ms FROM usage_records ORDER BY 1");
  expect(rows.map((row) => Number(row.billed_ms))).toEqual([2, 900]);
});

test("an account's sums are by region, function and day, in GB-seconds", async () => {
  const usage = new UsageStore(postgres.database);
  await usage.insert([
    record({ billedMs: 1000, initDurationMs: 12 }),
    record({ billedMs: 3000, outcome: "timedOut" }),
    record({ functionName: "other" }),
    record({ accountId: "111111111111", region: "us-east-1" }),
  ]);
  const [hello, other] = await usage.sums({ accountId: "000000000000", from: "2026-11-21", to: "2026-11-21" });
  expect(hello).toEqual({
    accountId: "000000000000",
    region: "us-east-1",
    functionName: "hello",
    day: "2026-11-21",
    invocations: 2,
    errors: 1,
    billedMs: 4000,
    gbSeconds: 2,
    coldStarts: 1,
    bytesIn: 20,
    bytesOut: 40,
  });
  expect(other?.functionName).toBe("other");
  expect(await usage.sums({ accountId: "000000000000", from: "2026-11-22", to: "2026-11-30" })).toEqual([]);
});

test("while PostgreSQL is away records stay in the journal, and the next process adopts them", async () => {
  const away = { insert: () => Promise.reject(new Error("PostgreSQL is away")) };
  const one = record();
  {
    await using subject = metering(away);
    subject.record(one);
  }
  await using next = metering(new UsageStore(postgres.database));
  await next.flush();
  expect(await storedIds()).toEqual([one.id]);
});

test("a torn last line is skipped and the records before it are kept", async () => {
  const away = { insert: () => Promise.reject(new Error("PostgreSQL is away")) };
  const one = record();
  {
    await using subject = metering(away);
    subject.record(one);
  }
  const [name = ""] = (await readdir(directory)).filter((file) => file.endsWith(".journal"));
  await writeFile(join(directory, name), '12ab {"id":"torn', { flag: "a" });
  await using next = metering(new UsageStore(postgres.database));
  await next.flush();
  expect(await storedIds()).toEqual([one.id]);
});

test("SIGKILL at any moment neither loses nor doubles a record that was acknowledged", async () => {
  const acknowledged: string[] = [];
  for (let round = 0; round < 3; round++) {
    const child = spawn(
      process.execPath,
      [join(import.meta.dirname, "testing/recordForever.ts"), directory, JSON.stringify(postgres.connection)],
      {
        stdio: ["ignore", "pipe", "inherit"],
      },
    );
    const lines = createInterface({ input: child.stdout });
    lines.on("line", (id) => acknowledged.push(id));
    await once(lines, "line");
    await clock.sleep(400 + 137 * round);
    child.kill("SIGKILL");
    await once(child, "close");
  }
  await using last = metering(new UsageStore(postgres.database));
  await last.flush();
  const stored = await storedIds();
  expect(acknowledged.length).toBeGreaterThan(100);
  expect(new Set(stored).size).toBe(stored.length);
  const there = new Set(stored);
  expect(acknowledged.filter((id) => !there.has(id))).toEqual([]);
  expect(stored.length - acknowledged.length).toBeLessThanOrEqual(3 * 16);
});
