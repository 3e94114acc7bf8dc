import { SystemClock } from "@hearth/kit";
import { zstdCompressSync } from "node:zlib";
import { expect, test } from "vitest";
import { LogThreads, LogThreadTimeout } from "./logThreads.ts";

const chunkOf = (messages: readonly string[]) => ({
  seq: 1n,
  data: zstdCompressSync(JSON.stringify(messages.map((message) => [1_000, message]))),
  log: "1:g",
  logStream: "s",
  groupId: 1n,
  ingestionTime: 1_000,
});

test("a call that takes too long ends its thread, and the next one gets a new one", async () => {
  await using threads = new LogThreads({ size: 1, memoryMb: 128 }, new SystemClock());
  {
    using thread = await threads.take();
    // About a second of work for a thread that gets a tenth of one.
    const messages = Array.from({ length: 50 }, () => "ab".repeat(100_000));
    const slow = thread.call("matchMessages", { pattern: "%a[ab]{200}c%", messages }, 100);
    await expect(slow).rejects.toBeInstanceOf(LogThreadTimeout);
    expect(thread.isEnded).toBe(true);
  }
  using thread = await threads.take();
  expect(await thread.call("matchMessages", { pattern: "a", messages: ["a", "b"] }, 10_000)).toEqual([true, false]);
});

test("a query that needs too much memory ends its thread, not the process", { timeout: 30_000 }, async () => {
  await using threads = new LogThreads({ size: 1, memoryMb: 32 }, new SystemClock());
  using thread = await threads.take();
  await thread.call(
    "startQuery",
    { query: "stats count_distinct(@message)", limit: undefined, from: 0, to: 2_000 },
    10_000,
  );
  const feed = async (): Promise<void> => {
    for (let at = 0; at < 200; at++) {
      const messages = Array.from({ length: 2_000 }, (_, i) => `${at} ${i} ${"x".repeat(200)}`);
      await thread.call("feedQuery", { chunks: [chunkOf(messages)] }, 20_000);
    }
  };
  await expect(feed()).rejects.toThrow();
  expect(thread.isEnded).toBe(true);
});

test("as many threads run as there may be; others wait for one", async () => {
  await using threads = new LogThreads({ size: 1, memoryMb: 64 }, new SystemClock());
  const first = await threads.take();
  let hasSecond = false;
  const second = threads.take().then((thread) => {
    hasSecond = true;
    return thread;
  });
  expect(await first.call("matchMessages", { pattern: "a", messages: ["a"] }, 10_000)).toEqual([true]);
  expect(hasSecond).toBe(false);
  first[Symbol.dispose]();
  (await second)[Symbol.dispose]();
});
