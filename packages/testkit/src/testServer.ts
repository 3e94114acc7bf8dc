import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SystemClock } from "@hearth/kit";
import { type TestCertificates, writeCertificates } from "./certificates.ts";
import { freePort } from "./freePort.ts";

/** A server on loopback, for tests. Disposing stops it and deletes its data. */
export interface TestServer extends AsyncDisposable {
  readonly url: string;
}

const clock = new SystemClock();
const START_MS = 30_000;

/** With certificates it speaks TLS only, and wants one of the client. Debian installs it outside of the path of ordinary users; `.ci/run` installs it. */
export async function testMosquitto(certificates?: TestCertificates): Promise<TestServer> {
  return await start(certificates ? "mqtts" : "mqtt", async (folder, port) => {
    const file = join(folder, "mosquitto.conf");
    const lines = [`listener ${port} 127.0.0.1`, "allow_anonymous true", "max_queued_messages 10000"];
    if (certificates) {
      const { authority, certificate, key } = await writeCertificates(folder, certificates);
      lines.push(`cafile ${authority}`, `certfile ${certificate}`, `keyfile ${key}`);
      lines.push("require_certificate true", "user root");
    }
    await writeFile(file, `${lines.join("\n")}\n`);
    return ["mosquitto", "-c", file];
  });
}

/** With JetStream. With certificates it speaks TLS only, and wants one of the client. */
export async function testNats(certificates?: TestCertificates): Promise<TestServer> {
  return await start(certificates ? "tls" : "nats", async (folder, port) => {
    const files = certificates && (await writeCertificates(folder, certificates));
    return [
      ...["nats-server", "--addr", "127.0.0.1", "--port", String(port)],
      ...["--jetstream", "--store_dir", folder],
      ...(files
        ? ["--tlsverify", "--tlscacert", files.authority, "--tlscert", files.certificate, "--tlskey", files.key]
        : []),
    ];
  });
}

/** A Redis that speaks TLS only, and wants a certificate of the client. */
export async function testRedisWithTls(certificates: TestCertificates): Promise<TestServer> {
  return await start("rediss", async (folder, port) => {
    const { authority, certificate, key } = await writeCertificates(folder, certificates);
    return [
      ...[
        "redis-server",
        "--bind",
        "127.0.0.1",
        "--port",
        "0",
        "--tls-port",
        String(port),
        "--tls-auth-clients",
        "yes",
      ],
      ...["--tls-ca-cert-file", authority, "--tls-cert-file", certificate, "--tls-key-file", key],
      ...["--save", "", "--dir", folder],
    ];
  });
}

async function start(
  protocol: string,
  command: (folder: string, port: number) => Promise<readonly string[]>,
): Promise<TestServer> {
  const folder = await mkdtemp(join(tmpdir(), `hearth-${protocol}-`));
  const port = await freePort();
  const [program = "", ...args] = await command(folder, port);
  const server = spawn(program, args, { stdio: ["ignore", "ignore", "pipe"] });
  let output = "";
  server.stderr.on("data", (chunk) => (output += String(chunk)));
  for (const since = clock.monotonicMs(); !(await answers(port)); await clock.sleep(20)) {
    if (server.exitCode !== null) throw new Error(`${program} ended: ${output}`);
    if (clock.monotonicMs() - since > START_MS) throw new Error(`${program} does not answer: ${output}`);
  }
  return {
    url: `${protocol}://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => {
      server.kill("SIGTERM");
      if (server.exitCode === null) await Promise.race([once(server, "exit"), clock.sleep(5_000)]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false; // not yet
  } finally {
    socket.destroy();
  }
}
