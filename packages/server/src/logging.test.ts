import { expect, test } from "vitest";
import { textLine } from "./logging.ts";

test("a log line for people has the time of day, the level when it matters, and the other members", () => {
  const line = {
    level: 40,
    time: "2026-01-02T03:04:05.678Z",
    role: "all",
    msg: "a slow query",
    ms: 12,
    table: "usage",
  };
  expect(textLine(JSON.stringify(line))).toBe("03:04:05 WARN a slow query ms=12 table=usage\n");
  expect(textLine(JSON.stringify({ ...line, level: 30 }))).toBe("03:04:05 a slow query ms=12 table=usage\n");
});

test("an error's stack follows its line", () => {
  const line = {
    level: 50,
    time: "2026-01-02T03:04:05.678Z",
    msg: "no",
    err: { message: "m", stack: "Error: m\n  at x" },
  };
  expect(textLine(JSON.stringify(line))).toBe("03:04:05 ERROR no\nError: m\n  at x\n");
});
