import { expect, test } from "vitest";
import { AccountShares, memoryOf } from "./accountShares.ts";

const MB = 1024 * 1024;

test("an account with too much loses its own oldest things, and no other's", () => {
  const shares = new AccountShares();
  expect(shares.add("honest", "api h", 30 * MB)).toEqual([]);
  expect(shares.add("hostile", "api 1", 30 * MB)).toEqual([]);
  expect(shares.add("hostile", "api 2", 30 * MB)).toEqual([]);
  expect(shares.add("hostile", "api 3", 30 * MB)).toEqual(["api 1"]);
  expect(shares.add("hostile", "api 4", 500 * MB)).toEqual(["api 2", "api 3"]);
  expect(shares.add("hostile", "api 5", 1)).toEqual(["api 4"]);
  expect(shares.add("honest", "api i", 30 * MB)).toEqual([]);
});

test("what was read again or forgotten counts once, or not at all", () => {
  const shares = new AccountShares();
  for (let i = 0; i < 10; i++) expect(shares.add("a", "api 1", 60 * MB)).toEqual([]);
  shares.delete("api 1");
  expect(shares.add("a", "api 2", 60 * MB)).toEqual([]);
  shares.clear();
  expect(shares.add("a", "api 3", 60 * MB)).toEqual([]);
});

test("the memory of a document is about that of its texts and values", () => {
  expect(memoryOf({ a: "x".repeat(1_000), b: [1, 2, { c: null }] })).toBeGreaterThan(1_000);
  expect(memoryOf({ a: "x".repeat(1_000) })).toBeLessThan(2_000);
});
