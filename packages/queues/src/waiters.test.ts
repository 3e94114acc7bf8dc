import { ManualClock } from "@hearth/kit";
import { expect, test } from "vitest";
import { Waiters } from "./waiters.ts";

test("a consumer that leaves without having looked since it was woken passes the wake-up on", () => {
  const waiters = new Waiters(new ManualClock());
  const first = waiters.join("q");
  const second = waiters.join("q");
  for (const seat of [first, second]) seat.begin();
  waiters.wake("q", 1);
  expect([first.isWoken, second.isWoken]).toEqual([true, false]);
  first[Symbol.dispose]();
  expect(second.isWoken).toBe(true);
});

test("where no message is known, one consumer looks again after 20 seconds", async () => {
  const clock = new ManualClock();
  const waiters = new Waiters(clock);
  const seat = waiters.join("q");
  seat.begin();
  waiters.expect("q", Number.POSITIVE_INFINITY);
  expect(waiters.knowsNext("q")).toBe(true);
  await clock.advance(19_000);
  expect(seat.isWoken).toBe(false);
  await clock.advance(1_000);
  expect(seat.isWoken).toBe(true);
  expect(waiters.knowsNext("q")).toBe(false);
});
