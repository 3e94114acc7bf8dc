import { expect, test } from "vitest";
import { usageTable } from "./usageTable.ts";

test("the table ends with the totals", () => {
  const hello = {
    day: "2026-01-31",
    functionName: "hello",
    invocations: 1200,
    errors: 3,
    billedMs: 2500,
    gbSeconds: 0.3125,
  };
  const text = usageTable([
    hello,
    { ...hello, day: "2026-02-01", invocations: 1, errors: 0, billedMs: 2, gbSeconds: 0.001 },
  ]);
  expect(text.split("\n")).toEqual([
    "DAY         FUNCTION  INVOCATIONS  ERRORS  BILLED MS  GB-SECONDS",
    "2026-01-31  hello           1,200       3      2,500       0.313",
    "2026-02-01  hello               1       0          2       0.001",
    "total                       1,201       3      2,502       0.314",
  ]);
});

test("without usage there is a message instead of a table", () => {
  expect(usageTable([])).toBe("No usage in this period.");
});
