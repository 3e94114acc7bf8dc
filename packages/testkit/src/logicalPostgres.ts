import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLogger, SystemClock, systemRandom } from "@hearth/kit";
import { startEmbeddedPostgres } from "@hearth/store";

/** A PostgreSQL of its own that can send its changes, for tests. Disposing stops it and deletes its data. */
export interface LogicalPostgres extends AsyncDisposable {
  /** Of its database `hearth`, as a superuser, by a Unix socket. */
  readonly url: string;
  /** Kills the server; it is started again. */
  kill(): void;
}

export async function logicalPostgres(settings: Readonly<Record<string, string>> = {}): Promise<LogicalPostgres> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "hearth-logical-")));
  const postgres = await startEmbeddedPostgres({
    dataDir: folder,
    logger: silentLogger,
    clock: new SystemClock(),
    random: systemRandom,
    signal: AbortSignal.timeout(60_000),
    settings: { wal_level: "logical", max_wal_senders: "10", fsync: "off", ...settings },
  });
  const { host = "", user, database } = postgres.connection;
  return {
    url: `postgres://${user}@localhost/${database}?host=${encodeURIComponent(host)}`,
    kill: () => {
      if (postgres.pid !== undefined) process.kill(postgres.pid, "SIGKILL");
    },
    [Symbol.asyncDispose]: async () => {
      await postgres[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
