import type { Item, Table } from "@hearth/tables";
import { expect, test } from "vitest";
import { consumedByWrites } from "./capacity.ts";

const hash = { name: "pk", type: "S" } as const;
const index = (name: string, isGlobal: boolean, ProjectionType: "ALL" | "KEYS_ONLY") => ({
  ...{ id: name, name, isGlobal, status: "ACTIVE", createdAt: 0 },
  key: isGlobal ? { hash: { name: "g", type: "S" } } : { hash, range: { name: "l", type: "S" } },
  projection: { ProjectionType },
});
const TABLE = {
  TableName: "orders",
  definition: { key: { hash }, indexes: [index("by-g", true, "KEYS_ONLY"), index("by-l", false, "ALL")] },
} as unknown as Table;
const item = (more: Item): Item => ({ pk: { S: "a" }, ...more });
const consumed = (before: Item | undefined, after: Item | undefined) =>
  consumedByWrites("INDEXES", TABLE, [{ before, after }]);

test("a new item is written to the table and to each index that has it", () => {
  expect(consumed(undefined, item({ g: { S: "x" }, l: { S: "y" }, v: { S: "z".repeat(1_500) } }))).toEqual({
    TableName: "orders",
    CapacityUnits: 5,
    Table: { CapacityUnits: 2 },
    GlobalSecondaryIndexes: { "by-g": { CapacityUnits: 1 } },
    LocalSecondaryIndexes: { "by-l": { CapacityUnits: 2 } },
  });
  expect(consumed(undefined, item({}))).toEqual({
    TableName: "orders",
    CapacityUnits: 1,
    Table: { CapacityUnits: 1 },
  });
});

test("a change costs an index two writes when its key changes, one when an attribute of it does, otherwise none", () => {
  const before = item({ g: { S: "x" }, v: { N: "1" } });
  const units = (after: Item | undefined) => consumed(before, after)?.GlobalSecondaryIndexes?.["by-g"]?.CapacityUnits;
  expect(units(item({ g: { S: "y" }, v: { N: "1" } }))).toBe(2);
  expect(units(item({ g: { S: "x" }, v: { N: "2" } }))).toBeUndefined();
  expect(units(item({ v: { N: "1" } }))).toBe(1);
  expect(units(undefined)).toBe(1);
});

test("a transaction writes everything twice, and an answer has what was asked for", () => {
  const written = [{ before: undefined, after: item({ g: { S: "x" } }) }];
  expect(consumedByWrites("TOTAL", TABLE, written, { isTransaction: true })).toEqual({
    TableName: "orders",
    CapacityUnits: 4,
  });
  expect(consumedByWrites("NONE", TABLE, written)).toBeUndefined();
});
