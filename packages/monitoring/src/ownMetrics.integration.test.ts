import { ManualClock, Registry, silentLogger, SystemClock, systemRandom } from "@hearth/kit";
import type { UsageRecord } from "@hearth/model";
import {
  type MetricPoint,
  MetricPointStore,
  MetricRetention,
  MetricSeriesStore,
  pointOf,
  UsageMinuteStore,
  UsageStore,
} from "@hearth/store";
import { type TestDatabase, testDatabase } from "@hearth/testkit";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { LambdaMetrics } from "./lambdaMetrics.ts";
import { MetricBuffer } from "./metricBuffer.ts";
import { MetricReader } from "./metricReader.ts";

const clock = new SystemClock();
const SIGNAL = new AbortController().signal;
const region = "us-east-1";
/** A minute that is over, and lies in one hour with the two after it. */
const MINUTE_MS = Math.floor((clock.now() - 3_600_000) / 3_600_000) * 3_600_000;
let postgres: TestDatabase;
let series: MetricSeriesStore;
let points: MetricPointStore;
let account = 100;
let accountId: string;
beforeAll(async () => {
  postgres = await testDatabase();
  series = new MetricSeriesStore(postgres.database, 20);
  points = new MetricPointStore(postgres.database, series);
});
afterAll(async () => await postgres[Symbol.asyncDispose]());
beforeEach(() => void (accountId = `000000000${++account}`));

function record(changes: Partial<UsageRecord> = {}): UsageRecord {
  return {
    ...{ id: systemRandom.uuid(), accountId, region, functionName: "f", version: "1", requestId: systemRandom.uuid() },
    ...{ endedAt: MINUTE_MS + 1_000, durationMs: 10, billedMs: 10, memoryMb: 128, maxMemoryUsedMb: 1 },
    ...{ initDurationMs: null, outcome: "success", bytesIn: 0, bytesOut: 0 },
    ...changes,
  };
}

const stillClock = new ManualClock(clock.now());
function lambdaMetrics(): LambdaMetrics {
  const { database } = postgres;
  return new LambdaMetrics({
    database,
    minutes: new UsageMinuteStore(database),
    points,
    clock: stillClock,
    logger: silentLogger,
  });
}

async function read(
  MetricName: string,
  Dimensions: Readonly<Record<string, string>>,
  period: number,
  Namespace = "AWS/Lambda",
) {
  const from = MINUTE_MS / 1000;
  const range = { from, until: from + 3600, period, now: Math.floor(clock.now() / 1000), withBuckets: true };
  return await new MetricReader({ series, points }).periods(
    { accountId, region, Namespace, MetricName, Dimensions },
    range,
  );
}

test("usage becomes the metrics of functions, aliases and versions, once however often it is recorded and whenever", async () => {
  const usage = new UsageStore(postgres.database);
  await using metrics = lambdaMetrics();
  const first = [
    record(),
    record({ outcome: "timedOut", durationMs: 90 }),
    record({ qualifier: "live", durationMs: 50 }),
  ];
  await usage.insert(first);
  await metrics.makeDue(SIGNAL);
  await usage.insert(first);
  await usage.insert([{ ...first[0]!, durationMs: 20, billedMs: 20 }]);
  await usage.insert([record({ endedAt: MINUTE_MS + 61_000, durationMs: 30 })]);
  await metrics.makeDue(SIGNAL);
  const FunctionName = "f";
  for (const period of [300, 3600]) {
    expect(await read("Invocations", { FunctionName }, period)).toMatchObject([{ sum: 4, count: 4, unit: "Count" }]);
    expect(await read("Errors", {}, period)).toMatchObject([{ sum: 1, count: 4, min: 0, max: 1 }]);
    expect(await read("Duration", { FunctionName }, period)).toMatchObject([
      { sum: 190, min: 20, max: 90, unit: "Milliseconds" },
    ]);
    const live = { FunctionName, Resource: "f:live", ExecutedVersion: "1" };
    expect(await read("Duration", live, period)).toMatchObject([{ sum: 50, count: 1 }]);
  }
  expect(await read("Invocations", { FunctionName }, 60)).toMatchObject([{ sum: 3 }, { sum: 1 }]);
  expect(await read("Duration", { FunctionName, Resource: "f" }, 60)).toMatchObject([
    { buckets: '{"p300": 1, "p450": 1}' },
    { buckets: '{"p341": 1}' },
  ]);
});

test("two processes make a minute once", async () => {
  const usage = new UsageStore(postgres.database);
  for (let at = 0; at < 10; at++) await usage.insert([record({ endedAt: MINUTE_MS + at * 60_000 })]);
  await using one = lambdaMetrics();
  await using other = lambdaMetrics();
  await Promise.all([one.makeDue(SIGNAL), other.makeDue(SIGNAL)]);
  await expect.poll(async () => await read("Invocations", { FunctionName: "f" }, 3600)).toMatchObject([{ sum: 10 }]);
});

test("values wait while the database does not take them, and a write that is repeated counts once", async () => {
  let isLost = true;
  const flaky = {
    async add(some: readonly MetricPoint[], options: { readonly id?: string }) {
      await points.add(some, options);
      if (isLost) throw new Error("the answer is lost");
    },
  };
  const buffer = new MetricBuffer({
    ...{ points: flaky, disk: { isShort: false }, clock: stillClock, random: systemRandom, logger: silentLogger },
    registry: new Registry(),
  });
  const sample = { accountId, region, Namespace: "n", MetricName: "m", Dimensions: {}, at: MINUTE_MS, value: 2 };
  {
    await using _ended = buffer;
    buffer.put(sample);
    buffer.put(sample);
    await expect(buffer.flush()).rejects.toThrow("lost");
    buffer.put(sample);
    await expect(buffer.flush()).rejects.toThrow("lost");
    isLost = false;
  }
  expect(await read("m", {}, 60, "n")).toMatchObject([{ sum: 6, count: 3, min: 2, max: 2 }]);
});

test("an account that has too many metrics loses its own values only", async () => {
  const registry = new Registry();
  const other = accountId;
  accountId = `000000000${++account}`;
  const sample = { region, Namespace: "n", MetricName: "m", at: MINUTE_MS, value: 1 };
  {
    await using buffer = new MetricBuffer({
      ...{ points, disk: { isShort: false }, clock: stillClock, random: systemRandom, logger: silentLogger, registry },
    });
    for (let at = 0; at < 21; at++) buffer.put({ ...sample, accountId: other, Dimensions: { at: `${at}` } });
    buffer.put({ ...sample, accountId, Dimensions: {} });
  }
  expect(await read("m", {}, 60, "n")).toMatchObject([{ sum: 1 }]);
  expect(await registry.getSingleMetricAsString("hearth_metric_values_dropped_total")).toContain(" 21");
});

test("points are dropped when AWS drops them, and coarser ones stay", async () => {
  const { database } = postgres;
  const old = clock.now() - 20 * 86_400_000;
  const partitions = async () =>
    (await database.query<{ name: string }>("SELECT inhrelid::regclass::text AS name FROM pg_inherits")).map(
      ({ name }) => name,
    );
  await points.add([
    pointOf({ accountId, region, Namespace: "n", MetricName: "old", Dimensions: {}, at: old, value: 1, resolution: 1 }),
  ]);
  const month = new Date(old).toISOString().slice(0, 7).replace("-", "_");
  const day = new Date(old).toISOString().slice(0, 10).replaceAll("-", "_");
  expect(await partitions()).toEqual(
    expect.arrayContaining([`cloudwatch_seconds_${day}`, `cloudwatch_minutes_${day}`]),
  );
  {
    await using retention = new MetricRetention({ database, clock, logger: silentLogger });
    await retention.collect();
  }
  const left = await partitions();
  expect(left).not.toEqual(expect.arrayContaining([`cloudwatch_minutes_${day}`]));
  expect(left).not.toEqual(expect.arrayContaining([`cloudwatch_seconds_${day}`]));
  expect(left).toEqual(expect.arrayContaining([`cloudwatch_five_minutes_${month}`, `cloudwatch_hours_${month}`]));
});

test("an account whose values do not fit leaves room for those of others", async () => {
  const stored: MetricPoint[] = [];
  const add = async (some: readonly MetricPoint[]) => void stored.push(...some);
  const disk = { isShort: false };
  const parts = { clock: stillClock, random: systemRandom, logger: silentLogger, registry: new Registry() };
  await using buffer = new MetricBuffer({ ...parts, points: { add }, disk });
  const put = (owner: string, MetricName: string) =>
    buffer.put({
      ...{ accountId: owner, region, Namespace: "n", MetricName, Dimensions: {} },
      ...{ value: 1, unit: "None" as const, at: MINUTE_MS },
    });
  const ofAccount = (owner: string) => stored.filter(({ key }) => key.accountId === owner).length;
  for (let i = 0; i < 30_000; i++) put("111111111111", `m${i}`);
  put("222222222222", "m");
  await buffer.flush();
  expect([ofAccount("111111111111"), ofAccount("222222222222")]).toEqual([4_000, 1]);
  put("111111111111", "later");
  await buffer.flush();
  expect(ofAccount("111111111111")).toBe(4_001);
});
