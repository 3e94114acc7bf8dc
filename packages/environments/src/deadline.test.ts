import { ManualClock } from "@hearth/kit";
import { expect, test } from "vitest";
import { Deadline } from "./deadline.ts";

function deadline() {
  const clock = new ManualClock();
  const reached: number[] = [];
  const started = clock.monotonicMs();
  return { clock, reached, deadline: new Deadline(clock, () => reached.push(clock.monotonicMs() - started)) };
}

test("a deadline that was moved many times is reached on time", async () => {
  const { clock, reached, deadline: it } = deadline();
  for (let i = 0; i < 50; i++) {
    it.set(1000);
    await clock.advance(100);
    it.clear();
  }
  expect(reached).toEqual([]);
  it.set(1000);
  await clock.advance(2000);
  expect(reached).toEqual([6000]);
});

test("a deadline that is moved to an earlier time is reached on time", async () => {
  const { clock, reached, deadline: it } = deadline();
  it.set(5000);
  it.set(10);
  await clock.advance(10_000);
  expect(reached).toEqual([10]);
});

test("a deadline that is cleared is not reached", async () => {
  const { clock, reached, deadline: it } = deadline();
  it.set(10);
  it.clear();
  await clock.advance(20);
  it.set(10);
  it[Symbol.dispose]();
  await clock.advance(20);
  expect(reached).toEqual([]);
});
