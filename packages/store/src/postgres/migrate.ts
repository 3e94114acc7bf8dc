import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Logger } from "@hearth/kit";
import type { Database } from "./database.ts";

const MIGRATIONS = join(import.meta.dirname, "../migrations");
/** "hearth" in ASCII. Every process that migrates takes this advisory lock. */
const MIGRATION_LOCK = 0x686561727468n;

interface Migration {
  readonly name: string;
  readonly sql: string;
  readonly checksum: string;
}

/**
 * Brings the schema up to date: runs each `*.sql` file of `directory` that this database has not had, in the order of their names,
 * each in a transaction of its own. Any number of processes may call it at once; one works, the others wait. Resolves with the names it ran.
 * Rejects when a file that ran before has changed since (migrations are only ever added), or when the database is newer than this program.
 */
export async function migrate(
  database: Database,
  logger: Logger,
  directory: string = MIGRATIONS,
): Promise<readonly string[]> {
  const migrations = await readMigrations(directory);
  return await database.transaction(async (guard) => {
    await guard.query("SELECT pg_advisory_xact_lock($1)", [MIGRATION_LOCK]);
    await database.query(
      `CREATE TABLE IF NOT EXISTS migrations (
         name text PRIMARY KEY, checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())`,
    );
    const rows = await database.query<{ name: string; checksum: string }>("SELECT name, checksum FROM migrations");
    const applied = new Map(rows.map((row) => [row.name, row.checksum]));
    refuseForeign(migrations, applied);
    const ran: string[] = [];
    for (const migration of migrations) {
      if (applied.has(migration.name)) continue;
      await database.transaction(async (tx) => {
        await tx.query(migration.sql);
        await tx.query("INSERT INTO migrations (name, checksum) VALUES ($1, $2)", [migration.name, migration.checksum]);
      });
      logger.debug({ migration: migration.name }, "migrated");
      ran.push(migration.name);
    }
    return ran;
  });
}

async function readMigrations(directory: string): Promise<readonly Migration[]> {
  const names = (await readdir(directory)).filter((name) => name.endsWith(".sql")).sort();
  return await Promise.all(
    names.map(async (name) => {
      const sql = await readFile(join(directory, name), "utf8");
      return { name, sql, checksum: createHash("sha256").update(sql).digest("hex") };
    }),
  );
}

function refuseForeign(migrations: readonly Migration[], applied: ReadonlyMap<string, string>): void {
  const known = new Map(migrations.map((migration) => [migration.name, migration.checksum]));
  for (const [name, checksum] of applied) {
    const ours = known.get(name);
    if (ours === undefined) {
      throw new Error(
        `The database has migration ${name}, which this version of Hearth does not know: run a newer version, or another database.`,
      );
    }
    if (ours !== checksum) {
      throw new Error(
        `Migration ${name} has changed since this database ran it. Migrations are only ever added: put the change into a new file.`,
      );
    }
  }
}
