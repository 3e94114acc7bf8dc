import { Registry, silentLogger, SystemClock, systemRandom } from "@hearth/kit";
import { type TestDatabase, testDatabase } from "@hearth/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Database } from "./database.ts";
import { DatabaseMetrics } from "./databaseMetrics.ts";
import { DatabaseSize } from "./databaseSize.ts";

const deps = { clock: new SystemClock(), random: systemRandom, logger: silentLogger };
let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db[Symbol.asyncDispose]());

const metered = (registry: Registry, options = {}): Database =>
  new Database({ connection: db.connection, max: 1, ...options }, { ...deps, metrics: new DatabaseMetrics(registry) });

async function value(registry: Registry, series: string): Promise<number | undefined> {
  const line = (await registry.metrics()).split("\n").find((text) => text.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length));
}

test("statements are timed, and failed ones are counted by kind", async () => {
  const registry = new Registry();
  await using database = metered(registry, { statementTimeoutMs: 50 });
  await database.query("SELECT 1");
  await expect(database.query("SELECT pg_sleep(30)")).rejects.toThrow("statement timeout");
  await expect(database.query("SELECT nonsense")).rejects.toThrow("nonsense");
  await database.query("CREATE TABLE only_one (id int PRIMARY KEY)");
  await database.query("INSERT INTO only_one VALUES (1)");
  await expect(database.query("INSERT INTO only_one VALUES (1)")).rejects.toThrow("duplicate key");
  const errors = (kind: string) => value(registry, `hearth_database_errors_total{kind="${kind}"}`);
  expect(await Promise.all(["deadline", "connection", "conflict", "constraint", "other"].map(errors))).toEqual([
    1, 0, 0, 1, 1,
  ]);
  expect(await value(registry, "hearth_database_statement_duration_seconds_count")).toBe(6);
  expect(await value(registry, "hearth_database_statement_duration_seconds_sum")).toBeGreaterThan(0.04);
});

test("a server that cannot be reached is counted as errors of the connection", async () => {
  const registry = new Registry();
  await using database = metered(registry, { connection: { host: "/no/such/folder" }, patienceMs: 0 });
  await expect(database.query("SELECT 1")).rejects.toThrow();
  expect(await value(registry, 'hearth_database_errors_total{kind="connection"}')).toBe(1);
});

test("the pool shows which connections are in use and what waits for one", async () => {
  const registry = new Registry();
  await using database = metered(registry);
  const figures = async () => ({
    inUse: await value(registry, 'hearth_database_pool_connections{state="in_use"}'),
    idle: await value(registry, 'hearth_database_pool_connections{state="idle"}'),
    waiting: await value(registry, "hearth_database_pool_waiting"),
  });
  const gate = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  const holding = database.transaction(async () => {
    begun.resolve();
    await gate.promise;
  });
  await begun.promise;
  const waiting = database.query("SELECT 1");
  expect(await figures()).toEqual({ inUse: 1, idle: 0, waiting: 1 });
  gate.resolve();
  await Promise.all([holding, waiting]);
  expect(await figures()).toEqual({ inUse: 0, idle: 1, waiting: 0 });
});

test("the database's size and connections are measured; without PostgreSQL they have no value", async () => {
  const registry = new Registry();
  await using database = metered(new Registry());
  await using size = new DatabaseSize({ ...deps, database, registry });
  await size.measure();
  expect(await value(registry, "hearth_database_size_bytes")).toBeGreaterThan(1_000_000);
  expect(await value(registry, "hearth_database_connections")).toBeGreaterThan(0);
  expect(await value(registry, "hearth_database_connections_limit")).toBeGreaterThan(1);
  await using away = metered(new Registry(), { connection: { host: "/no/such/folder" }, patienceMs: 0 });
  const unreachable = new Registry();
  await using unmeasured = new DatabaseSize({ ...deps, database: away, registry: unreachable });
  await unmeasured.measure();
  expect(await value(unreachable, "hearth_database_size_bytes")).toBeUndefined();
});
