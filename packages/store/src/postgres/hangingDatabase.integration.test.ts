import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLogger, SystemClock, systemRandom } from "@hearth/kit";
import { pause } from "@hearth/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "../embedded/embeddedPostgres.ts";
import { Database } from "./database.ts";
import { isConnectionLoss } from "./databaseErrors.ts";
import { DatabaseUnanswered } from "./statementDeadline.ts";

const PATIENCE = { timeout: 60_000 };
const deps = { clock: new SystemClock(), random: systemRandom, logger: silentLogger };
let folder: string;
let postgres: EmbeddedPostgres;
beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "hearth-pg-")));
  const signal = new AbortController().signal;
  postgres = await startEmbeddedPostgres({ ...deps, dataDir: folder, signal });
});
afterAll(async () => {
  await postgres[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const openDatabase = (options = {}): Database =>
  new Database({ connection: postgres.connection, max: 3, ...options }, deps);
const failure = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => "it was answered",
    (error: unknown) => error,
  );

test("statements and transactions of a stopped PostgreSQL fail, later ones fail at once, and all work again when it goes on", async () => {
  await using database = openDatabase();
  await database.query("CREATE TABLE kept AS SELECT 1 AS n");
  const begun = Promise.withResolvers<void>();
  const stopped = Promise.withResolvers<void>();
  const transaction = failure(
    database.transaction(async (tx) => {
      await tx.query("UPDATE kept SET n = 2");
      begun.resolve();
      await stopped.promise;
      await tx.query("UPDATE kept SET n = 3");
    }),
  );
  await begun.promise;
  {
    using _paused = pause(postgres.pid ?? 0);
    stopped.resolve();
    const errors = await Promise.all([
      failure(database.query("SELECT n FROM kept")),
      failure(database.prepared("UPDATE kept SET n = 4")),
      transaction,
      failure(database.ping()),
    ]);
    for (const error of errors.slice(0, 3)) {
      expect(error).toBeInstanceOf(DatabaseUnanswered);
      expect(isConnectionLoss(error)).toBe(true);
    }
    expect(String(errors[2])).toMatch(/PostgreSQL has not answered for \d+ s: UPDATE kept SET n = 3/);
    expect(String(errors[3])).toContain("PostgreSQL has not answered");
    expect(database.hangs).toBe(true);
    expect(await failure(database.query("SELECT 1"))).toBeInstanceOf(DatabaseUnanswered);
  }
  await expect.poll(() => database.hangs, PATIENCE).toBe(false);
  // No connection of the pool was lost for good, and nothing holds the row of the transaction that broke off.
  const all = [1, 2, 3].map(() => database.transaction((tx) => tx.query("UPDATE kept SET n = 5")));
  await Promise.all(all);
  await database.ping();
});

test("a listener notices that PostgreSQL hangs, and listens again when it goes on", async () => {
  await using database = openDatabase();
  const heard: string[] = [];
  let [lost, connected] = [0, 0];
  const handlers = {
    onNotify: (payload: string) => void heard.push(payload),
    onLost: () => void lost++,
    onConnected: () => void connected++,
  };
  await using _listener = await database.listen("news", handlers);
  {
    using _paused = pause(postgres.pid ?? 0);
    await expect.poll(() => lost, PATIENCE).toBe(1);
  }
  await expect.poll(() => connected, PATIENCE).toBe(2);
  await expect.poll(() => database.hangs, PATIENCE).toBe(false);
  await database.query("SELECT pg_notify('news', 'hello')");
  await expect.poll(() => heard, PATIENCE).toEqual(["hello"]);
});

test("a database and its listener are closed although PostgreSQL hangs", async () => {
  const database = openDatabase();
  await database.query("SELECT 1");
  await database.listen("news", { onNotify: () => undefined });
  using _paused = pause(postgres.pid ?? 0);
  await database[Symbol.asyncDispose]();
});

test("PostgreSQL ends a statement that runs for too long, and the connection stays", async () => {
  await using database = openDatabase({ statementTimeoutMs: 100, max: 1 });
  await expect(database.query("SELECT pg_sleep(60)")).rejects.toThrow("statement timeout");
  const work = database.transaction((tx) => tx.query("SELECT pg_sleep(60)"));
  await expect(work).rejects.toThrow("statement timeout");
  expect(database.hangs).toBe(false);
});

test("a statement may be given more time than others, and so may those of a transaction", async () => {
  await using database = openDatabase({ statementTimeoutMs: 100, max: 1 });
  await database.patiently(60_000, "SELECT pg_sleep(0.3)");
  await database.transaction((tx) => tx.query("SELECT pg_sleep(0.3)"), { statementTimeoutMs: 60_000 });
  await expect(database.query("SELECT pg_sleep(60)")).rejects.toThrow("statement timeout");
});
