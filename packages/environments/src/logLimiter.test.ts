import { ManualClock } from "@hearth/kit";
import { expect, test } from "vitest";
import { LogLimiter } from "./logLimiter.ts";
import { MemoryLog } from "./testing/memoryLog.ts";
import { testVersion } from "./testing/testVersion.ts";

const stream = (logStreamName: string) => ({
  accountId: "000000000000",
  region: "us-east-1",
  logGroupName: "/shared",
  logStreamName,
});
const lines = (count: number, length = 974) =>
  Array.from({ length: count }, () => ({ timestamp: 1, message: "x".repeat(length) }));

test("a function that logs too fast loses its lines beyond the rate, is told how many, and costs others nothing", async () => {
  const clock = new ManualClock();
  const logs = new MemoryLog();
  const limiter = new LogLimiter({ logs, clock, bytesPerSecond: 1_000 });
  const flood = limiter.of(testVersion({ FunctionName: "flood" }));
  flood.append(stream("a"), lines(10));
  flood.append(stream("b"), lines(10));
  flood.append(stream("b"), lines(10));
  expect(logs.lines).toHaveLength(16);
  limiter.of(testVersion({ FunctionName: "quiet" })).append(stream("c"), lines(5));
  expect(logs.streams.get("c")).toHaveLength(5);
  await clock.advance(2_000);
  flood.append(stream("d"), lines(3));
  expect(logs.streams.get("d")?.[0]).toMatch(/^HEARTH 14 log lines were dropped here: a function may log 1000 bytes/);
  expect(logs.streams.get("d")).toHaveLength(3);
});

test("while the disk is almost full lines are dropped and counted, also without a rate", () => {
  const logs = new MemoryLog();
  let isShort = true;
  const limiter = new LogLimiter({ logs, clock: new ManualClock(), bytesPerSecond: 0, isDiskShort: () => isShort });
  const sink = limiter.of(testVersion());
  sink.append(stream("a"), lines(2));
  expect(logs.lines).toEqual([]);
  isShort = false;
  sink.append(stream("a"), lines(1, 3));
  expect(logs.lines).toEqual([expect.stringMatching(/^HEARTH 2 log lines were dropped here: .*disk space/), "xxx"]);
});
