import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { SystemClock } from "@hearth/kit";
import { findProgram, runProgram } from "@hearth/testkit";

const VERSION = "1.6.12";
const CACHE = resolve(import.meta.dirname, "../../.hearth/cache");
const INSTALL_MS = 300_000;
const START_MS = 60_000;
const clock = new SystemClock();

/** ElasticMQ, a queue server with SQS's API that keeps messages in memory. */
export interface ElasticMq extends AsyncDisposable {
  readonly port: number;
}

/** Why it cannot be started here. */
export function noElasticMq(): string | undefined {
  const missing = ["java", "mvn"].find((program) => !findProgram(program));
  return missing === undefined ? undefined : `there is no ${missing}`;
}

/** Its jars come from Maven Central the first time, and are kept in the cache of tests. */
export async function startElasticMq(): Promise<ElasticMq> {
  const lib = await installed();
  const folder = await mkdtemp(join(tmpdir(), "hearth-elasticmq-"));
  const port = await freePort();
  const config = join(folder, "elasticmq.conf");
  await writeFile(
    config,
    `include classpath("application.conf")
node-address { protocol = http, host = "127.0.0.1", port = ${port}, context-path = "" }
rest-sqs { enabled = true, bind-port = ${port}, bind-hostname = "127.0.0.1", sqs-limits = strict }
rest-stats { enabled = false }
`,
  );
  const args = ["-Xmx512m", `-Dconfig.file=${config}`, "-cp", join(lib, "*"), "org.elasticmq.server.Main"];
  const server = spawn("java", args, { stdio: "ignore" });
  const stop = async (): Promise<void> => {
    const ended = server.exitCode === null ? once(server, "exit") : undefined;
    server.kill("SIGKILL");
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  for (const since = clock.monotonicMs(); !(await answers(port)); await clock.sleep(100)) {
    if (server.exitCode === null && clock.monotonicMs() - since < START_MS) continue;
    await stop();
    throw new Error("ElasticMQ did not start");
  }
  return { port, [Symbol.asyncDispose]: stop };
}

async function installed(): Promise<string> {
  const lib = join(CACHE, `elasticmq-${VERSION}`);
  if (existsSync(lib)) return lib;
  await mkdir(CACHE, { recursive: true });
  const folder = await mkdtemp(join(CACHE, "installing-"));
  await writeFile(
    join(folder, "pom.xml"),
    `<project><modelVersion>4.0.0</modelVersion><groupId>hearth</groupId><artifactId>bench</artifactId><version>1</version><dependencies><dependency>
<groupId>org.elasticmq</groupId><artifactId>elasticmq-server_2.13</artifactId><version>${VERSION}</version></dependency></dependencies></project>`,
  );
  const args = ["-q", "-B", "dependency:copy-dependencies", "-DoutputDirectory=lib", "-DincludeScope=runtime"];
  const { code, stdout, stderr } = await runProgram("mvn", args, { cwd: folder, timeoutMs: INSTALL_MS });
  if (code !== 0) throw new Error(`Maven could not fetch ElasticMQ: ${stdout}${stderr}`);
  await rename(join(folder, "lib"), lib);
  await rm(folder, { recursive: true, force: true });
  return lib;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

async function answers(port: number): Promise<boolean> {
  try {
    await fetch(`http://127.0.0.1:${port}/?Action=ListQueues`);
    return true;
  } catch {
    return false;
  }
}
