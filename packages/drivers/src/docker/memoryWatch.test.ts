import { ManualClock, silentLogger } from "@hearth/kit";
import { expect, onTestFinished, test } from "vitest";
import type { MemoryReading } from "./cgroups.ts";
import { MemoryWatch } from "./memoryWatch.ts";

const MB = 1024 * 1024;

function reading(anonymousMb: number, sharedMb: number, peakMb = anonymousMb + sharedMb): MemoryReading {
  const [anonymousBytes, sharedBytes, peakBytes] = [anonymousMb * MB, sharedMb * MB, peakMb * MB];
  return { anonymousBytes, sharedBytes, peakBytes, currentBytes: anonymousBytes + sharedBytes };
}

/** A sandbox `s` whose limit is 128 MB. */
function watch() {
  const clock = new ManualClock();
  const seen: string[] = [];
  const state = { now: reading(20, 0) };
  const memory = new MemoryWatch({
    clock,
    logger: silentLogger,
    control: {
      memory: () => Promise.resolve(state.now),
      memoryIfAbove: (_id, bytes) => Promise.resolve(state.now.currentBytes > bytes ? state.now : undefined),
    },
    onMore: (id, bytes) => void seen.push(`${id} used ${bytes / MB}`),
    onOver: (id) => Promise.resolve(void seen.push(`${id} is over`)),
  });
  onTestFinished(() => memory[Symbol.asyncDispose]());
  memory.add("s", "container");
  memory.limit("s", 128 * MB);
  const advance = async (ms: number): Promise<void> => {
    for (let passed = 0; passed < ms; passed += 100) {
      await clock.advance(100);
      await new Promise((resolve) => setImmediate(resolve)); // the look ends
    }
  };
  return { memory, state, seen, advance };
}

test("files in /tmp count neither towards the limit nor in the memory that is reported", async () => {
  const { memory, state, seen, advance } = watch();
  state.now = reading(100, 500);
  await advance(3000);
  expect(seen).toEqual(["s used 100"]);
  expect(memory.isOver("s")).toBe(false);
});

test("anonymous memory beyond the limit is reported once, at the next look", async () => {
  const { memory, state, seen, advance } = watch();
  await advance(1000);
  state.now = reading(129, 0);
  await advance(200);
  await advance(2000);
  expect(seen.filter((event) => event === "s is over")).toHaveLength(1);
  expect(memory.isOver("s")).toBe(true);
});

test("a peak between two looks is reported as long as there are no files in /tmp", async () => {
  const { state, seen, advance } = watch();
  state.now = reading(30, 0, 90);
  await advance(1100);
  state.now = reading(40, 10, 120);
  await advance(1100);
  expect(seen).toContain("s used 90");
  expect(seen).not.toContain("s used 120");
});

test("a sandbox that has ended is not looked at", async () => {
  const { memory, state, seen, advance } = watch();
  await advance(1000);
  memory.remove("s");
  state.now = reading(500, 0);
  await advance(2000);
  expect(seen).not.toContain("s is over");
});
