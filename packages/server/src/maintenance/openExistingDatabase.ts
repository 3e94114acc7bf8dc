import { join } from "node:path";
import {
  type ConnectionOptions,
  Database,
  pendingMigrations,
  postgresPaths,
  startEmbeddedPostgres,
} from "@hearth/store";
import { lockInstance } from "../instanceLock.ts";
import { StartError } from "../startError.ts";
import type { MaintenanceBase } from "./maintenanceBase.ts";

/**
 * The database of an installation, whether Hearth runs or not: that of DATABASE_URL, or the embedded PostgreSQL, which is started here when no
 * Hearth uses it. What it opens is put on `stack`. Rejects with a StartError when the schema is not the one that this version works with.
 */
export async function openExistingDatabase(base: MaintenanceBase, stack: AsyncDisposableStack): Promise<Database> {
  const { clock, random, logger } = base;
  const connection = await connectionOf(base, stack);
  const database = stack.use(
    new Database({ connection, max: 4, applicationName: "hearth maintenance" }, { clock, random, logger }),
  );
  const pending = await pendingMigrations(database).catch((error: unknown) => {
    throw new StartError(`The database cannot be used: ${error instanceof Error ? error.message : String(error)}`);
  });
  if (pending.length > 0) {
    throw new StartError(
      `The database lacks ${pending.length} migrations of this version, the first being ${pending[0]}: start this version of Hearth once, or use the command of the version that runs.`,
    );
  }
  return database;
}

async function connectionOf(base: MaintenanceBase, stack: AsyncDisposableStack): Promise<ConnectionOptions> {
  const { config, clock, random, logger } = base;
  if (config.DATABASE_URL !== undefined) return { connectionString: config.DATABASE_URL };
  const dataDir = join(config.HEARTH_DATA, "postgres");
  if (!lockFreeInstance(config.HEARTH_DATA, stack)) {
    return { host: postgresPaths(dataDir).socket, port: 5432, user: "hearth", database: "hearth" };
  }
  const signal = new AbortController().signal;
  return stack.use(await startEmbeddedPostgres({ dataDir, clock, random, logger, signal })).connection;
}

/** True when no Hearth runs on the data directory; then none can start until `stack` is disposed. */
function lockFreeInstance(dataDirectory: string, stack: AsyncDisposableStack): boolean {
  try {
    stack.use(lockInstance(dataDirectory, "all"));
    return true;
  } catch (error) {
    if (error instanceof StartError) return false;
    throw error;
  }
}
