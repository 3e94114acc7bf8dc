import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { SystemClock } from "@hearth/kit";
import { findProgram } from "./availability.ts";
import { type TestCertificates, writeCertificates } from "./certificates.ts";
import { freePort } from "./freePort.ts";
import { runProgram } from "./programs.ts";

const CACHE = resolve(import.meta.dirname, "../../../.hearth/cache");
const INSTALL_MS = 900_000;
const START_PATIENCE_MS = 60_000;
const clock = new SystemClock();

interface Kind {
  readonly module: string;
  readonly version: string;
  /** Builds within a test run; another one is used only where it was built before: `node packages/testkit/bin/run.mjs object-server minio`. */
  readonly isQuick: boolean;
}

/** S3-compatible servers that are built from source by `go install`. */
const KINDS = {
  versitygw: { module: "github.com/versity/versitygw/cmd/versitygw", version: "v1.8.0", isQuick: true },
  minio: { module: "github.com/minio/minio", version: "v0.0.0-20260212201848-7aac2a2c5b7c", isQuick: false },
} as const satisfies Readonly<Record<string, Kind>>;
export type ObjectServerKind = keyof typeof KINDS;

/** Why tests that need this server are skipped; `undefined` when it can be started. It is built the first time, and is kept in the cache of tests. */
export async function noObjectServer(kind: ObjectServerKind): Promise<string | undefined> {
  if (existsSync(programOf(kind))) return undefined;
  if (!KINDS[kind].isQuick) return `${kind} is not in the cache of tests, and takes minutes to build`;
  if (!findProgram("go")) return `${kind} cannot be had without go`;
  try {
    await installObjectServer(kind);
    return undefined;
  } catch (error) {
    return `${kind} cannot be had: ${String(error).slice(0, 300)}`;
  }
}

function programOf(kind: ObjectServerKind): string {
  return join(CACHE, `${kind}-${KINDS[kind].version}`);
}

/** Builds it, unless the cache of tests has it. */
export async function installObjectServer(kind: ObjectServerKind): Promise<void> {
  if (existsSync(programOf(kind))) return;
  await mkdir(CACHE, { recursive: true });
  const folder = await mkdtemp(join(CACHE, "installing-"));
  try {
    const { module, version } = KINDS[kind];
    // The module may want a newer Go than this one, which Go then fetches itself. Debian switches that off.
    const env = { ...process.env, GOBIN: folder, GOTOOLCHAIN: "auto", CGO_ENABLED: "0" };
    const { code, stderr } = await runProgram("go", ["install", `${module}@${version}`], {
      env,
      timeoutMs: INSTALL_MS,
    });
    if (code !== 0) throw new Error(`go install failed: ${stderr.slice(-2_000)}`);
    await rename(join(folder, kind), programOf(kind));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export interface ObjectServerOptions {
  /** Where it reports what is written, in its own way. */
  readonly webhook?: string;
  /** Serves HTTPS with the server's certificate. Only versitygw. */
  readonly certificates?: TestCertificates;
}

/** An S3-compatible server on loopback for one test file. Disposing stops it and deletes its data. */
export class RunningObjectServer implements AsyncDisposable {
  readonly kind: ObjectServerKind;
  readonly port: number;
  readonly accessKeyId = "server-key";
  readonly secretAccessKey = "server-secret-of-the-owner";
  readonly #folder: string;
  readonly #options: ObjectServerOptions;
  #server: ChildProcess | undefined;

  private constructor(kind: ObjectServerKind, port: number, folder: string, options: ObjectServerOptions) {
    this.kind = kind;
    this.port = port;
    this.#folder = folder;
    this.#options = options;
  }

  static async start(kind: ObjectServerKind, options: ObjectServerOptions = {}): Promise<RunningObjectServer> {
    await installObjectServer(kind);
    const folder = await mkdtemp(join(tmpdir(), "hearth-objects-"));
    if (options.certificates) {
      await writeCertificates(folder, options.certificates);
      await chmod(folder, 0o711); // Hearth gives root up, and reads the authority
    }
    const server = new RunningObjectServer(kind, await freePort(), folder, options);
    await server.resume();
    return server;
  }

  get url(): string {
    return `${this.#options.certificates ? "https" : "http"}://127.0.0.1:${this.port}`;
  }

  /** What Hearth needs to pass S3 on to it. */
  get settings(): Readonly<Record<string, string>> {
    return {
      HEARTH_S3_ENDPOINT: this.url,
      HEARTH_S3_ACCESS_KEY_ID: this.accessKeyId,
      HEARTH_S3_SECRET_ACCESS_KEY: this.secretAccessKey,
      HEARTH_S3_REGION: "us-east-1",
      ...(this.#options.certificates && { HEARTH_S3_CA: join(this.#folder, "authority.pem") }),
    };
  }

  /** Starts it again, with its objects. */
  async resume(): Promise<void> {
    const [data, versions] = [join(this.#folder, "data"), join(this.#folder, "versions")];
    await mkdir(data, { recursive: true });
    await mkdir(versions, { recursive: true });
    const address = `127.0.0.1:${this.port}`;
    const keys = { access: this.accessKeyId, secret: this.secretAccessKey };
    const { webhook, certificates } = this.#options;
    const secured = certificates
      ? ["--cert", join(this.#folder, "server.pem"), "--key", join(this.#folder, "server.key")]
      : [];
    const told = webhook === undefined ? [] : ["--event-webhook-url", webhook];
    const args =
      this.kind === "versitygw"
        ? [
            "--port",
            address,
            "--access",
            keys.access,
            "--secret",
            keys.secret,
            ...told,
            ...secured,
            "posix",
            "--versioning-dir",
            versions,
            data,
          ]
        : ["server", "--quiet", "--address", address, "--console-address", `127.0.0.1:${await freePort()}`, data];
    const env = {
      ...process.env,
      MINIO_ROOT_USER: keys.access,
      MINIO_ROOT_PASSWORD: keys.secret,
      MINIO_CI_CD: "1",
      ...(webhook !== undefined && { MINIO_NOTIFY_WEBHOOK_ENABLE_A: "on", MINIO_NOTIFY_WEBHOOK_ENDPOINT_A: webhook }),
    };
    const server = spawn(programOf(this.kind), args, { stdio: ["ignore", "pipe", "pipe"], env });
    this.#server = server;
    let output = "";
    server.stdout.on("data", (chunk) => (output = (output + String(chunk)).slice(-20_000)));
    server.stderr.on("data", (chunk) => (output = (output + String(chunk)).slice(-20_000)));
    const endMs = clock.monotonicMs() + START_PATIENCE_MS;
    while (!(await this.#answers())) {
      if (server.exitCode !== null || clock.monotonicMs() > endMs) {
        await this[Symbol.asyncDispose]();
        throw new Error(`${this.kind} did not start: ${output}`);
      }
      await clock.sleep(50);
    }
  }

  /** Any answer of S3, also one that refuses a request without a signature. */
  async #answers(): Promise<boolean> {
    const signal = AbortSignal.timeout(2_000);
    const { certificates } = this.#options;
    try {
      if (!certificates) return (await fetch(this.url, { signal })).status < 500;
      const asked = request(this.url, { ca: certificates.authority, signal, agent: false }).end();
      const [answer] = (await once(asked, "response")) as [IncomingMessage];
      answer.resume();
      return (answer.statusCode ?? 500) < 500;
    } catch {
      return false;
    }
  }

  /** Kills it, as in a crash. */
  async kill(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (!server || server.exitCode !== null || server.signalCode !== null) return;
    const exited = once(server, "exit");
    server.kill("SIGKILL");
    await exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
