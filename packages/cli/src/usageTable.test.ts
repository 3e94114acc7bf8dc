import { expect, test } from "vitest";
import { usageTable } from "./usageTable.ts";

test("the table ends with the totals", () => {
  const hello = {
    accountId: "000000000000",
    day: "2026-01-31",
    region: "eu-west-1",
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

test("regions are shown when there are several", () => {
  const row = {
    accountId: "000000000000",
    day: "2026-01-31",
    functionName: "f",
    invocations: 1,
    errors: 0,
    billedMs: 2,
    gbSeconds: 0,
  };
  const text = usageTable([
    { ...row, region: "eu-central-1" },
    { ...row, region: "eu-west-1" },
  ]);
  expect(text.split("\n")).toEqual([
    "DAY         REGION        FUNCTION  INVOCATIONS  ERRORS  BILLED MS  GB-SECONDS",
    "2026-01-31  eu-central-1  f                   1       0          2       0.000",
    "2026-01-31  eu-west-1     f                   1       0          2       0.000",
    "total                                         2       0          4       0.000",
  ]);
});

test("without usage there is a message instead of a table", () => {
  expect(usageTable([])).toBe("No usage in this period.");
});

test("accounts are shown when all are asked for", () => {
  const row = {
    region: "us-east-1",
    day: "2026-01-31",
    functionName: "f",
    invocations: 1,
    errors: 0,
    billedMs: 2,
    gbSeconds: 0,
  };
  const rows = ["000000000000", "111111111111"].map((accountId) => ({ ...row, accountId }));
  expect(usageTable(rows, true).split("\n")[2]).toBe(
    "2026-01-31  111111111111  f                   1       0          2       0.000",
  );
});
