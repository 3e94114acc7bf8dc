import { expect, test } from "vitest";
import { warmKey } from "./questions.ts";

test("decisions are remembered by operation, index and table", () => {
  const keys = [
    warmKey("GetItem", { TableName: "orders" }),
    warmKey("PutItem", { TableName: "orders" }),
    warmKey("Query", { TableName: "orders" }),
    warmKey("Query", { TableName: "orders", IndexName: "by-date" }),
    warmKey("Query", { TableName: "by-date orders" }),
    warmKey("GetItem", { TableName: "arn:aws:dynamodb:us-east-1:000000000000:table/orders" }),
  ];
  expect(new Set(keys).size).toBe(keys.length);
});

test("decisions on requests about several tables, or about tables themselves, are not remembered", () => {
  expect(warmKey("BatchGetItem", { RequestItems: { orders: {} } })).toBeUndefined();
  expect(warmKey("TransactWriteItems", { TransactItems: [] })).toBeUndefined();
  expect(warmKey("DeleteTable", { TableName: "orders" })).toBeUndefined();
});
