import { join } from "node:path";
import {
  type ConnectionOptions,
  Database,
  DatabaseMetrics,
  migrate,
  OtherVersionError,
  startEmbeddedPostgres,
} from "@hearth/store";
import type { Base } from "./base.ts";
import { openMasterKeys } from "./openMasterKeys.ts";
import { applicationName, refuseOtherVersions } from "./refuseOtherVersions.ts";
import { StartError } from "./startError.ts";

export interface OpenDatabase {
  readonly database: Database;
  readonly connection: ConnectionOptions;
  /** For the banner. */
  readonly description: string;
}

/** The configured PostgreSQL, otherwise an embedded one in the data directory; migrated. What it opens is put on `stack`. */
export async function openDatabase(base: Base, stack: AsyncDisposableStack): Promise<OpenDatabase> {
  const { config, clock, random, logger, stop } = base;
  const url = config.DATABASE_URL;
  const dataDir = join(config.HEARTH_DATA, "postgres");
  const embedded = async () => await startEmbeddedPostgres({ dataDir, clock, random, logger, signal: stop });
  const connection: ConnectionOptions =
    url === undefined ? stack.use(await embedded().catch(rejectOtherVersion)).connection : { connectionString: url };
  const options = { connection, max: 20, applicationName: await applicationName(config.HEARTH_ROLE) };
  const metrics = new DatabaseMetrics(base.registry);
  const database = stack.use(new Database(options, { clock, random, logger, metrics }));
  try {
    await refuseOtherVersions(database, options.applicationName, base);
    await migrate(database, { region: config.HEARTH_REGION, logger });
  } catch (error) {
    if (error instanceof StartError) throw error;
    if (url === undefined) return rejectOtherVersion(error);
    throw new StartError(
      `The PostgreSQL of DATABASE_URL cannot be used: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  await openMasterKeys(config, database, logger);
  return { database, connection, description: url === undefined ? "embedded PostgreSQL" : describe(url) };
}

function rejectOtherVersion(error: unknown): never {
  throw error instanceof OtherVersionError ? new StartError(error.message) : error;
}

/** A URL without its password. */
function describe(url: string): string {
  const { hostname, port, pathname } = new URL(url);
  return `PostgreSQL on ${hostname}${port ? `:${port}` : ""}${pathname}`;
}
