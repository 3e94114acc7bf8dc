import { afterAll, beforeAll, expect, test } from "vitest";
import { type TestDatabase, testDatabase } from "@hearth/testkit";
import { silentLogger, SystemClock, systemRandom } from "@hearth/kit";
import { Pool } from "pg";
import { Database } from "./database.ts";
import { isConnectionLoss, isUniqueViolation } from "./databaseErrors.ts";

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
  await db.database.query("CREATE TABLE things (id int PRIMARY KEY, n bigint NOT NULL DEFAULT 0)");
});
afterAll(async () => await db[Symbol.asyncDispose]());

test("a bigint arrives as a bigint", async () => {
  expect(await db.database.query("SELECT 9007199254740993::bigint AS n")).toEqual([{ n: 9007199254740993n }]);
});

test("a transaction that rejects leaves nothing behind", async () => {
  const failing = db.database.transaction(async (tx) => {
    await tx.query("INSERT INTO things (id) VALUES (1)");
    throw new Error("no");
  });
  await expect(failing).rejects.toThrow("no");
  expect(await db.database.query("SELECT id FROM things WHERE id = 1")).toEqual([]);
});

test("a transaction that lost to another one runs again", async () => {
  await db.database.query("INSERT INTO things (id) VALUES (2)");
  const add = async (): Promise<void> =>
    await db.database.transaction(
      async (tx) => {
        const [row] = await tx.query<{ n: bigint }>("SELECT n FROM things WHERE id = 2");
        await tx.query("UPDATE things SET n = $1 WHERE id = 2", [(row?.n ?? 0n) + 1n]);
      },
      { isolation: "serializable" },
    );
  await Promise.all([add(), add(), add(), add()]);
  expect(await db.database.query("SELECT n FROM things WHERE id = 2")).toEqual([{ n: 4n }]);
});

test("a statement that PostgreSQL refused because of a deadlock runs again", async () => {
  await db.database.query("CREATE SEQUENCE tries");
  // A sequence keeps its value when the statement is rolled back.
  await db.database.query(`CREATE FUNCTION refuse_twice() RETURNS bigint LANGUAGE plpgsql AS $$
    DECLARE try bigint := nextval('tries');
    BEGIN
      IF try < 3 THEN RAISE EXCEPTION 'deadlock detected' USING ERRCODE = '40P01'; END IF;
      RETURN try;
    END $$`);
  expect(await db.database.query("SELECT refuse_twice() AS tries")).toEqual([{ tries: 3n }]);
});

test("a statement whose connection was cut while idle runs on another one", async () => {
  await db.database.query("SELECT 1");
  await db.database.query(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()",
  );
  const killed = db.database.query<{ n: number }>("SELECT 7 AS n");
  expect(await killed).toEqual([{ n: 7 }]);
});

test("a row that is there already is told from other errors", async () => {
  await db.database.query("INSERT INTO things (id) VALUES (3)");
  const error: unknown = await db.database.query("INSERT INTO things (id) VALUES (3)").catch((e: unknown) => e);
  expect(isUniqueViolation(error)).toBe(true);
  expect(isUniqueViolation(error, "things_pkey")).toBe(true);
  expect(isUniqueViolation(error, "other")).toBe(false);
});

test("a listener hears again after its connection was cut", async () => {
  const heard: string[] = [];
  const lost = Promise.withResolvers<void>();
  const back = Promise.withResolvers<void>();
  let connections = 0;
  await using _listener = await db.database.listen("test_channel", {
    onNotify: (payload) => heard.push(payload),
    onConnected: () => {
      if (++connections === 2) back.resolve();
    },
    onLost: () => lost.resolve(),
  });
  await db.database.query(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND pid <> pg_backend_pid()",
  );
  await lost.promise;
  await back.promise;
  await db.database.query("SELECT pg_notify('test_channel', 'hello')");
  await expect.poll(() => heard).toEqual(["hello"]);
});

test("channels share one connection: each hears its own, also after it was cut, and the last one closes it", async () => {
  const { clock, random, logger } = { clock: new SystemClock(), random: systemRandom, logger: silentLogger };
  await using database = new Database(
    { connection: db.connection, applicationName: "shared" },
    { clock, random, logger },
  );
  const connections = async (): Promise<number[]> =>
    (
      await db.database.query<{ pid: number }>(
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'shared'",
      )
    ).map(({ pid }) => pid);
  const heard: string[] = [];
  const listen = (channel: string, name: string): Promise<AsyncDisposable> =>
    database.listen(channel, {
      onNotify: (payload) => heard.push(`${name} ${payload}`),
      onConnected: () => heard.push(`${name} connected`),
      onLost: () => heard.push(`${name} lost`),
    });
  const hears = async (...expected: string[]): Promise<void> => {
    await expect.poll(() => heard.toSorted()).toEqual(expected.toSorted());
    heard.length = 0;
  };
  const notify = async (news: string): Promise<void> => {
    for (const channel of ["first", "second"]) await db.database.query("SELECT pg_notify($1, $2)", [channel, news]);
  };

  const [first, second, third] = await Promise.all([
    listen("first", "A"),
    listen("second", "B"),
    listen("second", "C"),
  ]);
  await hears("A connected", "B connected", "C connected");
  const [pid, ...others] = await connections();
  expect(others).toEqual([]);
  await notify("news");
  await hears("A news", "B news", "C news");

  await db.database.query("SELECT pg_terminate_backend($1)", [pid]);
  await hears("A lost", "B lost", "C lost", "A connected", "B connected", "C connected");
  await notify("more");
  await hears("A more", "B more", "C more");

  await second[Symbol.asyncDispose]();
  await first[Symbol.asyncDispose]();
  await notify("last");
  await hears("C last");
  await third[Symbol.asyncDispose]();
  await expect.poll(connections).toEqual([]);

  await using _again = await listen("first", "D");
  await notify("again");
  await hears("D connected", "D again");
});

test("a connection that is cut in the middle of a transaction rejects it and nothing else", async () => {
  const cut = db.database.transaction(async (tx) => {
    const [row] = await tx.query<{ pid: number }>("SELECT pg_backend_pid() AS pid");
    await db.database.query("SELECT pg_terminate_backend($1)", [row?.pid]);
    await expect.poll(() => db.database.query("SELECT 1 FROM pg_stat_activity WHERE pid = $1", [row?.pid])).toEqual([]);
    await tx.query("SELECT 1");
  });
  await expect(cut).rejects.toSatisfy(isConnectionLoss);
  expect(await db.database.query("SELECT 1 AS n")).toEqual([{ n: 1 }]);
});

test("waiting in vain for a free connection of the pool counts as a lost connection: nothing was sent, and it is tried again", async () => {
  const pool = new Pool({ ...db.connection, max: 1 });
  const client = await pool.connect();
  // Dropping the database may end the connection before the pool has closed it.
  client.on("error", () => undefined);
  pool.on("error", () => undefined);
  pool.options.connectionTimeoutMillis = 1;
  await expect(pool.connect()).rejects.toSatisfy(isConnectionLoss);
  client.release();
  await pool.end();
});
