import { spawn } from "node:child_process";
import { existsSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isMainThread } from "node:worker_threads";
import { type Clock, type Logger, newMasterKey, silentLogger, SystemClock, systemRandom } from "@hearth/kit";
import { type ConnectionOptions, Database, migrate, useMasterKeys } from "@hearth/store";

/** A freshly migrated database of its own, dropped on disposal. */
export interface TestDatabase extends AsyncDisposable {
  readonly database: Database;
  readonly connection: ConnectionOptions;
}

export interface TestDatabaseOptions {
  readonly clock?: Clock;
  readonly logger?: Logger;
  /** The maximum number of connections. */
  readonly max?: number;
}

const clock = new SystemClock();
const PATIENCE_MS = 60_000;

/**
 * A real PostgreSQL database for one test file: on the server that HEARTH_TEST_DATABASE_URL names (its user may create databases),
 * else on an embedded one that all test files of this run share and that ends with the run.
 */
export async function testDatabase(options: TestDatabaseOptions = {}): Promise<TestDatabase> {
  const deps = { clock: options.clock ?? clock, random: systemRandom, logger: options.logger ?? silentLogger };
  const own = process.env["HEARTH_TEST_DATABASE_URL"];
  const server: ConnectionOptions = own ? { connectionString: own } : await sharedServer();
  const name = `hearth_test_${systemRandom.hex(6)}`;
  const admin = new Database(
    { connection: at(server, own ? undefined : "postgres"), max: 1 },
    { clock, random: systemRandom, logger: silentLogger },
  );
  await admin.query(`CREATE DATABASE ${name}${own ? "" : " TEMPLATE hearth_template"}`);
  const connection = at(server, name);
  const database = new Database({ connection, max: options.max ?? 10, applicationName: name }, deps);
  await migrate(database, { region: "us-east-1", logger: silentLogger });
  database.keys.set([newMasterKey()]);
  await useMasterKeys(database, silentLogger);
  return {
    database,
    connection,
    [Symbol.asyncDispose]: async () => {
      await database[Symbol.asyncDispose]();
      await admin.query(`DROP DATABASE ${name} WITH (FORCE)`);
      await admin[Symbol.asyncDispose]();
    },
  };
}

function at(server: ConnectionOptions, database: string | undefined): ConnectionOptions {
  if (database === undefined) return server;
  if (server.connectionString === undefined) return { ...server, database };
  const url = new URL(server.connectionString);
  url.pathname = `/${database}`;
  return { ...server, connectionString: url.href };
}

/** The test run is the parent of its worker processes, or this process when tests run in its threads. */
async function sharedServer(): Promise<ConnectionOptions> {
  const run = isMainThread ? process.ppid : process.pid;
  const folder = join(tmpdir(), `hearth-test-${process.getuid?.() ?? 0}-${run}`);
  if (becomeFirst(folder)) {
    const log = openSync(join(folder, "keeper.log"), "a");
    spawn(process.execPath, [join(import.meta.dirname, "postgresKeeper.ts"), folder, String(run)], {
      detached: true,
      stdio: ["ignore", log, log],
    }).unref();
  }
  const since = clock.monotonicMs();
  while (clock.monotonicMs() - since < PATIENCE_MS) {
    const ready = join(folder, "connection.json");
    if (existsSync(ready)) return JSON.parse(readFileSync(ready, "utf8")) as ConnectionOptions;
    const failed = join(folder, "failed");
    if (existsSync(failed)) throw new Error(`no PostgreSQL for tests: ${readFileSync(failed, "utf8")}`);
    await clock.sleep(20);
  }
  throw new Error(
    `no PostgreSQL for tests within ${PATIENCE_MS} ms: ${readFileSync(join(folder, "keeper.log"), "utf8")}`,
  );
}

function becomeFirst(folder: string): boolean {
  try {
    mkdirSync(folder, { mode: 0o700 });
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  }
}
