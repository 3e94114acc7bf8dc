import { SystemClock } from "@hearth/kit";
import { expect, test } from "vitest";
import { ReadBatcher } from "./readBatcher.ts";

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
