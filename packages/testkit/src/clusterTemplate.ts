import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { silentLogger, SystemClock, systemRandom } from "@hearth/kit";
import { Database, migrate, postgresPaths, startEmbeddedPostgres } from "@hearth/store";

const CACHE = resolve(import.meta.dirname, "../../../.hearth/cache");
const MIGRATIONS = resolve(import.meta.dirname, "../../store/src/migrations");
const START_TIMEOUT_MS = 60_000;
/** Its write-ahead log takes no room where nothing is written yet: 27 of the 69 MB that would be copied. */
const UNWRITTEN_LOG = { wal_init_zero: "off", wal_recycle: "off" };
const run = promisify(execFile);

/** The region that the migrations of the template ran for. */
export const TEMPLATE_REGION = "us-east-1";

/**
 * Puts a migrated, empty PostgreSQL cluster into `dataDir`, as a Hearth of an earlier start would have left it. Copying one takes a fraction of
 * the processor time of initdb and all migrations. A new version of PostgreSQL or another migration makes a new template.
 */
export async function copyCluster(dataDir: string): Promise<void> {
  const { native, data } = postgresPaths(dataDir);
  const template = join(CACHE, `test-cluster-${process.getuid?.() ?? 0}-${await versionOf(native)}`);
  if (!existsSync(template)) await makeTemplate(template);
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  await copyTree(template, data);
}

async function versionOf(native: string): Promise<string> {
  const hash = createHash("sha256").update(await readFile(join(native, "../package.json")));
  hash.update(JSON.stringify(UNWRITTEN_LOG));
  for (const name of (await readdir(MIGRATIONS)).sort())
    hash.update(name).update(await readFile(join(MIGRATIONS, name)));
  return hash.digest("hex").slice(0, 12);
}

/** Test files that start at the same time may each make one; the first to finish gives it the name. */
async function makeTemplate(template: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "hearth-cluster-"));
  const draft = `${template}.${systemRandom.hex(4)}`;
  try {
    const dataDir = join(folder, "postgres");
    const deps = { clock: new SystemClock(), random: systemRandom, logger: silentLogger };
    {
      const signal = AbortSignal.timeout(START_TIMEOUT_MS);
      await using postgres = await startEmbeddedPostgres({ dataDir, signal, settings: UNWRITTEN_LOG, ...deps });
      await using database = new Database({ connection: postgres.connection, max: 2 }, deps);
      await migrate(database, { region: TEMPLATE_REGION, logger: silentLogger });
    }
    await mkdir(CACHE, { recursive: true });
    await copyTree(postgresPaths(dataDir).data, draft);
    await rename(draft, template).catch((error: unknown) => {
      if (!existsSync(template)) throw error;
    });
  } finally {
    await rm(draft, { recursive: true, force: true });
    await rm(folder, { recursive: true, force: true });
  }
}

/** With owners and modes: PostgreSQL refuses a cluster of another user. */
async function copyTree(from: string, to: string): Promise<void> {
  await run("cp", ["-a", from, to]);
}
