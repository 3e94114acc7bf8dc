import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, realpath, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLogger, SystemClock, systemRandom } from "@hearth/kit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Database } from "../postgres/database.ts";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "./embeddedPostgres.ts";
import { chooseRunAs, commandLine, postgresPaths, serverEnvironment } from "./postgresFiles.ts";

const clock = new SystemClock();
const signal = new AbortController().signal;
const deps = { clock, random: systemRandom, logger: silentLogger };
let folder: string;
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "hearth-pg-")));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const start = (dataDir = folder): Promise<EmbeddedPostgres> => startEmbeddedPostgres({ ...deps, dataDir, signal });

test("it keeps what was committed over a restart, and serves nobody over TCP", async () => {
  {
    await using postgres = await start();
    await using database = new Database({ connection: postgres.connection }, deps);
    await database.query("CREATE TABLE kept (n int)");
    await database.query("INSERT INTO kept VALUES (7)");
    expect(await database.query("SHOW listen_addresses")).toEqual([{ listen_addresses: "" }]);
    expect(await database.query("SHOW data_checksums")).toEqual([{ data_checksums: "on" }]);
  }
  await using postgres = await start();
  await using database = new Database({ connection: postgres.connection }, deps);
  expect(await database.query("SELECT n FROM kept")).toEqual([{ n: 7 }]);
});

test("it is started again when it is killed, and callers wait for it", async () => {
  await using postgres = await start();
  await using database = new Database({ connection: postgres.connection }, deps);
  await database.query("CREATE TABLE kept AS SELECT 1 AS n");
  for (let round = 0; round < 3; round++) {
    const { pid } = postgres;
    if (pid === undefined) throw new Error("not running");
    process.kill(pid, "SIGKILL");
    await expect.poll(() => postgres.pid !== pid && postgres.pid !== undefined, { timeout: 10_000 }).toBe(true);
    await expect.poll(() => database.query("SELECT n FROM kept"), { timeout: 10_000 }).toEqual([{ n: 1 }]);
  }
});

test("while its log cannot be opened, starting it is tried once a second, and it runs again afterwards", async () => {
  const errors: unknown[] = [];
  const logger = { ...silentLogger, error: (line: unknown) => void errors.push(line) };
  await using postgres = await startEmbeddedPostgres({ ...deps, logger, dataDir: folder, signal });
  await using database = new Database({ connection: postgres.connection }, deps);
  const { log } = postgresPaths(folder);
  await rm(log);
  await symlink("nowhere", log); // is not followed
  const since = clock.monotonicMs();
  process.kill(postgres.pid ?? 0, "SIGKILL");
  await expect.poll(() => errors.length, { timeout: 10_000 }).toBeGreaterThan(3);
  expect(errors.length).toBeLessThan(4 + (2 * (clock.monotonicMs() - since)) / 1_000);
  await rm(log);
  await expect.poll(() => database.query("SELECT 1 AS n"), { timeout: 20_000 }).toEqual([{ n: 1 }]);
});

test("a second process is refused while the first lives, and told which one it is", async () => {
  await using _postgres = await start();
  await expect(start()).rejects.toThrow(`Another Hearth process (pid ${process.pid})`);
});

test("a server that a killed process left behind is shut down and replaced", async () => {
  {
    await using postgres = await start();
    await using database = new Database({ connection: postgres.connection }, deps);
    await database.query("CREATE TABLE kept AS SELECT 1 AS n");
  }
  const paths = postgresPaths(folder);
  const args = ["-D", paths.data, "-c", "listen_addresses=", "-c", `unix_socket_directories=${paths.socket}`];
  const [file, ...rest] = commandLine(await chooseRunAs(paths), join(paths.native, "bin", "postgres"), args, false);
  const orphan = spawn(file, rest, { env: serverEnvironment(paths), stdio: "ignore" });
  const gone = once(orphan, "exit");
  await using reader = new Database({ connection: { host: paths.socket, user: "hearth", database: "hearth" } }, deps);
  await reader.query("SELECT 1");
  await using postgres = await start();
  await gone;
  expect(postgres.pid).not.toBe(orphan.pid);
  await using database = new Database({ connection: postgres.connection }, deps);
  expect(await database.query("SELECT n FROM kept")).toEqual([{ n: 1 }]);
});

test("a long path gets its socket elsewhere", async () => {
  const deep = join(folder, "a".repeat(100), "b".repeat(100));
  await using postgres = await start(deep);
  await using database = new Database({ connection: postgres.connection }, deps);
  expect(await database.query("SELECT 1 AS n")).toEqual([{ n: 1 }]);
  await rm(postgres.connection.host ?? "", { recursive: true, force: true });
});
