import { type ChildProcess, execFile, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { type Clock, SystemClock } from "@hearth/kit";
import { copyCluster, TEMPLATE_REGION } from "./clusterTemplate.ts";
import { containersOf } from "./containersOf.ts";

export interface StartHearthOptions {
  /** `process` by default, because it works everywhere. */
  readonly driver?: "docker" | "process";
  /** The program to run: the server's main.ts by default. */
  readonly main?: string;
  /** Further settings. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Configuration of the AWS SDK's clients. */
export interface ClientConfig {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** What `wire` logs about an error that is missing in `errors` of its operation. */
const UNDECLARED_ERROR = "an operation answered with an error that it does not declare";
const START_PATIENCE_MS = 120_000;
const STOP_PATIENCE_MS = 60_000;
const SERVER = resolve(import.meta.dirname, "../../server");
/** As `npm start` runs it. */
const { MALLOC_SETTINGS, NODE_FLAGS } = (await import(resolve(SERVER, "bin/nodeFlags.mjs"))) as {
  readonly MALLOC_SETTINGS: Readonly<Record<string, string>>;
  readonly NODE_FLAGS: readonly string[];
};
const MAIN = resolve(SERVER, "src/main.ts");
const clock: Clock = new SystemClock();
/** Once in each process that runs tests. */
let stripped: Promise<unknown> | undefined;

/**
 * Starts a whole Hearth of its own, as `npm start` does, on free ports and in a new data directory, and resolves once it is ready.
 * Disposing stops it and removes the directory; it rejects when a container is left, or when an operation answered with an error that
 * its declaration does not list.
 */
export async function startHearth(options: StartHearthOptions = {}): Promise<RunningHearth> {
  const dataDirectory = await mkdtemp(join(tmpdir(), "hearth-"));
  const hearth = new RunningHearth(dataDirectory, options);
  try {
    await (stripped ??= stripSources());
    if (usesTemplate(options.env)) await copyCluster(join(dataDirectory, "postgres"));
    await hearth.start();
  } catch (error) {
    await hearth[Symbol.asyncDispose]();
    throw error;
  }
  return hearth;
}

/** The template has no rows, but its migrations ran for one region; and a Hearth with DATABASE_URL has no cluster of its own. */
function usesTemplate(env: Readonly<Record<string, string>> = {}): boolean {
  return env["DATABASE_URL"] === undefined && (env["HEARTH_REGION"] ?? TEMPLATE_REGION) === TEMPLATE_REGION;
}

/** As `npm start` does before it starts Hearth. */
async function stripSources(): Promise<void> {
  const program = resolve(SERVER, "bin/stripSources.mjs");
  await promisify(execFile)(process.execPath, ["--disable-warning=ExperimentalWarning", program]);
}

/** The message that main.ts sends to the process that started it once it is ready. */
interface Ready {
  /** Missing for the role `launcher`, which serves no requests. */
  readonly endpoint?: string;
  readonly metrics?: string;
  readonly driver: "docker" | "process";
}

export class RunningHearth implements AsyncDisposable {
  readonly dataDirectory: string;
  readonly #options: StartHearthOptions;
  #child: ChildProcess | undefined;
  #ready: Ready | undefined;
  #ended: Promise<Ended> = Promise.resolve({ code: null, signal: null });
  #output = "";

  /** Use `startHearth`. */
  constructor(dataDirectory: string, options: StartHearthOptions) {
    this.dataDirectory = dataDirectory;
    this.#options = options;
  }

  /** `http://127.0.0.1:<port>`; the same after a restart. */
  get endpoint(): string {
    const { endpoint } = this.#isReady();
    if (endpoint === undefined) throw new Error("this process serves no requests");
    return endpoint;
  }

  /** `http://127.0.0.1:<port>/metrics`. */
  get metrics(): string | undefined {
    return this.#isReady().metrics;
  }

  get driver(): "docker" | "process" {
    return this.#isReady().driver;
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  get clientConfig(): ClientConfig {
    const { env } = this.#options;
    return {
      endpoint: this.endpoint,
      region: env?.["HEARTH_REGION"] ?? "us-east-1",
      credentials: {
        accessKeyId: env?.["HEARTH_ACCESS_KEY_ID"] ?? "test",
        secretAccessKey: env?.["HEARTH_SECRET_ACCESS_KEY"] ?? "test",
      },
    };
  }

  /** Standard output and error so far, including those before a restart. */
  logs(): string {
    return this.#output;
  }

  /** Resolves when the process has ended for any reason. */
  ended(): Promise<Ended> {
    return this.#ended;
  }

  /** Starts it (again, on the same port and data). Resolves once it is ready. */
  async start(env: Readonly<Record<string, string>> = {}): Promise<void> {
    const before = this.#ready;
    const child = spawn(process.execPath, [...NODE_FLAGS, this.#options.main ?? MAIN], {
      cwd: this.dataDirectory,
      env: {
        ...MALLOC_SETTINGS,
        ...withoutSettings(process.env),
        NODE_COMPILE_CACHE: undefined,
        HEARTH_DATA: this.dataDirectory,
        HEARTH_DRIVER: this.#options.driver ?? "process",
        HEARTH_LISTEN: before?.endpoint ? new URL(before.endpoint).host : "127.0.0.1:0",
        HEARTH_METRICS_LISTEN: "127.0.0.1:0",
        ...this.#options.env,
        ...env,
      },
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      // A process group of its own, as a terminal gives to `npm start`: `kill("SIGKILL")` ends all of it.
      detached: true,
    });
    this.#child = child;
    const collect = (chunk: Buffer): void => void (this.#output += chunk.toString("utf8"));
    child.stdout?.on("data", collect);
    child.stderr?.on("data", collect);
    this.#ended = new Promise((settle) => child.once("close", (code, signal) => settle({ code, signal })));
    const unable = new Promise<string>((settle) => child.once("error", ({ message }) => settle(message)));
    const ready = new Promise<Ready>((settle) => child.once("message", (message) => settle(message as Ready)));
    const late = new AbortController();
    const outcome = await Promise.race([
      ready,
      unable,
      this.#ended.then(({ code, signal }) => `it ended with ${signal ?? code}`),
      clock.sleep(START_PATIENCE_MS, late.signal).then(
        () => `it was not ready within ${START_PATIENCE_MS} ms`,
        () => "",
      ),
    ]);
    late.abort(new Error("settled"));
    if (typeof outcome === "string") throw new Error(`Hearth did not start: ${outcome}\n${this.#output}`);
    this.#ready = outcome;
  }

  /** Sends `signal` to the process, or with SIGKILL to its whole process group, and resolves when the process has ended. */
  async kill(signal: NodeJS.Signals): Promise<Ended> {
    const { pid } = this;
    if (pid && this.#child?.exitCode === null && this.#child.signalCode === null) {
      process.kill(signal === "SIGKILL" ? -pid : pid, signal);
    }
    return await this.#ended;
  }

  /** Stops it with SIGTERM and starts it again. */
  async restart(env: Readonly<Record<string, string>> = {}): Promise<void> {
    await this.kill("SIGTERM");
    await this.start(env);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const patience = clock.after(STOP_PATIENCE_MS, () => void this.kill("SIGKILL"));
    await this.kill("SIGTERM");
    patience[Symbol.dispose]();
    await stopPostgres(this.dataDirectory);
    const left = this.#options.driver === "docker" ? await containersOf(this.dataDirectory, "all") : [];
    await rm(this.dataDirectory, { recursive: true, force: true, maxRetries: 5 });
    if (left.length > 0) throw new Error(`Hearth left containers behind: ${left.join(", ")}\n${this.#output}`);
    const undeclared = this.#output.split("\n").filter((line) => line.includes(UNDECLARED_ERROR));
    if (undeclared.length > 0)
      throw new Error(`Add these errors to \`errors\` of the operations:\n${undeclared.join("\n")}`);
  }

  #isReady(): Ready {
    if (!this.#ready) throw new Error("Hearth is not ready");
    return this.#ready;
  }
}

/** A Hearth that was killed leaves its PostgreSQL running for the next start; a test's last Hearth has no next start. */
async function stopPostgres(dataDirectory: string): Promise<void> {
  const file = join(dataDirectory, "postgres", "data", "postmaster.pid");
  if (!existsSync(file)) return;
  const pid = Number((await readFile(file, "utf8")).split("\n")[0]);
  try {
    process.kill(pid, "SIGINT");
    while (existsSync(file)) {
      process.kill(pid, 0);
      await clock.sleep(20);
    }
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}

/** Settings of the developer's own shell do not reach a test's Hearth. */
export function withoutSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => !/^(HEARTH_|AWS_|DATABASE_URL$|REDIS_URL$|NODE_OPTIONS$|VITEST)/.test(name)),
  );
}
