import { type ChildProcess, execFile, spawn } from "node:child_process";
import { constants, existsSync, rmSync, writeFileSync } from "node:fs";
import { open, readFile, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { backoffMs, type Clock, type Logger, type Random } from "@hearth/kit";
import { Client } from "pg";
import type { ConnectionOptions } from "../postgres/database.ts";
import { errorCode } from "@hearth/kit";
import { tryLockFile } from "@hearth/kit";
import {
  chooseRunAs,
  commandLine,
  initialise,
  type PostgresPaths,
  postgresPaths,
  prepareFolders,
  type RunAs,
  serverEnvironment,
} from "./postgresFiles.ts";

export interface EmbeddedPostgresOptions {
  /** The folder of the cluster, its socket and its log. */
  readonly dataDir: string;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly random: Random;
  /** Aborts the start. */
  readonly signal: AbortSignal;
  /** Additional server settings, such as `fsync: "off"` in tests. */
  readonly settings?: Readonly<Record<string, string>>;
}

const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: "",
  unix_socket_permissions: "0700",
  max_connections: "100",
  shared_buffers: "64MB",
  wal_level: "minimal",
  max_wal_senders: "0",
  io_method: "sync",
  jit: "off",
  timezone: "UTC",
  log_timezone: "UTC",
  log_line_prefix: "%m [%p] ",
};
const DATABASE = "hearth";
const MAKING = "making a new PostgreSQL cluster";
const START_PATIENCE_MS = 60_000;
/** Between starts that could not even be tried, as without a file for its log. */
const PAUSE_MS = 1_000;
const STOP_PATIENCE_MS = 20_000;
/** Root may write the log in a folder of another user, who could have put a link there. */
const APPEND_BUT_NOT_THROUGH_A_LINK =
  constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND | constants.O_NOFOLLOW;
const LARGEST_LOG_BYTES = 16 * 1024 * 1024;

/**
 * Starts PostgreSQL on a Unix socket in `dataDir`, creates the cluster the first time, and resolves when the server answers. Restarts the server
 * whenever it stops by itself. First shuts down a server left behind by a killed process. Rejects, with the reason, when another live process uses
 * `dataDir`.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const dataDir = resolve(options.dataDir);
  const paths = postgresPaths(dataDir);
  const runAs = await chooseRunAs(paths);
  await prepareFolders(dataDir, paths, runAs);
  const lock = tryLockFile(paths.lock);
  if (!lock) throw inUse(dataDir, await readOwner(paths));
  const postgres = new EmbeddedPostgres(dataDir, paths, runAs, lock, options);
  try {
    rmSync(`${paths.lock}.owner`, { force: true });
    writeFileSync(`${paths.lock}.owner`, `pid ${process.pid}`, { flag: "wx" });
    await postgres.start(options.signal);
    return postgres;
  } catch (error) {
    await postgres[Symbol.asyncDispose]();
    throw error;
  }
}

/**
 * Makes the cluster if there is none, and stops a server that a killed process left behind: what root has to do before another user takes over. Rejects when
 * another live process uses `dataDir`. The files stay root's, or those of the user that this version or an earlier one ran PostgreSQL as.
 */
export async function prepareClusterAsRoot(
  options: Pick<EmbeddedPostgresOptions, "dataDir" | "clock" | "logger">,
): Promise<void> {
  const dataDir = resolve(options.dataDir);
  const paths = postgresPaths(dataDir);
  const runAs = await chooseRunAs(paths);
  await prepareFolders(dataDir, paths, runAs);
  const lock = tryLockFile(paths.lock);
  if (!lock) throw inUse(dataDir, await readOwner(paths));
  try {
    if (!existsSync(join(paths.data, "PG_VERSION"))) options.logger.info({ dataDir }, MAKING);
    await initialise(dataDir, paths, runAs);
    await stopOrphan(paths, options);
  } finally {
    lock[Symbol.dispose]();
  }
}

function inUse(dataDir: string, owner: string): Error {
  return new Error(
    `Another Hearth process (${owner}) uses the PostgreSQL in ${dataDir}: stop it, or choose another HEARTH_DATA.`,
  );
}

async function readOwner(paths: PostgresPaths): Promise<string> {
  return await readFile(`${paths.lock}.owner`, "utf8").catch(() => "of unknown pid");
}

/** A supervised PostgreSQL. Disposing shuts it down cleanly; connections that are still open are ended. */
export class EmbeddedPostgres implements AsyncDisposable {
  readonly connection: ConnectionOptions;
  readonly #dataDir: string;
  readonly #paths: PostgresPaths;
  readonly #runAs: RunAs;
  readonly #lock: Disposable;
  readonly #options: EmbeddedPostgresOptions;
  readonly #stop = new AbortController();
  #child: Running | undefined;
  #supervision: Promise<void> = Promise.resolve();

  /** Use `startEmbeddedPostgres`. */
  constructor(dataDir: string, paths: PostgresPaths, runAs: RunAs, lock: Disposable, options: EmbeddedPostgresOptions) {
    this.#dataDir = dataDir;
    this.#paths = paths;
    this.#runAs = runAs;
    this.#lock = lock;
    this.#options = options;
    this.connection = { host: paths.socket, port: 5432, user: "hearth", database: DATABASE };
  }

  /** Process id of the server, while it runs. */
  get pid(): number | undefined {
    return this.#child?.process.pid;
  }

  async start(signal: AbortSignal): Promise<void> {
    const { logger } = this.#options;
    if (!existsSync(join(this.#paths.data, "PG_VERSION"))) logger.info({ dataDir: this.#dataDir }, MAKING);
    await initialise(this.#dataDir, this.#paths, this.#runAs);
    await stopOrphan(this.#paths, this.#options);
    await this.#startUntilReady(signal);
    this.#supervision = this.#supervise();
  }

  /**
   * Starts the server and retries until it answers: the first attempt can fail while old back ends of a killed server still hold shared memory.
   */
  async #startUntilReady(signal: AbortSignal): Promise<void> {
    const { clock, random, logger } = this.#options;
    const since = clock.monotonicMs();
    for (let attempt = 1; ; attempt++) {
      signal.throwIfAborted();
      const child = await this.#spawn();
      this.#child = child;
      const problem = await this.#ready(child, signal);
      if (problem === undefined) return;
      await stopChild(child, clock);
      if (clock.monotonicMs() - since > START_PATIENCE_MS / 4)
        throw new Error(`PostgreSQL does not start: ${problem}\n${await tailOf(this.#paths.log)}`);
      logger.debug({ problem, attempt }, "PostgreSQL did not start; trying again");
      await clock.sleep(backoffMs(attempt, { baseMs: 100, maxMs: 1_000 }, random), signal);
    }
  }

  async #spawn(): Promise<Running> {
    const { log, data, socket, native } = this.#paths;
    const output = await open(log, APPEND_BUT_NOT_THROUGH_A_LINK, 0o600);
    if ((await output.stat()).size > LARGEST_LOG_BYTES) await output.truncate();
    await output.chmod(0o600);
    if (this.#runAs.kind === "user") await output.chown(this.#runAs.uid, this.#runAs.gid);
    const settings = Object.entries({ ...SETTINGS, ...this.#options.settings, unix_socket_directories: socket });
    const args = ["-D", data, ...settings.flatMap(([name, value]) => ["-c", `${name}=${value}`])];
    const [file, ...rest] = commandLine(this.#runAs, join(native, "bin", "postgres"), args, true);
    const user = this.#runAs.kind === "user" ? { uid: this.#runAs.uid, gid: this.#runAs.gid } : {};
    // Its own process group: Ctrl-C in a terminal must not stop PostgreSQL before this process has drained.
    const child = spawn(file, rest, {
      env: serverEnvironment(this.#paths),
      cwd: "/",
      stdio: ["ignore", output.fd, output.fd],
      detached: true,
      ...user,
    });
    const exited = new Promise<string>((settle) => {
      child.once("error", (error) => settle(`cannot run ${file}: ${error.message}`));
      child.once("exit", (code, signal) =>
        settle(signal ? `it was killed by ${signal}` : `it exited with status ${code}`),
      );
    });
    await output.close();
    return { process: child, exited };
  }

  /** Resolves with `undefined` when the server answers, or with the reason why it does not. */
  async #ready(child: Running, signal: AbortSignal): Promise<string | undefined> {
    const { clock } = this.#options;
    let gone: string | undefined;
    void child.exited.then((reason) => (gone = reason));
    const since = clock.monotonicMs();
    let last = "";
    while (gone === undefined && clock.monotonicMs() - since < START_PATIENCE_MS) {
      try {
        await ensureDatabase(this.connection);
        return undefined;
      } catch (error) {
        last = error instanceof Error ? error.message : String(error);
      }
      await clock.sleep(20, signal);
    }
    return gone ?? `it does not answer: ${last}`;
  }

  async #supervise(): Promise<void> {
    const { clock, logger } = this.#options;
    const stop = this.#stop.signal;
    while (!stop.aborted && this.#child) {
      const reason = await this.#child.exited;
      if (stop.aborted) return;
      logger.error({ reason, log: await tailOf(this.#paths.log) }, "PostgreSQL stopped; starting it again");
      try {
        await this.#startUntilReady(stop);
        logger.info("PostgreSQL runs again");
      } catch (error) {
        if (stop.aborted) return;
        logger.error({ err: error }, "PostgreSQL cannot be started again; trying on");
        await clock.sleep(PAUSE_MS, stop).catch(() => undefined); // only a stop ends it early
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#stop.signal.aborted) return await this.#supervision;
    this.#stop.abort(new Error("PostgreSQL is being stopped"));
    if (this.#child) await stopChild(this.#child, this.#options.clock);
    await this.#supervision;
    // A start that was running when the stop was requested may have left a newer child.
    if (this.#child) await stopChild(this.#child, this.#options.clock);
    await rm(`${this.#paths.lock}.owner`, { force: true });
    this.#lock[Symbol.dispose]();
  }
}

interface Running {
  readonly process: ChildProcess;
  readonly exited: Promise<string>;
}

/** Requests a fast shutdown (rolls back open transactions), then sends stronger signals. */
async function stopChild({ process: child, exited }: Running, clock: Clock): Promise<void> {
  for (const signal of ["SIGINT", "SIGQUIT", "SIGKILL"] as const) {
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
    child.kill(signal);
    const timer = new AbortController();
    const late = clock.sleep(STOP_PATIENCE_MS, timer.signal).then(
      () => undefined,
      () => undefined,
    );
    await Promise.race([exited, late]);
    timer.abort(new Error("done"));
  }
}

async function ensureDatabase(connection: ConnectionOptions): Promise<void> {
  const client = new Client({ ...connection, database: "postgres", connectionTimeoutMillis: 5_000 });
  client.on("error", () => undefined); // the failing call below rejects with the same error
  try {
    await client.connect();
    const found = await client.query("SELECT 1 FROM pg_database WHERE datname = $1", [DATABASE]);
    if (found.rowCount === 0) await client.query(`CREATE DATABASE ${DATABASE}`);
  } finally {
    await client.end();
  }
}

/** Shuts down a server of this cluster that a killed process left behind. */
async function stopOrphan(
  paths: PostgresPaths,
  { clock, logger }: Pick<EmbeddedPostgresOptions, "clock" | "logger">,
): Promise<void> {
  const pid = await orphanPid(paths);
  if (pid === undefined) return;
  logger.warn({ pid }, "stopping the PostgreSQL that a killed process left behind");
  for (const signal of ["SIGINT", "SIGQUIT", "SIGKILL"] as const) {
    if (!sendSignal(pid, signal)) return;
    const since = clock.monotonicMs();
    while (clock.monotonicMs() - since < STOP_PATIENCE_MS / 2) {
      if ((await orphanPid(paths)) !== pid) return;
      await clock.sleep(50);
    }
  }
  throw new Error(`The PostgreSQL that a killed process left behind (pid ${pid}) does not stop.`);
}

async function orphanPid(paths: PostgresPaths): Promise<number | undefined> {
  const text = await readFile(join(paths.data, "postmaster.pid"), "utf8").catch((error: unknown) => {
    if (errorCode(error) === "ENOENT") return "";
    throw error;
  });
  const [pidLine, folder] = text.split("\n");
  const pid = Math.abs(Number(pidLine));
  if (!Number.isInteger(pid) || pid <= 1 || folder !== paths.data) return undefined;
  // Another process may have this id by now: stop only a postgres that was started on this folder.
  const { stdout } = await promisify(execFile)("ps", ["-ww", "-o", "args=", "-p", String(pid)]).catch(() => ({
    stdout: "",
  }));
  return stdout.includes(paths.data) && stdout.includes("postgres") ? pid : undefined;
}

function sendSignal(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch (error) {
    if (errorCode(error) === "ESRCH") return false;
    throw error;
  }
}

async function tailOf(path: string): Promise<string> {
  const text = await readFile(path, "utf8").catch(() => "");
  return text.split("\n").slice(-12).join("\n").trim();
}
