import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Logger } from "@hearth/kit";
import type { Database } from "./database.ts";
import { LONG_STATEMENT_TIMEOUT_MS } from "./statementDeadline.ts";
import { OtherVersionError } from "./otherVersionError.ts";

const MIGRATIONS = join(import.meta.dirname, "../migrations");
const LONG = { statementTimeoutMs: LONG_STATEMENT_TIMEOUT_MS };
/** "hearth" in ASCII: the advisory lock that every migrating process takes. */
const MIGRATION_LOCK = 0x686561727468n;

interface Migration {
  readonly name: string;
  readonly number: number;
  readonly sql: string;
  readonly checksum: string;
}

export interface MigrateOptions {
  /** The region for rows written before tables had a region. Migrations read it as `current_setting('hearth.region')`. */
  readonly region: string;
  readonly logger: Logger;
  readonly directory?: string;
  /** Stops after the migration with this number, to load a back-up with an older schema. */
  readonly upTo?: number;
}

/**
 * Brings the schema up to date: runs each `<number>_<name>.sql` of `directory` that was not applied to this database yet, ordered by number, each
 * in its own transaction. Any number of processes may call it at once; one migrates, the others wait. Resolves with the names of the migrations it
 * ran. Rejects, and runs nothing, when the file of an applied migration has changed (migrations are only ever added), when a migration to run has a
 * lower number than an applied one, or when the database is newer than this program.
 */
export async function migrate(
  database: Database,
  { region, logger, directory = MIGRATIONS, upTo = Infinity }: MigrateOptions,
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
    checkApplied(migrations, applied);
    const ran: string[] = [];
    for (const migration of migrations) {
      if (applied.has(migration.name) || migration.number > upTo) continue;
      await database.transaction(async (tx) => {
        await tx.query("SELECT set_config('hearth.region', $1, true)", [region]);
        await tx.query(migration.sql);
        await tx.query("INSERT INTO migrations (name, checksum) VALUES ($1, $2)", [migration.name, migration.checksum]);
      }, LONG);
      logger.debug({ migration: migration.name }, "migrated");
      ran.push(migration.name);
    }
    return ran;
  }, LONG);
}

/** The names of all migrations of this program, ordered by number. */
export async function knownMigrations(): Promise<readonly string[]> {
  return (await readMigrations(MIGRATIONS)).map(({ name }) => name);
}

/**
 * The names of the migrations not yet applied to this database. Like `migrate`, rejects when the database is newer than this program. Changes
 * nothing.
 */
export async function pendingMigrations(database: Database, directory = MIGRATIONS): Promise<readonly string[]> {
  const migrations = await readMigrations(directory);
  const [table] = await database.query<{ exists: boolean }>("SELECT to_regclass('migrations') IS NOT NULL AS exists");
  const rows = table?.exists
    ? await database.query<{ name: string; checksum: string }>("SELECT name, checksum FROM migrations")
    : [];
  const applied = new Map(rows.map((row) => [row.name, row.checksum]));
  checkApplied(migrations, applied);
  return migrations.filter(({ name }) => !applied.has(name)).map(({ name }) => name);
}

async function readMigrations(directory: string): Promise<readonly Migration[]> {
  const names = (await readdir(directory)).filter((name) => name.endsWith(".sql")).sort();
  const migrations = await Promise.all(
    names.map(async (name) => {
      const sql = await readFile(join(directory, name), "utf8");
      return { name, number: numberOf(name), sql, checksum: createHash("sha256").update(sql).digest("hex") };
    }),
  );
  const twice = migrations.find(({ number }, at) => number === migrations[at - 1]?.number);
  // Two branches used the same number: the order of their files would depend on the names.
  if (twice) {
    throw new Error(
      `Two migrations have the number ${twice.number}, one of them ${twice.name}: give it the next free number.`,
    );
  }
  return migrations;
}

function numberOf(name: string): number {
  const number = /^(\d{4})_\w+\.sql$/.exec(name)?.[1];
  if (number === undefined) throw new Error(`The migration ${name} must be named <four digits>_<words>.sql.`);
  return Number(number);
}

function checkApplied(migrations: readonly Migration[], applied: ReadonlyMap<string, string>): void {
  const known = new Map(migrations.map((migration) => [migration.name, migration.checksum]));
  for (const [name, checksum] of applied) {
    const ours = known.get(name);
    if (ours === undefined) {
      throw new OtherVersionError(
        `The database has migration ${name}, which this version of Hearth does not know: run a newer version, or another database.`,
      );
    }
    if (ours !== checksum) {
      throw new Error(
        `Migration ${name} has changed since this database ran it. Migrations are only ever added: put the change into a new file.`,
      );
    }
  }
  const last = migrations.findLast(({ name }) => applied.has(name));
  const late = migrations.find(({ name, number }) => !applied.has(name) && last !== undefined && number < last.number);
  if (late) {
    throw new Error(
      `Migration ${late.name} comes before ${last?.name}, which this database has had already: it cannot run out of order. Give it a number above ${last?.number}.`,
    );
  }
}
