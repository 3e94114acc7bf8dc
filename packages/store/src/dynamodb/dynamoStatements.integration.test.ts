import { testDatabase } from "@hearth/testkit";
import { expect, test } from "vitest";
import { DELETE_WITH_RECORDS, PUT, PUT_WITH_RECORDS } from "./blindStatements.ts";
import { RETURNS_OLD } from "./blindWrites.ts";
import { GET_MANY, LOCK, WRITE, WRITE_WITH_RECORDS } from "./dynamoStatements.ts";
import { GET_ITEMS, QUERY_PARTS } from "./readStatements.ts";

const KEYS = "1, '{}', '{}', '{}', ''";
const RECORDED = `${KEYS}, 0, true, 1, 0`;
const ITEMS = "'{}', '{}', '{}', '{}'";
const WRITES = "1, '[]', '[]', '[]'";

test("items are looked for by their keys, also by plans that were made while the table was small", async () => {
  await using db = await testDatabase();
  await db.database.transaction(async (tx) => {
    await tx.query("SET LOCAL plan_cache_mode = force_generic_plan");
    const planOf = async (name: string, sql: string, values: string): Promise<string> => {
      await tx.query(`PREPARE ${name} AS ${sql}`);
      const lines = await tx.query<{ "QUERY PLAN": string }>(`EXPLAIN (COSTS OFF) EXECUTE ${name} (${values})`);
      return lines.map((line) => line["QUERY PLAN"]).join("\n");
    };
    const plans = [
      await planOf("writes", WRITE, WRITES),
      await planOf("records", WRITE_WITH_RECORDS, `${WRITES}, 1, 0, 1, 1, '', 1`),
      await planOf("locking", PUT_WITH_RECORDS.locking, `${RECORDED}, ${ITEMS}`),
      await planOf("deletes", DELETE_WITH_RECORDS, RECORDED),
      await planOf("locks", LOCK, "1, '[]'"),
      await planOf("reads", GET_MANY, "'[]'"),
      await planOf("gets", GET_ITEMS, "'[]'"),
      await planOf("ascending", QUERY_PARTS.ascending, "'[]'"),
      await planOf("descending", QUERY_PARTS.descending, "'[]'"),
    ];
    const puts = [await planOf("puts", PUT, `${KEYS}, ${ITEMS}`)];
    const [server] = await tx.query<{ version: number }>(
      "SELECT current_setting('server_version_num')::integer AS version",
    );
    if ((server?.version ?? 0) >= RETURNS_OLD)
      puts.push(await planOf("puts_returning", PUT_WITH_RECORDS.returning, `${RECORDED}, ${ITEMS}`));
    for (const plan of [...plans, ...puts])
      expect(plan).not.toMatch(/(Seq|Heap|Bitmap Index) Scan on dynamodb_items(_pkey)?\b/);
    for (const plan of plans)
      expect(plan).toMatch(/Index Scan (Backward )?using dynamodb_items_pkey on dynamodb_items/);
    // They look by the constraint.
    for (const plan of puts) expect(plan).toMatch(/Conflict Arbiter Indexes: dynamodb_items_pkey/);
  });
});
