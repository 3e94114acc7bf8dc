import { ManualClock } from "@hearth/kit";
import { expect, test } from "vitest";
import { OutputBudget } from "./outputBudget.ts";

const limits = { windowMs: 10, maxLines: 1_000, maxBytes: 10_000 };

/** A sandbox that always has more output: it reads 250 lines whenever it may. */
function flood(budget: OutputBudget): { read: number } {
  const state = { read: 0 };
  const readOn = (): void => {
    while (budget.mayRead(readOn)) {
      state.read += 250;
      budget.used(250, 250);
    }
  };
  readOn();
  return state;
}

test("floods share the limit in turns, and together never exceed it by more than one turn", async () => {
  const clock = new ManualClock();
  const budget = new OutputBudget(clock, limits);
  const floods = Array.from({ length: 8 }, () => flood(budget));
  for (let windows = 1; windows <= 40; windows++) {
    await clock.advance(10);
    const total = floods.reduce((sum, { read }) => sum + read, 0);
    expect(total).toBeLessThanOrEqual((windows + 1) * (limits.maxLines + 250));
  }
  const shares = floods.map(({ read }) => read);
  expect(Math.min(...shares)).toBeGreaterThan(0.8 * Math.max(...shares.slice(1)));
});

test("a sandbox that writes little has its turn in the next window, whatever the floods", async () => {
  const clock = new ManualClock();
  const budget = new OutputBudget(clock, limits);
  for (let i = 0; i < 3; i++) flood(budget);
  let turns = 0;
  expect(budget.mayRead(() => turns++)).toBe(false);
  await clock.advance(10);
  expect(turns).toBe(1);
});

test("bytes count as well as lines, and who has left is not called", async () => {
  const clock = new ManualClock();
  const budget = new OutputBudget(clock, limits);
  budget.used(1, 10_000);
  let turns = 0;
  const onTurn = (): void => void turns++;
  expect(budget.mayRead(onTurn)).toBe(false);
  budget.leave(onTurn);
  await clock.advance(20);
  expect(turns).toBe(0);
  expect(budget.mayRead(onTurn)).toBe(true);
});
