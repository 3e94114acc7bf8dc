import { SystemClock } from "@hearth/kit";
import { expect, test } from "vitest";
import { POSTPONED, ReadBatcher } from "./readBatcher.ts";
import { DatabaseUnanswered } from "./statementDeadline.ts";

const turn = async (): Promise<void> => await new Promise((resolve) => setImmediate(resolve));

/** Reads that last until they are let go. */
function held() {
  const reads: { readonly items: readonly number[]; readonly end: PromiseWithResolvers<void> }[] = [];
  const batcher = new ReadBatcher<number, number>({ items: 3, parallel: 2 }, new SystemClock(), async (items) => {
    const end = Promise.withResolvers<void>();
    reads.push({ items, end });
    await end.promise;
    return items.map((item) => item * 10);
  });
  return { batcher, reads };
}

test("reads that are asked for together share a statement, up to its limit", async () => {
  const { batcher, reads } = held();
  const results = [1, 2, 3, 4].map((item) => batcher.add(item));
  await turn();
  expect(reads.map(({ items }) => items)).toEqual([[1, 2, 3]]);
  reads[0]?.end.resolve();
  expect(await results[1]).toBe(20);
  await expect.poll(() => reads.length).toBe(2);
  reads[1]?.end.resolve();
  expect(await results[3]).toBe(40);
});

test("a read that takes long holds up no other, and its error is that of its own items", async () => {
  const { batcher, reads } = held();
  const slow = batcher.add(1);
  await turn();
  const other = batcher.add(2);
  await expect.poll(() => reads.map(({ items }) => items)).toEqual([[1], [2]]);
  reads[1]?.end.resolve();
  expect(await other).toBe(20);
  reads[0]?.end.reject(new Error("the database is away"));
  await expect(slow).rejects.toThrow("the database is away");
  const next = batcher.add(3);
  await expect.poll(() => reads.length).toBe(3);
  reads[2]?.end.resolve();
  expect(await next).toBe(30);
});

test("owners take turns, however many reads one of them has", async () => {
  const reads: (readonly string[])[] = [];
  const batcher = new ReadBatcher<string, string>(
    { items: 4, parallel: 1 },
    new SystemClock(),
    async (items) => {
      reads.push(items);
      await turn();
      return items;
    },
    (item) => item.slice(0, 1),
  );
  const all = ["a1", "a2", "a3", "a4", "a5", "a6", "b1", "b2", "c1"];
  expect(await Promise.all(all.map((item) => batcher.add(item)))).toEqual(all);
  expect(reads).toEqual([["a1", "b1", "c1", "a2"], ["b2", "a3", "a4", "a5"], ["a6"]]);
});

test("items that a statement leaves out are read by the next, in their order", async () => {
  const reads: (readonly number[])[] = [];
  const batcher = new ReadBatcher<number, number>({ items: 4, parallel: 1 }, new SystemClock(), async (items) => {
    reads.push(items);
    await turn();
    return items.map((item, at) => (at < 2 ? item * 10 : POSTPONED));
  });
  expect(await Promise.all([1, 2, 3, 4, 5].map((item) => batcher.add(item)))).toEqual([10, 20, 30, 40, 50]);
  expect(reads).toEqual([[1, 2, 3, 4], [3, 4, 5], [5]]);
});

test("the error of one item is not that of others, but without a connection all fail at once", async () => {
  let reads = 0;
  let error: Error = new Error("this item cannot be read");
  const batcher = new ReadBatcher<number, number>({ items: 8, parallel: 1 }, new SystemClock(), async (items) => {
    reads++;
    await turn();
    if (items.includes(2)) throw error;
    return items;
  });
  const read = async (): Promise<readonly string[]> =>
    (await Promise.allSettled([1, 2, 3].map((item) => batcher.add(item)))).map(({ status }) => status);
  expect(await read()).toEqual(["fulfilled", "rejected", "fulfilled"]);
  expect(reads).toBe(4);
  error = new DatabaseUnanswered("PostgreSQL hangs");
  expect(await read()).toEqual(["rejected", "rejected", "rejected"]);
  expect(reads).toBe(5);
});
