import { ManualClock, silentLogger } from "@hearth/kit";
import { expect, onTestFinished, test } from "vitest";
import type { MemoryReading } from "./cgroups.ts";
import { MemoryWatch } from "./memoryWatch.ts";

const MB = 1024 * 1024;

function reading(anonymousMb: number, sharedMb: number, peakMb = anonymousMb + sharedMb): MemoryReading {
  const [anonymousBytes, sharedBytes, peakBytes] = [anonymousMb * MB, sharedMb * MB, peakMb * MB];
  return { anonymousBytes, sharedBytes, peakBytes, cacheBytes: 0, currentBytes: anonymousBytes + sharedBytes };
}

const limits = (accountId: string, memoryMb = 128, expectedMb = 100) => ({ accountId, memoryMb, expectedMb });

/** A sandbox `s` of account `a` whose limit is 128 MB. All may hold 2000 MB, files in /tmp of one account 1000. */
function watch() {
  const clock = new ManualClock();
  const seen: string[] = [];
  const state = { now: reading(20, 0), others: {} as Record<string, MemoryReading>, isFrozen: false };
  const readingOf = (id: string) => (id === "s" ? state.now : state.others[id]);
  const memory = new MemoryWatch({
    clock,
    logger: silentLogger,
    memory: { limitBytes: 2200 * MB, endAboveBytes: 2000 * MB },
    tmpShareBytes: 1000 * MB,
    control: {
      memory: (id) => Promise.resolve(readingOf(id)),
      usedMemoryBytes: (id) => readingOf(id)?.currentBytes,
      isFrozen: () => state.isFrozen,
      parentMemoryBytes: () => undefined,
    },
    onChange: (id, bytes, tmp) => void seen.push(`${id} used ${bytes / MB}, ${tmp / MB} in /tmp`),
    onOver: (id) => Promise.resolve(void seen.push(`${id} is over: ${memory.endOf(id)}`)),
  });
  onTestFinished(() => memory[Symbol.asyncDispose]());
  const add = (id: string, of: ReturnType<typeof limits>, now?: MemoryReading): void => {
    if (now) state.others[id] = now;
    memory.add(id, id);
    memory.limit(id, of);
  };
  add("s", limits("a"));
  const advance = async (ms: number): Promise<void> => {
    for (let passed = 0; passed < ms; passed += 100) {
      await clock.advance(100);
      await new Promise((resolve) => setImmediate(resolve)); // the look ends
    }
  };
  const ended = () => seen.filter((event) => event.includes("is over"));
  return { memory, state, seen, ended, add, advance };
}

test("files in /tmp count neither towards the limit nor in the memory that is reported", async () => {
  const { memory, state, seen, advance } = watch();
  state.now = reading(100, 500);
  await advance(3000);
  expect(seen).toEqual(["s used 100, 500 in /tmp"]);
  expect(memory.endOf("s")).toBeUndefined();
});

test("anonymous memory beyond the limit is reported once, at the next look", async () => {
  const { memory, state, seen, advance } = watch();
  await advance(1000);
  state.now = reading(129, 0);
  await advance(200);
  await advance(2000);
  expect(seen.filter((event) => event === "s is over: limit")).toHaveLength(1);
  expect(memory.endOf("s")).toBe("limit");
});

test("a peak between two looks is reported as long as there are no files in /tmp", async () => {
  const { state, seen, advance } = watch();
  state.now = reading(30, 0, 90);
  await advance(1100);
  state.now = reading(40, 10, 120);
  await advance(1100);
  expect(seen).toEqual(["s used 90, 0 in /tmp", "s used 90, 10 in /tmp"]);
});

test("a sandbox that has ended is not looked at", async () => {
  const { memory, state, ended, advance } = watch();
  await advance(1000);
  memory.remove("s");
  state.now = reading(500, 0);
  await advance(2000);
  expect(ended()).toEqual([]);
});

test("when an account's files in /tmp pass its share, the sandbox that holds most of them is ended", async () => {
  const { add, ended, advance } = watch();
  add("neighbour", limits("b"), reading(20, 900));
  add("some", limits("a"), reading(20, 300));
  add("most", limits("a"), reading(20, 720));
  await advance(2000);
  expect(ended()).toEqual(["most is over: accountTmp"]);
});

test("files in /tmp of a frozen sandbox still count", async () => {
  const { state, add, ended, advance } = watch();
  state.now = reading(20, 600);
  state.isFrozen = true;
  await advance(2000);
  add("second", limits("a"), reading(20, 500));
  await advance(2000);
  expect(ended()).toEqual(["s is over: accountTmp"]);
});

test("before all memory is used up the sandbox that took most beyond what was expected is ended, not a large neighbour that was admitted so", async () => {
  const { add, ended, advance } = watch();
  add("large", limits("b", 3000, 1000), reading(1000, 0));
  add("grown", limits("c", 3000, 100), reading(600, 300));
  add("grownLess", limits("c", 3000, 100), reading(200, 0));
  await advance(2000);
  expect(ended()).toEqual(["grown is over: host"]);
});

test("an account that asked for more than its part of the memory is not spared for it", async () => {
  const { add, ended, advance } = watch();
  add("modest", limits("b", 3000, 100), reading(300, 0));
  for (const name of ["x", "y", "z"]) add(name, limits("c", 3000, 3000), reading(600, 0));
  await advance(2000);
  expect(ended()).toEqual(["x is over: host"]);
});

test("while a sandbox is being ended no other is ended for what it still holds", async () => {
  const { state, add, ended, advance } = watch();
  add("grown", limits("c", 3000, 100), reading(1200, 0));
  add("other", limits("d", 3000, 100), reading(790, 0));
  await advance(3000);
  state.others["grown"] = reading(0, 0);
  await advance(1000);
  expect(ended()).toEqual(["grown is over: host"]);
});
