import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SystemClock, systemRandom } from "@hearth/kit";
import { findProgram } from "./availability.ts";
import { type TestCertificates, writeCertificates } from "./certificates.ts";
import { freePort } from "./freePort.ts";

/** Debian's; the program on the path changes to a user of its own. */
const PROGRAM = "/usr/lib/rabbitmq/bin/rabbitmq-server";
const START_PATIENCE_MS = 90_000;
const clock = new SystemClock();

/** Why tests that need RabbitMQ are skipped; `undefined` when it is installed. */
export function noRabbitmq(): string | undefined {
  if (!existsSync(PROGRAM)) return `RabbitMQ is not installed (${PROGRAM}, Debian's package rabbitmq-server)`;
  return findProgram("epmd") ? undefined : "epmd, which RabbitMQ needs, is not installed";
}

/** A RabbitMQ on loopback for one test file, with the user guest; with `certificates` also by TLS. Disposing stops it and deletes its data. */
export class RabbitmqServer implements AsyncDisposable {
  readonly port: number;
  readonly tlsPort: number;
  readonly #directory: string;
  readonly #env: NodeJS.ProcessEnv;
  #server: ChildProcess | undefined;
  #names: ChildProcess | undefined;

  private constructor(directory: string, port: number, tlsPort: number, env: NodeJS.ProcessEnv) {
    this.#directory = directory;
    this.port = port;
    this.tlsPort = tlsPort;
    this.#env = env;
  }

  static async start(certificates?: TestCertificates): Promise<RabbitmqServer> {
    const directory = await mkdtemp(join(tmpdir(), "hearth-rabbitmq-"));
    const [port, distribution, names, tlsPort] = [
      await freePort(),
      await freePort(),
      await freePort(),
      await freePort(),
    ];
    if (certificates) {
      const { authority, certificate, key } = await writeCertificates(directory, certificates);
      const lines = [
        `listeners.ssl.default = 127.0.0.1:${tlsPort}`,
        ...[`ssl_options.cacertfile = ${authority}`, `ssl_options.certfile = ${certificate}`],
        ...[`ssl_options.keyfile = ${key}`, "ssl_options.verify = verify_none"],
      ];
      await writeFile(join(directory, "config.conf"), `${lines.join("\n")}\n`);
    }
    const server = new RabbitmqServer(directory, port, tlsPort, {
      PATH: process.env["PATH"],
      HOME: directory, // of the cookie
      RABBITMQ_NODENAME: `hearth-${systemRandom.hex(4)}@localhost`,
      RABBITMQ_NODE_IP_ADDRESS: "127.0.0.1",
      RABBITMQ_NODE_PORT: String(port),
      RABBITMQ_DIST_PORT: String(distribution),
      ERL_EPMD_PORT: String(names),
      ERL_EPMD_ADDRESS: "127.0.0.1",
      RABBITMQ_MNESIA_BASE: join(directory, "data"),
      RABBITMQ_LOG_BASE: join(directory, "log"),
      RABBITMQ_ENABLED_PLUGINS_FILE: join(directory, "plugins"),
      RABBITMQ_CONFIG_FILE: join(directory, "config"),
      RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: "+S 1:1 +sbwt none",
    });
    await server.resume();
    return server;
  }

  /** Starts it again, with its durable queues and persistent messages. */
  async resume(): Promise<void> {
    // RabbitMQ starts one that outlives it when there is none.
    this.#names ??= spawn("epmd", ["-port", this.#env["ERL_EPMD_PORT"] ?? ""], { env: this.#env, stdio: "ignore" });
    let output = "";
    const server = spawn(PROGRAM, [], { env: this.#env, stdio: ["ignore", "pipe", "pipe"], detached: true });
    this.#server = server;
    server.stdout.on("data", (chunk) => (output += String(chunk)));
    server.stderr.on("data", (chunk) => (output += String(chunk)));
    const endMs = clock.monotonicMs() + START_PATIENCE_MS;
    while (!(output.includes("completed with") && (await answers(this.port)))) {
      if (server.exitCode !== null || server.signalCode !== null || clock.monotonicMs() > endMs) {
        await this[Symbol.asyncDispose]();
        throw new Error(`rabbitmq-server did not start: ${output}`);
      }
      await clock.sleep(50);
    }
  }

  /** Kills it, as in a crash. */
  async kill(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server?.pid === undefined || server.exitCode !== null || server.signalCode !== null) return;
    const exited = once(server, "exit");
    process.kill(-server.pid, "SIGKILL"); // the program starts others
    await exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    this.#names?.kill("SIGKILL");
    await rm(this.#directory, { recursive: true, force: true, maxRetries: 5 });
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port });
    const end = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once("connect", () => end(true)).once("error", () => end(false));
  });
}
