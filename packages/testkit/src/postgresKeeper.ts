/**
 * Keeps one PostgreSQL for all test files of a test run: `node postgresKeeper.ts <folder> <pid of the run>`.
 * Writes `<folder>/connection.json` when it answers, `<folder>/failed` when it cannot be started, and ends with the run.
 */
import { renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createLogger, SystemClock, systemRandom } from "@hearth/kit";
import { Database, migrate, startEmbeddedPostgres } from "@hearth/store";

const [folder, runPid] = process.argv.slice(2);
if (folder === undefined || runPid === undefined) throw new Error("usage: postgresKeeper.ts <folder> <pid>");
const clock = new SystemClock();
const logger = createLogger("warn", "test-postgres");

process.on("SIGINT", () => undefined); // Ctrl-C ends the run, and the run's end ends us
try {
  const settings = { fsync: "off", synchronous_commit: "off", full_page_writes: "off", max_connections: "200" };
  await using postgres = await startEmbeddedPostgres({
    dataDir: join(folder, "postgres"),
    logger,
    clock,
    random: systemRandom,
    signal: AbortSignal.timeout(60_000),
    settings,
  });
  await makeTemplate(postgres.connection);
  writeFileSync(join(folder, "connection.new"), JSON.stringify(postgres.connection));
  renameSync(join(folder, "connection.new"), join(folder, "connection.json"));
  while (isAlive(Number(runPid))) await clock.sleep(300);
} catch (error) {
  writeFileSync(join(folder, "failed"), error instanceof Error ? (error.stack ?? error.message) : String(error));
  while (isAlive(Number(runPid))) await clock.sleep(300);
}
rmSync(folder, { recursive: true, force: true });

/** A migrated database to copy: copying takes a third of migrating. */
async function makeTemplate(connection: {
  readonly host?: string;
  readonly port?: number;
  readonly user?: string;
}): Promise<void> {
  const deps = { clock, random: systemRandom, logger };
  await using admin = new Database({ connection: { ...connection, database: "postgres" }, max: 1 }, deps);
  await admin.query("CREATE DATABASE hearth_template");
  await using template = new Database({ connection: { ...connection, database: "hearth_template" }, max: 2 }, deps);
  await migrate(template, { region: "us-east-1", logger });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
