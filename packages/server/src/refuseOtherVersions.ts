import type { Clock, Logger } from "@hearth/kit";
import { type Database, knownMigrations } from "@hearth/store";
import { hearthVersion } from "./hearthVersion.ts";
import { StartError } from "./startError.ts";

/** While containers are replaced, the old ones still run for a moment. */
const PATIENCE_MS = 30_000;
const PAUSE_MS = 500;
/** The connections of Hearth's processes that keep one open as long as they run: see `applicationName`. */
const PROCESS = "^hearth (all|control|events|invoker)( |$)";

/** Name of a process's connections to PostgreSQL, with the version of the program and the number of its last migration. */
export async function applicationName(role: string): Promise<string> {
  const last = (await knownMigrations()).at(-1) ?? "";
  return `hearth ${role} ${hearthVersion()}/${last.slice(0, 4)}`;
}

/**
 * Waits until no process of another version uses the database: that process would not know the tables as this version changes them. Rejects with a
 * StartError when one still uses it after half a minute. Call it before `migrate`.
 */
export async function refuseOtherVersions(
  database: Database,
  own: string,
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
): Promise<void> {
  const version = own.split(" ").at(-1) ?? "";
  const since = clock.monotonicMs();
  for (let first = true; ; first = false) {
    const others = await database.query<{ name: string }>(
      `SELECT DISTINCT application_name AS name FROM pg_stat_activity
        WHERE datname = current_database() AND application_name ~ $1 AND NOT application_name LIKE '% ' || $2 ORDER BY 1`,
      [PROCESS, version],
    );
    if (others.length === 0) return;
    const names = others.map(({ name }) => name).join(", ");
    if (clock.monotonicMs() - since > PATIENCE_MS) {
      throw new StartError(
        `This is version ${version}, and another version uses the same database (${names}): stop it first. All processes of an installation have one version.`,
      );
    }
    if (first) logger.info({ others: names }, "waiting until processes of another version have stopped");
    await clock.sleep(PAUSE_MS);
  }
}
