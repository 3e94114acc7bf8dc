import { expect, test } from "vitest";
import { CommandLineError } from "./commandLine.ts";
import { since } from "./since.ts";

const NOW = Date.parse("2026-01-31T10:00:00Z");

test.each([
  ["30s", "2026-01-31T09:59:30.000Z"],
  ["10m", "2026-01-31T09:50:00.000Z"],
  ["2h", "2026-01-31T08:00:00.000Z"],
  ["3d", "2026-01-28T10:00:00.000Z"],
  ["2026-01-30", "2026-01-30T00:00:00.000Z"],
  ["2026-01-30T01:02:03Z", "2026-01-30T01:02:03.000Z"],
])("%s is a moment", (text, moment) => {
  expect(new Date(since(text, NOW)).toISOString()).toBe(moment);
});

test("a time before 1970 is 1970", () => {
  expect(since("999999d", NOW)).toBe(0);
});

test.each(["", "10", "yesterday", "10 m", "-5m", "2026-13-01", "1"])("%j is refused", (text) => {
  expect(() => since(text, NOW)).toThrow(CommandLineError);
});
