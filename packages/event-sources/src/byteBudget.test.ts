import { expect, test } from "vitest";
import { ByteBudget } from "./byteBudget.ts";

async function hasRoom(budget: ByteBudget, UUID: string): Promise<boolean> {
  const stop = new AbortController();
  let came = false;
  const waiting = budget.room(UUID, stop.signal).then(() => (came = !stop.signal.aborted));
  for (let turn = 0; turn < 5; turn++) await Promise.resolve();
  stop.abort();
  await waiting;
  return came;
}

test("a mapping gets at most half of what the others leave, and each gets one batch while there is room at all", async () => {
  const budget = new ByteBudget(100);
  const first = budget.hold("a", 49);
  expect(await hasRoom(budget, "a")).toBe(true);
  using _more = budget.hold("a", 10);
  expect([await hasRoom(budget, "a"), await hasRoom(budget, "b")]).toEqual([false, true]);
  const second = budget.hold("b", 45);
  expect(await hasRoom(budget, "c")).toBe(false);
  const waiting = budget.room("c", new AbortController().signal);
  first[Symbol.dispose]();
  first[Symbol.dispose]();
  await waiting;
  second[Symbol.dispose]();
  expect(budget.usedBytes).toBe(10);
});
