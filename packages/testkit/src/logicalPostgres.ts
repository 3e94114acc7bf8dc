import { once } from "node:events";
import { chown, mkdtemp, realpath, rm, stat, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLogger, SystemClock, systemRandom } from "@hearth/kit";
import { Database, startEmbeddedPostgres } from "@hearth/store";
import type { TestCertificates } from "./certificates.ts";

/** A PostgreSQL of its own that can send its changes, for tests. Disposing stops it and deletes its data. */
export interface LogicalPostgres extends AsyncDisposable {
  /** Of its database `hearth`, as a superuser; by TCP where it listens, else by a Unix socket that other users may not use. */
  readonly url: string;
  /** Kills the server; it is started again. */
  kill(): void;
}

export async function logicalPostgres(
  settings: Readonly<Record<string, string>> = {},
  certificates?: TestCertificates,
): Promise<LogicalPostgres> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "hearth-logical-")));
  const postgres = await startEmbeddedPostgres({
    dataDir: folder,
    logger: silentLogger,
    clock: new SystemClock(),
    random: systemRandom,
    signal: AbortSignal.timeout(60_000),
    settings: {
      ...{ wal_level: "logical", max_wal_senders: "10", fsync: "off" },
      ...(certificates && { listen_addresses: certificates.address }),
      ...settings,
    },
  });
  const { host = "", user, database } = postgres.connection;
  const socketUrl = `postgres://${user}@localhost/${database}?host=${encodeURIComponent(host)}`;
  const url = certificates ? await speakTls(socketUrl, certificates) : tcpUrl(socketUrl, settings["listen_addresses"]);
  return {
    url,
    kill: () => {
      if (postgres.pid !== undefined) process.kill(postgres.pid, "SIGKILL");
    },
    [Symbol.asyncDispose]: async () => {
      await postgres[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function tcpUrl(socketUrl: string, address: string | undefined): string {
  if (address === undefined) return socketUrl;
  const url = new URL(socketUrl);
  url.search = "";
  url.host = `${address}:5432`;
  return url.href;
}

/** Resolves with its URL by TCP and TLS. */
async function speakTls(socketUrl: string, { server, address }: TestCertificates): Promise<string> {
  const deps = { clock: new SystemClock(), random: systemRandom, logger: silentLogger };
  await using database = new Database({ connection: { connectionString: socketUrl }, max: 1 }, deps);
  const [found] = await database.query<{ folder: string; port: string }>(
    "SELECT current_setting('data_directory') AS folder, current_setting('port') AS port",
  );
  const { folder, port } = found ?? { folder: "", port: "" };
  const { uid, gid } = await stat(folder);
  for (const [name, text] of [
    ["server.crt", server.certificate],
    ["server.key", server.key],
  ] as const) {
    await writeFile(join(folder, name), text, { mode: 0o600 });
    await chown(join(folder, name), uid, gid);
  }
  await database.query("ALTER SYSTEM SET ssl = on");
  await database.query("SELECT pg_reload_conf()");
  while (!(await takesTls(address, Number(port)))) await deps.clock.sleep(20);
  const url = new URL(socketUrl);
  url.search = "?sslmode=verify-full";
  url.host = `${address}:${port}`;
  return url.href;
}

/** Whether the server answers the request for TLS with yes. */
async function takesTls(host: string, port: number): Promise<boolean> {
  const socket = connect({ host, port });
  try {
    socket.write(Buffer.from([0, 0, 0, 8, 4, 0xd2, 0x16, 0x2f]));
    const [answer] = (await once(socket, "data")) as [Buffer];
    return answer.toString() === "S";
  } finally {
    socket.destroy();
  }
}
