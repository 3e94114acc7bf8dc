import { expect, test } from "vitest";
import { mergeLineages } from "./mergeLineages.ts";

test("keeps the largest number of runs of each function", () => {
  expect(mergeLineages(["0000000a:1|0000000b:3", "0000000a:4", "not one"])).toBe("0000000a:4|0000000b:3");
});

test("is absent when no function ran before", () => {
  expect(mergeLineages([])).toBeUndefined();
});

test("keeps the functions that ran most often", () => {
  const many = Array.from({ length: 40 }, (_, i) => `${i.toString(16).padStart(8, "0")}:${i}`);
  expect(mergeLineages(many)?.split("|")).toEqual(many.slice(8).reverse());
});
