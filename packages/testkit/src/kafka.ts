import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { SystemClock } from "@hearth/kit";
import { findProgram } from "./availability.ts";
import type { TestCertificates } from "./certificates.ts";
import { freePort } from "./freePort.ts";
import { runProgram } from "./programs.ts";

const VERSION = "4.4.0";
const CACHE = resolve(import.meta.dirname, "../../../.hearth/cache");
const INSTALL_MS = 170_000;
const START_PATIENCE_MS = 90_000;
const JAVA = ["-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"];
const clock = new SystemClock();

/** Why tests that need Kafka are skipped; `undefined` when it can be started. Its jars come from Maven Central the first time, and are kept in the cache of tests. */
export async function noKafka(): Promise<string | undefined> {
  const missing = ["java", "mvn"].find((program) => !findProgram(program));
  if (missing !== undefined) return `Kafka cannot be had without ${missing}`;
  try {
    await installed();
    return undefined;
  } catch (error) {
    return `Kafka cannot be had: ${String(error).slice(0, 300)}`;
  }
}

interface TlsListeners {
  readonly listeners: string;
  readonly protocols: string;
  readonly properties: readonly string[];
}

const NO_TLS: TlsListeners = { listeners: "", protocols: "", properties: [] };

export interface KafkaUser {
  readonly name: string;
  readonly password: string;
}

/**
 * A Kafka on loopback for one test file, with a listener without login and one with PLAIN and SCRAM; with `certificates` also one with TLS, and one that wants a
 * certificate of the client. Disposing stops it and deletes its data.
 */
export class KafkaServer implements AsyncDisposable {
  readonly user: KafkaUser = { name: "bob", password: "a-password" };
  readonly port: number;
  readonly loginPort: number;
  readonly tlsPort: number;
  readonly mutualTlsPort: number;
  readonly #directory: string;
  readonly #lib: string;
  #server: ChildProcess | undefined;

  private constructor(directory: string, lib: string, ports: readonly number[]) {
    this.#directory = directory;
    this.#lib = lib;
    [this.port = 0, this.loginPort = 0, this.tlsPort = 0, this.mutualTlsPort = 0] = ports;
  }

  static async start(certificates?: TestCertificates): Promise<KafkaServer> {
    const lib = await installed();
    const directory = await mkdtemp(join(tmpdir(), "hearth-kafka-"));
    const ports = [await freePort(), await freePort(), await freePort(), await freePort()];
    const server = new KafkaServer(directory, lib, ports);
    await server.#format(await freePort(), certificates ? await server.#tls(certificates) : NO_TLS);
    await server.resume();
    return server;
  }

  async #tls({ authority, server }: TestCertificates): Promise<TlsListeners> {
    const [store, trusted] = [join(this.#directory, "server.pem"), join(this.#directory, "authority.pem")];
    await writeFile(store, server.key + server.certificate);
    await writeFile(trusted, authority);
    return {
      listeners: `,TLS://127.0.0.1:${this.tlsPort},MUTUAL://127.0.0.1:${this.mutualTlsPort}`,
      protocols: ",TLS:SSL,MUTUAL:SSL",
      properties: [
        ...["ssl.keystore.type=PEM", `ssl.keystore.location=${store}`],
        ...["ssl.truststore.type=PEM", `ssl.truststore.location=${trusted}`],
        "listener.name.mutual.ssl.client.auth=required",
      ],
    };
  }

  async #format(controllerPort: number, tls: TlsListeners): Promise<void> {
    const { name, password } = this.user;
    const module = "org.apache.kafka.common.security";
    const properties = [
      "process.roles=broker,controller",
      "node.id=1",
      `controller.quorum.bootstrap.servers=127.0.0.1:${controllerPort}`,
      `listeners=PLAIN://127.0.0.1:${this.port},LOGIN://127.0.0.1:${this.loginPort},CONTROLLER://127.0.0.1:${controllerPort}${tls.listeners}`,
      `listener.security.protocol.map=PLAIN:PLAINTEXT,LOGIN:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT${tls.protocols}`,
      ...tls.properties,
      "controller.listener.names=CONTROLLER",
      "inter.broker.listener.name=PLAIN",
      "sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-512",
      `listener.name.login.plain.sasl.jaas.config=${module}.plain.PlainLoginModule required user_${name}="${password}";`,
      `listener.name.login.scram-sha-512.sasl.jaas.config=${module}.scram.ScramLoginModule required;`,
      `log.dirs=${join(this.#directory, "data")}`,
      "auto.create.topics.enable=false",
      "offsets.topic.num.partitions=1",
      "offsets.topic.replication.factor=1",
      "transaction.state.log.replication.factor=1",
      "transaction.state.log.min.isr=1",
      "share.coordinator.state.topic.replication.factor=1",
    ];
    await writeFile(this.#properties, properties.join("\n"));
    const scram = `SCRAM-SHA-512=[name=${name},password=${password}]`;
    // Kafka's id of a cluster has 22 characters; one that begins with a hyphen is taken for an option.
    const id = `A${randomBytes(16).toString("base64url").slice(1)}`;
    const tool = ["kafka.tools.StorageTool", "format", "--standalone", "-t", id, "-c", this.#properties];
    const args = [...JAVA, "-cp", join(this.#lib, "*"), ...tool, "--add-scram", scram];
    const { code, stdout, stderr } = await runProgram("java", args);
    if (code !== 0) throw new Error(`Kafka's storage was not formatted: ${stdout}${stderr}`);
  }

  get #properties(): string {
    return join(this.#directory, "server.properties");
  }

  /** Starts it again, with its topics and records. */
  async resume(): Promise<void> {
    const args = [...JAVA, "-cp", join(this.#lib, "*"), "kafka.Kafka", this.#properties];
    const server = spawn("java", args, { stdio: ["ignore", "pipe", "pipe"] });
    this.#server = server;
    let output = "";
    server.stdout.on("data", (chunk) => (output = (output + String(chunk)).slice(-20_000)));
    server.stderr.on("data", (chunk) => (output = (output + String(chunk)).slice(-20_000)));
    const endMs = clock.monotonicMs() + START_PATIENCE_MS;
    while (!(await isLeading(this.port))) {
      if (server.exitCode !== null || server.signalCode !== null || clock.monotonicMs() > endMs) {
        await this[Symbol.asyncDispose]();
        throw new Error(`Kafka did not start: ${output}`);
      }
      await clock.sleep(100);
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
    await rm(this.#directory, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function installed(): Promise<string> {
  const lib = join(CACHE, `kafka-${VERSION}`);
  if (existsSync(lib)) return lib;
  await mkdir(CACHE, { recursive: true });
  const folder = await mkdtemp(join(CACHE, "installing-"));
  await writeFile(
    join(folder, "pom.xml"),
    `<project><modelVersion>4.0.0</modelVersion><groupId>hearth</groupId><artifactId>test</artifactId><version>1</version><dependencies><dependency>
<groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>${VERSION}</version></dependency></dependencies></project>`,
  );
  const args = ["-q", "-B", "dependency:copy-dependencies", "-DoutputDirectory=lib", "-DincludeScope=runtime"];
  const { code, stdout, stderr } = await runProgram("mvn", args, { cwd: folder, timeoutMs: INSTALL_MS });
  if (code === 0 && !existsSync(lib)) await rename(join(folder, "lib"), lib);
  await rm(folder, { recursive: true, force: true });
  if (code !== 0) throw new Error(`Maven could not fetch it: ${stdout}${stderr}`);
  return lib;
}

/** Whether a broker accepts connections. */
async function isLeading(port: number): Promise<boolean> {
  const { connect } = await import("node:net");
  return await new Promise((done) => {
    const socket = connect({ host: "127.0.0.1", port });
    const end = (answer: boolean): void => {
      socket.destroy();
      done(answer);
    };
    socket.once("connect", () => end(true)).once("error", () => end(false));
  });
}
