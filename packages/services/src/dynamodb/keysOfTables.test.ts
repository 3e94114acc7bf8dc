import { expect, test } from "vitest";
import { passedKeys } from "./keysOfTables.ts";

const KEY = { accountId: "000000000000", region: "us-east-1", TableName: "orders" };

test("the keys of a table on a named server and of its index are those that the server describes", async () => {
  const asked: unknown[] = [];
  const keyOf = passedKeys({
    find: (key) =>
      Promise.resolve(
        key.TableName === "orders"
          ? { ...key, serverName: "1.us-east-1.orders", isCreated: true, tags: {}, policy: null }
          : undefined,
      ),
    server: {
      call: (operation, body) => {
        asked.push([operation, body]);
        const KeySchema = [
          { AttributeName: "sk", KeyType: "RANGE" },
          { AttributeName: "pk", KeyType: "HASH" },
        ];
        const index = { IndexName: "by-g", KeySchema: [{ AttributeName: "g", KeyType: "HASH" }] };
        return Promise.resolve({ Table: { KeySchema, GlobalSecondaryIndexes: [index] } });
      },
    },
  });
  expect(await keyOf(KEY, undefined)).toEqual({ hash: "pk", range: "sk" });
  expect(await keyOf(KEY, "by-g")).toEqual({ hash: "g", range: undefined });
  expect(await keyOf(KEY, "none")).toBeUndefined();
  expect(await keyOf({ ...KEY, TableName: "other" }, undefined)).toBeUndefined();
  expect(asked[0]).toEqual(["DescribeTable", { TableName: "1.us-east-1.orders" }]);
});
