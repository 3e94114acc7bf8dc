import { expect, test } from "vitest";
import { decideStart } from "./decideStart.ts";

test("one environment is started for each waiting request beyond those on their way", () => {
  expect(decideStart({ waiting: 3, starting: 0, finishing: 0 })).toBe(3);
  expect(decideStart({ waiting: 3, starting: 2, finishing: 0 })).toBe(1);
  expect(decideStart({ waiting: 3, starting: 1, finishing: 1 })).toBe(1);
  expect(decideStart({ waiting: 1, starting: 5, finishing: 0 })).toBe(0);
  expect(decideStart({ waiting: 0, starting: 0, finishing: 2 })).toBe(0);
});
