import { afterAll, beforeAll, expect, test } from "vitest";
import { type TestDatabase, testDatabase } from "@hearth/testkit";
import { latestChange, readChanges, recordChange } from "./changeLog.ts";

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
});
afterAll(async () => await db[Symbol.asyncDispose]());

test("numbers follow the order of commits, also when transactions overlap", async () => {
  const start = await latestChange(db.database);
  const committed: bigint[] = [];
  await Promise.all(
    Array.from({ length: 8 }, async (_, i) => {
      const seq = await db.database.transaction(async (tx) => {
        await tx.query("SELECT pg_sleep($1)", [((i * 7) % 5) / 200]);
        return await recordChange(tx, "000000000000", `f${i}`);
      });
      committed.push(seq);
    }),
  );
  const { latest, changes } = await readChanges(db.database, start);
  expect(latest).toBe(start + 8n);
  expect(changes?.map((change) => change.seq)).toEqual([...committed].sort((a, b) => Number(a - b)));
});

test("a transaction that rolls back takes no number", async () => {
  const before = await latestChange(db.database);
  const failing = db.database.transaction(async (tx) => {
    await recordChange(tx, "000000000000", "gone");
    throw new Error("no");
  });
  await expect(failing).rejects.toThrow();
  expect(await latestChange(db.database)).toBe(before);
});

test("a reader from before the kept rows, or from a future that a restore took back, is told so", async () => {
  const latest = await latestChange(db.database);
  await db.database.query("DELETE FROM change_log WHERE seq <= $1", [latest - 2n]);
  expect((await readChanges(db.database, latest - 1n)).changes).toHaveLength(1);
  expect((await readChanges(db.database, latest - 3n)).changes).toBeUndefined();
  expect((await readChanges(db.database, latest + 1n)).changes).toBeUndefined();
  expect((await readChanges(db.database, latest)).changes).toEqual([]);
});
