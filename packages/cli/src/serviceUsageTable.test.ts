import { expect, test } from "vitest";
import { serviceUsageTable } from "./serviceUsageTable.ts";

test("usage of services is a table", () => {
  const row = {
    accountId: "000000000000",
    day: "2026-01-31",
    region: "us-east-1",
    service: "logs",
    unit: "IngestedBytes",
    resource: "/app",
  };
  const text = serviceUsageTable([
    { ...row, quantity: 12_345 },
    { ...row, resource: "/aws/lambda/hello", quantity: 7 },
  ]);
  expect(text.split("\n").map((line) => line.trim().split(/ {2,}/))).toEqual([
    ["DAY", "REGION", "SERVICE", "RESOURCE", "UNIT", "QUANTITY"],
    ["2026-01-31", "us-east-1", "logs", "/app", "IngestedBytes", "12,345"],
    ["2026-01-31", "us-east-1", "logs", "/aws/lambda/hello", "IngestedBytes", "7"],
  ]);
});

test("no usage of services says so", () => {
  expect(serviceUsageTable([])).toBe("Nothing was used in this time.");
});
