import { expect, test } from "vitest";
import { quotaPeriod } from "./quotaPeriod.ts";

// 2026-11-29 is a Sunday.
test.each([
  ["DAY", 0, "2026-11-29T23:59:59Z", "2026-11-29", "2026-11-29"],
  ["WEEK", 0, "2026-11-29T00:00:00Z", "2026-11-29", "2026-12-05"],
  ["WEEK", 1, "2026-11-29T12:00:00Z", "2026-11-23", "2026-11-29"],
  ["MONTH", 0, "2026-11-29T12:00:00Z", "2026-11-01", "2026-11-30"],
  ["MONTH", 27, "2026-11-27T12:00:00Z", "2026-10-28", "2026-11-27"],
  ["MONTH", 9, "2027-01-05T12:00:00Z", "2026-12-10", "2027-01-09"],
] as const)("a %s with offset %s has at %s the days %s to %s", (period, offset, now, from, to) => {
  expect(quotaPeriod({ period, offset }, Date.parse(now))).toEqual({ from, to });
});
