import { expect, test } from "vitest";
import { Batcher, type BatcherLimits } from "./batcher.ts";

/** A batcher whose writes last until they are let go. */
function held(limits: Partial<BatcherLimits<number>> = {}) {
  const writes: { readonly items: readonly number[]; readonly end: () => void }[] = [];
  const batcher = new Batcher<number, number>({ items: 100, ...limits }, async (items) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    writes.push({ items, end: resolve });
    await promise;
    return items.map((item) => item * 10);
  });
  return { batcher, written: () => writes.map(({ items }) => items), end: (at: number) => writes[at]?.end() };
}

const turn = async (): Promise<void> => await new Promise((resolve) => setImmediate(resolve));

test("items that arrive during a write share the next one", async () => {
  const { batcher, written, end } = held();
  const first = batcher.add(1);
  await turn();
  const others = [batcher.add(2), batcher.add(3)];
  await turn();
  expect(written()).toEqual([[1]]);
  end(0);
  expect(await first).toBe(10);
  await turn();
  expect(written()).toEqual([[1], [2, 3]]);
  end(1);
  expect(await Promise.all(others)).toEqual([20, 30]);
});

test("callers that come back soon find their own half of a batch, and not all of them wait for the same write", async () => {
  const { batcher, written, end } = held({ isHalved: true });
  const call = async (caller: number): Promise<void> => {
    for (let round = 0; round < 3; round++) {
      await batcher.add(caller);
      await turn();
    }
  };
  const calls = [call(0)];
  await turn();
  calls.push(...[1, 2, 3, 4, 5, 6, 7].map(call));
  for (let at = 0; at < 6; at++) {
    await turn();
    end(at);
    await turn();
  }
  expect(written().slice(0, 6)).toEqual([[0], [1, 2, 3, 4], [5, 6, 7, 0], [1, 2, 3, 4], [5, 6, 7, 0], [1, 2, 3, 4]]);
  end(6);
  await Promise.all(calls);
  expect(written().flat()).toHaveLength(24);
});

test.each([
  { writesFirst: true, order: ["first is written", "second is sent", "first is told"] },
  { writesFirst: false, order: ["first is written", "first is told", "second is sent"] },
])("callers are told before or after the next write is sent: %o", async ({ writesFirst, order }) => {
  const seen: string[] = [];
  const turns: (() => void)[] = [];
  const batcher = new Batcher<string, string>({ items: 1, writesFirst }, async (items) => {
    // What is done between two writes.
    for (let step = 0; step < 20; step++) await Promise.resolve();
    seen.push(`${items[0]} is sent`);
    await new Promise<void>((resolve) => turns.push(resolve));
    seen.push(`${items[0]} is written`);
    return items;
  });
  const told = ["first", "second"].map(async (name) => {
    await batcher.add(name);
    seen.push(`${name} is told`);
  });
  for (let at = 0; at < 2; at++) {
    while (turns.length <= at) await turn();
    turns[at]?.();
    for (let later = 0; later < 2; later++) await turn();
  }
  await Promise.all(told);
  expect(seen).toEqual(["first is sent", ...order, "second is written", "second is told"]);
});

test("as many writes as are allowed are under way at the same time", async () => {
  const { batcher, written, end } = held({ parallel: 2 });
  const results = [];
  for (const item of [1, 2, 3, 4]) {
    results.push(batcher.add(item));
    await turn();
  }
  expect(written()).toEqual([[1], [2]]);
  end(1);
  await results[1];
  await turn();
  expect(written()).toEqual([[1], [2], [3, 4]]);
  end(0);
  end(2);
  expect(await Promise.all(results)).toEqual([10, 20, 30, 40]);
});
