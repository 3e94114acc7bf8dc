import { expect, test } from "vitest";
import { Shares } from "./shares.ts";

const fn = (FunctionName: string) => ({ accountId: "000000000000", region: "us-east-1", FunctionName });

/** Takes slots for `FunctionName` until its share is used up. */
function takeAll(shares: Shares, FunctionName: string): number {
  let taken = 0;
  for (let limit = shares.shareOf(fn(FunctionName)); limit > 0; limit = shares.shareOf(fn(FunctionName))) {
    shares.reserve(limit);
    shares.assign(
      limit,
      Array.from({ length: limit }, () => fn(FunctionName)),
    );
    taken += limit;
  }
  return taken;
}

test("a function gets half of the free slots, each further function half of the rest, and at least one", () => {
  const shares = new Shares(16);
  expect(["a", "b", "c", "d", "e", "f"].map((name) => takeAll(shares, name))).toEqual([8, 4, 2, 1, 1, 0]);
  expect(shares.free).toBe(0);
});

test("released slots can be taken again", () => {
  const shares = new Shares(4);
  expect(takeAll(shares, "a")).toBe(2);
  shares.release(fn("a"));
  expect(shares.shareOf(fn("a"))).toBe(1);
  shares.release(fn("a"));
  expect(shares.free).toBe(4);
  expect(shares.all()).toEqual({ most: 2, of: [] });
});

test("reserved slots that no claim used become free", () => {
  const shares = new Shares(4);
  shares.reserve(3);
  expect(shares.free).toBe(1);
  shares.assign(3, [fn("a")]);
  expect(shares.free).toBe(3);
  expect(shares.all()).toEqual({ most: 2, of: [{ ...fn("a"), most: 1 }] });
});

test("a released slot wakes the waiting caller", async () => {
  const shares = new Shares(1);
  takeAll(shares, "a");
  const { freed } = shares;
  shares.release(fn("a"));
  await freed;
  expect(shares.free).toBe(1);
});
