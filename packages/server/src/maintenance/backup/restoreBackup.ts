import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { CodeStore } from "@hearth/code";
import { KeyRing } from "@hearth/kit";
import { ObjectBackup } from "@hearth/objects";
import {
  type ConnectionOptions,
  Database,
  isEmptyDatabase,
  knownMigrations,
  loadDatabase,
  migrate,
  type Rows,
  startEmbeddedPostgres,
  useMasterKeys,
} from "@hearth/store";
import { lockInstance } from "../../instanceLock.ts";
import { MasterKeyFile } from "../../masterKeyFile.ts";
import { StartError } from "../../startError.ts";
import type { MaintenanceBase } from "../maintenanceBase.ts";
import { readBackup } from "./backupFile.ts";
import {
  aboutObjects,
  BLOB,
  blobOf,
  type BackupSummary,
  MASTER_KEY_FRAME,
  OBJECT,
  objectPieceOf,
  ROWS,
  schemaOf,
  verifyBackup,
} from "./manifest.ts";

/** `hearth backup restore FILE`: into an empty data directory and an empty database. All of the back-up is checked before anything is written. */
export async function restoreBackup(base: MaintenanceBase, [file, ...others]: readonly string[]): Promise<void> {
  if (file === undefined || others.length > 0) throw new StartError("usage: hearth backup restore FILE");
  const { config, clock, random, logger, out } = base;
  const summary = await verifyBackup(file);
  await refuseNewer(summary);
  const keys = await keysFor(base, file, summary);
  refuseUsedDirectory(config.HEARTH_DATA);

  await using stack = new AsyncDisposableStack();
  stack.use(lockInstance(config.HEARTH_DATA, "all"));
  const connection = await openConnection(base, stack);
  const database = stack.use(
    new Database({ connection, max: 4, applicationName: "hearth maintenance" }, { clock, random, logger }),
  );
  if (!(await isEmptyDatabase(database))) {
    throw new StartError("The database has tables already: a back-up is restored into an empty one only.");
  }
  const { manifest, schema } = summary;
  await migrate(database, { region: manifest.region, logger, upTo: schema });
  const code = new CodeStore(config.HEARTH_DATA, { random });
  await loadDatabase(database, manifest.database, rowsOf(file, code, new ObjectBackup(config.HEARTH_DATA)));
  database.keys.set(keys);
  if (!config.HEARTH_MASTER_KEY) new MasterKeyFile(config.HEARTH_DATA).replace(keys);
  await migrate(database, { region: manifest.region, logger });
  await useMasterKeys(database, logger);
  out(
    `restored: what was at ${manifest.createdAt}, schema ${schema}, ${manifest.blobs.length} archives of code, ${aboutObjects(manifest)}. Start Hearth now.`,
  );
}

async function refuseNewer({ manifest, schema }: BackupSummary): Promise<void> {
  const known = await knownMigrations();
  const unknown = manifest.database.migrations.find((name) => !known.includes(name));
  if (unknown === undefined) return;
  throw new StartError(
    `The back-up is of Hearth ${manifest.version} with schema ${schema} (${unknown}), and this version knows schemas up to ${schemaOf(known)}: restore it with that version or a newer one.`,
  );
}

/** The keys to use from now on: those of HEARTH_MASTER_KEY, otherwise those of the back-up. */
async function keysFor({ config }: MaintenanceBase, file: string, summary: BackupSummary): Promise<readonly string[]> {
  const needed = summary.manifest.database.masterKeyIds;
  const keys = config.HEARTH_MASTER_KEY ?? (await keysIn(file));
  const ids = new KeyRing(keys).ids;
  if (needed.every((id) => ids.includes(id))) return keys;
  throw new StartError(
    `The back-up is encrypted with the master key ${needed.join(" and ")}: set HEARTH_MASTER_KEY to that key.`,
  );
}

async function keysIn(file: string): Promise<readonly string[]> {
  for await (const { name, body } of readBackup(file)) {
    if (name === MASTER_KEY_FRAME) return body.toString().split("\n");
    if (name.startsWith(ROWS)) break;
  }
  return [];
}

/** Cached images and tools do no harm; data of an installation would be mixed up with the back-up's. */
function refuseUsedDirectory(dataDirectory: string): void {
  mkdirSync(dataDirectory, { recursive: true });
  const used = readdirSync(dataDirectory).filter((name) =>
    ["postgres", "blobs", "objects", "journal", "master-key"].includes(name),
  );
  if (used.length === 0) return;
  throw new StartError(
    `${dataDirectory} is in use (${used.join(", ")}): a back-up is restored into an empty data directory only.`,
  );
}

async function openConnection(base: MaintenanceBase, stack: AsyncDisposableStack): Promise<ConnectionOptions> {
  const { config, clock, random, logger } = base;
  if (config.DATABASE_URL !== undefined) return { connectionString: config.DATABASE_URL };
  const dataDir = join(config.HEARTH_DATA, "postgres");
  const signal = new AbortController().signal;
  return stack.use(await startEmbeddedPostgres({ dataDir, clock, random, logger, signal })).connection;
}

/** The rows for the database; archives of code are put into `code`, and bytes of objects into `objects`, as they are read. */
async function* rowsOf(file: string, code: CodeStore, objects: ObjectBackup): AsyncGenerator<Rows> {
  for await (const frame of readBackup(file)) {
    if (frame.name.startsWith(ROWS)) yield { table: frame.name.slice(ROWS.length), json: frame.body.toString() };
    if (frame.name.startsWith(BLOB)) {
      blobOf(frame);
      await code.put(frame.body);
    }
    if (frame.name.startsWith(OBJECT)) await objects.write(objectPieceOf(frame));
  }
}
