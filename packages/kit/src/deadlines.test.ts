import { expect, test } from "vitest";
import { ManualClock } from "./clock.ts";
import { Deadlines } from "./deadlines.ts";

test("a call that has not ended is reported once, at most a second after its deadline", async () => {
  const clock = new ManualClock();
  const deadlines = new Deadlines(clock);
  const late: string[] = [];
  deadlines.begin(5_000, () => late.push("long"));
  await clock.advance(500);
  using ended = deadlines.begin(1_000, () => late.push("ended"));
  deadlines.begin(1_000, () => late.push("short"));
  ended[Symbol.dispose]();
  await clock.advance(999);
  expect(late).toEqual([]);
  await clock.advance(1_001);
  expect(late).toEqual(["short"]);
  await clock.advance(10_000);
  expect(late).toEqual(["short", "long"]);
});

test("no timer is left when no call is under way", async () => {
  const clock = new ManualClock();
  let timers = 0;
  const deadlines = new Deadlines({
    monotonicMs: () => clock.monotonicMs(),
    after: (ms, callback) => {
      timers++;
      return clock.after(ms, callback);
    },
  });
  for (let at = 0; at < 100; at++) deadlines.begin(10, () => undefined)[Symbol.dispose]();
  expect(timers).toBe(1);
  await clock.advance(60_000);
  expect(timers).toBe(1);
});
