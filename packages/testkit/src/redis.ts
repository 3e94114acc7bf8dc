import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { SystemClock } from "@hearth/kit";
import { dockerAvailable, findProgram } from "./availability.ts";
import { freePort } from "./freePort.ts";

/** A Redis for one test. Disposing stops it and deletes its data. */
export interface TestRedis extends AsyncDisposable {
  readonly url: string;
}

/** Built from `docker/` by `packages/drivers/bin/images.ts`. */
const IMAGE = "hearth/redis:7";
const clock = new SystemClock();

/** Why tests that need Redis are skipped; `undefined` when there is one. */
export async function noRedis(): Promise<string | undefined> {
  if ((await hasImage()) || findProgram("redis-server")) return undefined;
  return `neither the image ${IMAGE} nor the program redis-server is there`;
}

/** Starts Redis: the project's image if an engine has it, otherwise the machine's own program. */
export async function testRedis(): Promise<TestRedis> {
  return (await hasImage()) ? await inContainer() : await asProgram();
}

async function hasImage(): Promise<boolean> {
  if (!(await dockerAvailable())) return false;
  try {
    await promisify(execFile)("docker", ["image", "inspect", IMAGE]);
    return true;
  } catch {
    return false; // the engine has no such image
  }
}

async function inContainer(): Promise<TestRedis> {
  const { GenericContainer, Wait } = await import("testcontainers"); // a thousand modules, which most test files need not load
  process.env["TESTCONTAINERS_RYUK_DISABLED"] = "true"; // its helper image cannot be had everywhere; disposal stops the container
  const container = await new GenericContainer(IMAGE)
    .withExposedPorts(6379)
    .withWaitStrategy(Wait.forLogMessage(/Ready to accept connections/))
    .start();
  return {
    url: `redis://${container.getHost()}:${container.getMappedPort(6379)}`,
    [Symbol.asyncDispose]: async () => void (await container.stop()),
  };
}

async function asProgram(): Promise<TestRedis> {
  const directory = await mkdtemp(join(tmpdir(), "hearth-redis-"));
  const port = await freePort();
  const server = spawn(
    "redis-server",
    [
      "--port",
      String(port),
      "--bind",
      "127.0.0.1",
      "--save",
      "",
      "--maxmemory-policy",
      "noeviction",
      "--dir",
      directory,
    ],
    {
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  let output = "";
  for (const chunks = server.stdout[Symbol.asyncIterator](); !output.includes("Ready to accept connections");) {
    const { value, done } = (await chunks.next()) as { value?: Buffer; done?: boolean };
    if (done) throw new Error(`redis-server ended: ${output}`);
    output += String(value);
  }
  server.stdout.resume();
  return {
    url: `redis://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => {
      server.kill("SIGTERM");
      if (server.exitCode === null) await Promise.race([once(server, "exit"), clock.sleep(5_000)]);
      await rm(directory, { recursive: true, force: true });
    },
  };
}
