import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLogger } from "@hearth/kit";
import { type TestDatabase, testDatabase } from "@hearth/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { migrate } from "./migrate.ts";
import { OtherVersionError } from "./otherVersionError.ts";

let db: TestDatabase;
let folder: string;
beforeEach(async () => {
  db = await testDatabase();
  await db.database.query("DROP TABLE migrations");
  folder = await mkdtemp(join(tmpdir(), "hearth-migrations-"));
});
afterEach(async () => {
  await db[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

const add = (name: string, sql: string): Promise<void> => writeFile(join(folder, name), sql);
const run = (): Promise<readonly string[]> =>
  migrate(db.database, { region: "eu-west-1", logger: silentLogger, directory: folder });

test("files run once each, in the order of their names, by one of many processes", async () => {
  await add("0002_b.sql", "INSERT INTO m VALUES (2)");
  await add("0001_a.sql", "CREATE TABLE m (n int); INSERT INTO m VALUES (1)");
  const ran = await Promise.all([run(), run(), run()]);
  expect(ran.flat()).toEqual(["0001_a.sql", "0002_b.sql"]);
  await add("0003_c.sql", "INSERT INTO m VALUES (3)");
  expect(await run()).toEqual(["0003_c.sql"]);
  expect(await db.database.query("SELECT n FROM m ORDER BY n")).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
});

test("a file that fails leaves nothing of itself and keeps those before it", async () => {
  await add("0001_a.sql", "CREATE TABLE m (n int)");
  await add("0002_b.sql", "INSERT INTO m VALUES (2); SELECT 1/0");
  await expect(run()).rejects.toThrow("division by zero");
  expect(await db.database.query("SELECT n FROM m")).toEqual([]);
  await add("0002_b.sql", "INSERT INTO m VALUES (2)");
  expect(await run()).toEqual(["0002_b.sql"]);
});

test("a file that changed after it ran, and a database of a newer version, are refused", async () => {
  await add("0001_a.sql", "CREATE TABLE m (n int)");
  await run();
  await add("0001_a.sql", "CREATE TABLE m (n bigint)");
  await expect(run()).rejects.toThrow("0001_a.sql has changed");
  await rm(join(folder, "0001_a.sql"));
  await expect(run()).rejects.toThrow(OtherVersionError);
});

test("a file with a lower number than one that ran is refused, and nothing runs", async () => {
  await add("0001_a.sql", "CREATE TABLE m (n int)");
  await add("0003_c.sql", "INSERT INTO m VALUES (3)");
  await run();
  await add("0002_b.sql", "INSERT INTO m VALUES (2)");
  await add("0004_d.sql", "INSERT INTO m VALUES (4)");
  await expect(run()).rejects.toThrow("0002_b.sql comes before 0003_c.sql, which this database has had already");
  expect(await db.database.query("SELECT n FROM m")).toEqual([{ n: 3 }]);
});

test("two files with one number, and a file without a number, are refused", async () => {
  await add("0001_a.sql", "SELECT 1");
  await add("0001_b.sql", "SELECT 1");
  await expect(run()).rejects.toThrow("Two migrations have the number 1, one of them 0001_b.sql");
  await rm(join(folder, "0001_b.sql"));
  await add("late.sql", "SELECT 1");
  await expect(run()).rejects.toThrow("late.sql must be named");
});

test("a file reads the region of the installation, which is set for its transaction alone", async () => {
  await add(
    "0001_a.sql",
    "CREATE TABLE m (region text DEFAULT current_setting('hearth.region')); INSERT INTO m DEFAULT VALUES",
  );
  await run();
  expect(await db.database.query("SELECT region FROM m")).toEqual([{ region: "eu-west-1" }]);
  expect(await db.database.query("SELECT current_setting('hearth.region', true) AS left")).not.toEqual([
    { left: "eu-west-1" },
  ]);
});
