import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { SystemClock } from "@hearth/kit";
import { findProgram } from "./availability.ts";
import { freePort } from "./freePort.ts";
import { runProgram } from "./programs.ts";

const VERSION = "1.5.33";
const CACHE = resolve(import.meta.dirname, "../../../.hearth/cache");
const INSTALL_MS = 170_000;
const START_PATIENCE_MS = 90_000;
const clock = new SystemClock();

/** Why tests that need MiniStack are skipped; `undefined` when it can be started. It comes from PyPI the first time, and is kept in the cache of tests. */
export async function noMinistack(): Promise<string | undefined> {
  if (!findProgram("python3")) return "MiniStack cannot be had without python3";
  try {
    await installed();
    return undefined;
  } catch (error) {
    return `MiniStack cannot be had: ${String(error).slice(0, 300)}`;
  }
}

/** Another server with the APIs of AWS, DynamoDB and its streams among them, on loopback. */
export interface Ministack extends AsyncDisposable {
  /** `http://127.0.0.1:<port>`. */
  readonly endpoint: string;
}

export async function startMinistack(): Promise<Ministack> {
  const folder = await installed();
  const endpoint = `http://127.0.0.1:${await freePort()}`;
  const server = spawn("python3", ["-m", "ministack"], {
    env: {
      ...process.env,
      PYTHONPATH: folder,
      GATEWAY_PORT: new URL(endpoint).port,
      BIND_HOST: "127.0.0.1",
      // They would listen on ports that are always the same.
      IOT_MTLS_ENABLED: "0",
      SFTP_ENABLED: "0",
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  server.stdout.on("data", (chunk) => (output = (output + String(chunk)).slice(-20_000)));
  server.stderr.on("data", (chunk) => (output = (output + String(chunk)).slice(-20_000)));
  const stop = async (): Promise<void> => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    const exited = once(server, "exit");
    server.kill("SIGKILL");
    await exited;
  };
  const endMs = clock.monotonicMs() + START_PATIENCE_MS;
  while (!(await answers(endpoint))) {
    if (server.exitCode !== null || clock.monotonicMs() > endMs) {
      await stop();
      throw new Error(`MiniStack did not start: ${output}`);
    }
    await clock.sleep(100);
  }
  return { endpoint, [Symbol.asyncDispose]: stop };
}

async function answers(endpoint: string): Promise<boolean> {
  try {
    await (await fetch(endpoint)).arrayBuffer();
    return true;
  } catch {
    return false;
  }
}

async function installed(): Promise<string> {
  const folder = join(CACHE, `ministack-${VERSION}`);
  if (existsSync(folder)) return folder;
  await mkdir(CACHE, { recursive: true });
  const installing = await mkdtemp(join(CACHE, "installing-"));
  const args = ["-m", "pip", "install", "-q", "--no-input", "--target", installing, `ministack==${VERSION}`];
  const { code, stdout, stderr } = await runProgram("python3", args, { timeoutMs: INSTALL_MS });
  if (code === 0 && !existsSync(folder)) await rename(installing, folder);
  else await rm(installing, { recursive: true, force: true });
  if (code !== 0) throw new Error(`pip could not fetch it: ${stdout}${stderr}`);
  return folder;
}
