import { testDatabase } from "@hearth/testkit";
import { expect, test } from "vitest";
import { DynamoItemStore } from "./dynamoItems.ts";
import type { DynamoKey, DynamoWrite } from "./dynamoWrite.ts";
import { GET } from "./dynamoStatements.ts";

/** Two thousand of them fill more than the eight pages at which statistics begin to matter. */
const TEXT = JSON.stringify({ value: { S: "x".repeat(300) } });
const keyOf = (n: number): DynamoKey => ({ place: n, hash: Buffer.from(`p${n}`), range: Buffer.alloc(0) });

function put(n: number): DynamoWrite {
  const added = [{ indexId: "7", key: keyOf(n), item: TEXT, bytes: 2 }];
  return { key: keyOf(n), expected: "any", item: TEXT, bytes: 2, removed: [], added };
}

test("items are read by their keys once there are many, though PostgreSQL was told that there are few", async () => {
  await using db = await testDatabase();
  const items = new DynamoItemStore(db.database);
  const write = async (from: number, count: number): Promise<void> => {
    await items.write(
      db.database,
      "1",
      Array.from({ length: count }, (_one, at) => put(from + at)),
    );
  };
  const planOf = async (sql: string, values: string): Promise<string> =>
    await db.database.transaction(async (tx) => {
      await tx.query("SET LOCAL plan_cache_mode = force_generic_plan");
      await tx.query(`PREPARE reads AS ${sql}`);
      const lines = await tx.query<{ "QUERY PLAN": string }>(`EXPLAIN (COSTS OFF) EXECUTE reads (${values})`);
      await tx.query("DEALLOCATE reads");
      return lines.map((line) => line["QUERY PLAN"]).join("\n");
    });
  const gets = async (): Promise<string> => await planOf(GET, "1, 0, '', ''");
  const entries = async (): Promise<string> =>
    await planOf("SELECT item FROM dynamodb_index_items WHERE index_id = $1 AND place = $2", "1, 0");
  const knownRows = async (table: string): Promise<number> => {
    const [row] = await db.database.query<{ rows: number }>(
      "SELECT reltuples::float8 AS rows FROM pg_class WHERE oid = $1::regclass",
      [table],
    );
    return row?.rows ?? 0;
  };
  await write(0, 5);
  await db.database.query("ANALYZE dynamodb_items, dynamodb_index_items");
  expect(await gets()).toContain("Seq Scan on dynamodb_items");
  expect(await entries()).toContain("Seq Scan on dynamodb_index_items");
  await write(100, 2_000);
  // ANALYZE is also what makes connections forget the plans that they keep.
  await expect.poll(async () => await knownRows("dynamodb_items"), { timeout: 60_000 }).toBe(2_005);
  await expect.poll(async () => await knownRows("dynamodb_index_items"), { timeout: 60_000 }).toBe(2_005);
  expect(await gets()).toContain("Index Scan using dynamodb_items_pkey");
  expect(await entries()).toContain("Index Scan using dynamodb_index_items_pkey");
});
