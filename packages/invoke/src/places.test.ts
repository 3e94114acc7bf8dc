import { expect, test } from "vitest";
import { Places } from "./places.ts";

const fn = (FunctionName: string) => ({ accountId: "000000000000", FunctionName });

/** Takes all that `FunctionName` may have. */
function takeAll(places: Places, FunctionName: string): number {
  let taken = 0;
  for (let most = places.shareOf(fn(FunctionName)); most > 0; most = places.shareOf(fn(FunctionName))) {
    places.reserve(most);
    places.settle(
      most,
      Array.from({ length: most }, () => fn(FunctionName)),
    );
    taken += most;
  }
  return taken;
}

test("a function takes half of the places, and each further one half of what is left, but one at least", () => {
  const places = new Places(16);
  expect(["a", "b", "c", "d", "e", "f"].map((name) => takeAll(places, name))).toEqual([8, 4, 2, 1, 1, 0]);
  expect(places.free).toBe(0);
});

test("places that were given back may be taken again", () => {
  const places = new Places(4);
  expect(takeAll(places, "a")).toBe(2);
  places.leave(fn("a"));
  expect(places.shareOf(fn("a"))).toBe(1);
  places.leave(fn("a"));
  expect(places.free).toBe(4);
  expect(places.shares()).toEqual({ most: 2, of: [] });
});

test("what was set aside and not used is free again", () => {
  const places = new Places(4);
  places.reserve(3);
  expect(places.free).toBe(1);
  places.settle(3, [fn("a")]);
  expect(places.free).toBe(3);
  expect(places.shares()).toEqual({ most: 2, of: [{ ...fn("a"), most: 1 }] });
});

test("a place that is given back wakes those who wait", async () => {
  const places = new Places(1);
  takeAll(places, "a");
  const { freed } = places;
  places.leave(fn("a"));
  await freed;
  expect(places.free).toBe(1);
});
