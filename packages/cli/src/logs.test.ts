import { expect, test } from "vitest";
import { logLine } from "./logs.ts";

const time = new Date("2026-01-31T10:00:00.123Z");

test("a line begins with its time, once", () => {
  expect(logLine(time, "START RequestId: 1\n")).toBe("2026-01-31T10:00:00.123Z START RequestId: 1");
  const own = "2026-01-31T10:00:00.100Z\tid\tINFO\thello";
  expect(logLine(time, `${own}\n`)).toBe(own);
  expect(logLine(time, "[INFO]\t2026-01-31T10:00:00.100Z\tid\thello")).toBe(
    "[INFO]\t2026-01-31T10:00:00.100Z\tid\thello",
  );
});

test("a function cannot move the cursor; escape sequences are left out, line ends and tabs stay", () => {
  expect(logLine(time, "a\n\tb \u001B[31mred\u001B[0m \u001B[2J\r")).toBe("2026-01-31T10:00:00.123Z a\n\tb red ?");
});
