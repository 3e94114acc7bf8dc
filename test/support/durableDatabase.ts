import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { newMasterKey, silentLogger, SystemClock, systemRandom } from "@hearth/kit";
import { type ConnectionOptions, Database, migrate, startEmbeddedPostgres, useMasterKeys } from "@hearth/store";

/** A PostgreSQL server of its own with the settings of an installation: what is committed is on the disk. Its folder is removed at the end. */
export async function durableDatabase(
  max: number,
  stack: AsyncDisposableStack,
): Promise<{ readonly database: Database; readonly connection: ConnectionOptions }> {
  const deps = { clock: new SystemClock(), random: systemRandom, logger: silentLogger };
  const folder = await mkdtemp(join(tmpdir(), "hearth-bench-"));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const { signal } = new AbortController();
  const { connection } = stack.use(await startEmbeddedPostgres({ dataDir: join(folder, "postgres"), signal, ...deps }));
  const database = stack.use(new Database({ connection, max }, deps));
  await migrate(database, { region: "us-east-1", logger: silentLogger });
  database.keys.set([newMasterKey()]);
  await useMasterKeys(database, silentLogger);
  return { database, connection };
}
