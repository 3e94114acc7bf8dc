import { afterAll, beforeAll, expect, test } from "vitest";
import { type TestDatabase, testDatabase } from "@hearth/testkit";
import { latestChange, readChanges, recordChange, type Subject } from "./changeLog.ts";

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
});
afterAll(async () => await db[Symbol.asyncDispose]());

const functionNamed = (name: string): Subject => ({
  kind: "function",
  accountId: "000000000000",
  region: "us-east-1",
  name,
});

test("numbers follow the order of commits, also when transactions overlap", async () => {
  const start = await latestChange(db.database);
  const committed: bigint[] = [];
  await Promise.all(
    Array.from({ length: 8 }, async (_, i) => {
      const seq = await db.database.transaction(async (tx) => {
        await tx.query("SELECT pg_sleep($1)", [((i * 7) % 5) / 200]);
        return await recordChange(tx, functionNamed(`f${i}`));
      });
      committed.push(seq);
    }),
  );
  const { latest, changes } = await readChanges(db.database, start, ["function"]);
  expect(latest).toBe(start + 8n);
  expect(changes?.map((change) => change.seq)).toEqual([...committed].sort((a, b) => Number(a - b)));
});

test("a transaction that rolls back takes no number", async () => {
  const before = await latestChange(db.database);
  const failing = db.database.transaction(async (tx) => {
    await recordChange(tx, functionNamed("gone"));
    throw new Error("no");
  });
  await expect(failing).rejects.toThrow();
  expect(await latestChange(db.database)).toBe(before);
});

test("a reader from before the kept rows, or from a future that a restore took back, is told so", async () => {
  const latest = await latestChange(db.database);
  await db.database.query("DELETE FROM change_log WHERE seq <= $1", [latest - 2n]);
  expect((await readChanges(db.database, latest - 1n, ["function"])).changes).toHaveLength(1);
  expect((await readChanges(db.database, latest - 3n, ["function"])).changes).toBeUndefined();
  expect((await readChanges(db.database, latest + 1n, ["function"])).changes).toBeUndefined();
  expect((await readChanges(db.database, latest, ["function"])).changes).toEqual([]);
});

test("a reader gets the kinds it follows, and learns that others were passed over", async () => {
  const before = await latestChange(db.database);
  const add = (kind: string, name: string) =>
    db.database.transaction((tx) => recordChange(tx, { ...functionNamed(name), kind } as Subject));
  await add("queue", "q");
  await add("function", "f");
  await add("queue", "q");
  const { latest, changes } = await readChanges(db.database, before, ["function"]);
  expect(latest).toBe(before + 3n);
  expect(changes).toEqual([{ ...functionNamed("f"), seq: before + 2n }]);
  expect((await readChanges(db.database, before + 2n, ["function"])).changes).toEqual([]);
});
