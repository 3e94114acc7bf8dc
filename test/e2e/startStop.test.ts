import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { chmod, chown, mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { noDocker, runProgram, sampleFunctions, skipReason } from "@hearth/testkit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createActive, invoke } from "../support/lambda.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const START = join(ROOT, "packages/server/bin/start.mjs");
const NOBODY = 65_534;

let folder: string;
const started: ChildProcess[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "hearth-start-"));
  await chmod(folder, 0o755); // started by root, Hearth becomes another user
});
afterEach(async () => {
  for (const child of started.splice(0)) {
    if (child.exitCode === null && child.signalCode === null && child.pid) process.kill(-child.pid, "SIGKILL");
  }
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<number | NodeJS.Signals | null>;
  output(): string;
  /** Resolves when the output contains `text`. */
  says(text: string): Promise<void>;
}

/** `npm start` as a terminal runs it: in a process group of its own. */
function start(
  env: NodeJS.ProcessEnv = {},
  as: { uid?: number; gid?: number } = {},
  [program, ...args]: readonly [string, ...string[]] = [process.execPath, START],
): Started {
  const child = spawn(program, args, {
    cwd: ROOT,
    env: {
      PATH: process.env["PATH"],
      HOME: folder,
      HEARTH_DATA: join(folder, "data"),
      HEARTH_DRIVER: "process",
      HEARTH_LISTEN: "127.0.0.1:0",
      HEARTH_METRICS_LISTEN: "off",
      ...env,
    },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
    ...as,
  });
  started.push(child);
  let output = "";
  const waiting = new Set<() => void>();
  const collect = (chunk: Buffer): void => {
    output += chunk.toString();
    for (const check of waiting) check();
  };
  child.stdout.on("data", collect);
  child.stderr.on("data", collect);
  const ended = new Promise<number | NodeJS.Signals | null>((settle, reject) => {
    child.once("error", (cause) => reject(cannotStart(as.uid, cause)));
    child.once("close", (code, signal) => settle(signal ?? code));
  });
  ended.catch(() => undefined); // the caller that awaits it handles the error
  return {
    child,
    ended,
    output: () => output,
    says: (text) =>
      new Promise((settle, reject) => {
        const check = (): void => {
          if (!output.includes(text)) return;
          waiting.delete(check);
          settle();
        };
        waiting.add(check);
        check();
        ended.then((how) => reject(new Error(`it ended (${how}) without saying "${text}":\n${output}`)), reject);
      }),
  };
}

function cannotStart(uid: number | undefined, cause: Error): Error {
  const hint = uid === undefined ? "" : ` as user ${uid}, who must be able to enter every folder above it`;
  return new Error(`${process.execPath} cannot be started${hint}: ${cause.message}`, { cause });
}

function signalGroup({ child }: Started, signal: NodeJS.Signals): void {
  if (child.pid === undefined) throw new Error("it was never started");
  process.kill(-child.pid, signal);
}

const endpointOf = (hearth: Started): string => /AWS_ENDPOINT_URL=(\S+)/.exec(hearth.output())?.[1] ?? "";

/** Processes that have the test's data directory in their command line or environment. */
async function processesOf(data: string): Promise<string[]> {
  const { stdout } = await runProgram("ps", ["-eww", "-o", "pid=,args="]);
  return stdout.split("\n").filter((line) => line.includes(data));
}

test("Ctrl-C, which reaches every process of the group, stops everything that was started", async () => {
  const hearth = start();
  await hearth.says("Hearth is ready");
  expect((await fetch(`${endpointOf(hearth)}/readyz`)).status).toBe(200);
  expect(await (await fetch(endpointOf(hearth), { headers: { Accept: "text/html" } })).text()).toContain("<h1>Hearth");
  if (process.getuid?.() === 0 && existsSync("/usr/bin/setpriv")) {
    const main = (await readFile(join(folder, "data", "all.lock.pid"), "utf8")).trim();
    expect(await readFile(`/proc/${main}/status`, "utf8")).toMatch(/^NoNewPrivs:\s+1$/m);
  }
  signalGroup(hearth, "SIGINT");
  expect(await hearth.ended).toBe(0);
  expect(await processesOf(folder)).toEqual([]);
  await expect(fetch(endpointOf(hearth))).rejects.toThrow();
});

test("kill -9 of the process group leaves nothing that blocks the next start", async () => {
  const first = start();
  await first.says("Hearth is ready");
  signalGroup(first, "SIGKILL");
  await first.ended;
  const second = start();
  await second.says("Hearth is ready");
  signalGroup(second, "SIGINT");
  expect(await second.ended).toBe(0);
  expect(await processesOf(folder)).toEqual([]);
});

test("SIGTERM to npm alone stops everything that was started", async () => {
  const hearth = start({}, {}, ["npm", "start"]);
  await hearth.says("Hearth is ready");
  hearth.child.kill("SIGTERM");
  await hearth.ended; // the pipes close when the last process that holds them has gone
  expect(await processesOf(folder)).toEqual([]);
});

test("kill -9 of npm's process alone stops Hearth too", async () => {
  const hearth = start();
  await hearth.says("Hearth is ready");
  hearth.child.kill("SIGKILL");
  await hearth.ended; // the pipes close when the last process that holds them has gone
  expect(await processesOf(folder)).toEqual([]);
});

describe("a start that cannot work says why", () => {
  test("a second Hearth on the same data directory names the first", async () => {
    const first = start();
    await first.says("Hearth is ready");
    const second = start();
    expect(await second.ended).toBe(1);
    expect(second.output()).toMatch(/Another Hearth \(pid \d+\) uses .*\/data\./);
    signalGroup(first, "SIGINT");
    await first.ended;
  });

  test("a port that another program uses", async () => {
    const other = createServer();
    await new Promise<void>((settle) => other.listen(0, "127.0.0.1", settle));
    const { port } = other.address() as AddressInfo;
    const hearth = start({ HEARTH_LISTEN: `127.0.0.1:${port}` });
    expect(await hearth.ended).toBe(1);
    expect(hearth.output()).toContain(`Another program listens on 127.0.0.1:${port}`);
    other.close();
  });

  test.skipIf(!existsSync("/proc/version"))("a data directory that cannot be made", async () => {
    const hearth = start({ HEARTH_DATA: "/proc/hearth/data" });
    expect(await hearth.ended).toBe(1);
    expect(hearth.output()).toBe(
      "hearth: HEARTH_DATA=/proc/hearth/data lies below /proc, where the kernel shows its own state: set HEARTH_DATA to another folder.\n",
    );
  });

  test("a setting that does not exist", async () => {
    const hearth = start({ HEARTH_LISTNE: "x" });
    expect(await hearth.ended).toBe(2);
    expect(hearth.output()).toContain("Did you mean HEARTH_LISTEN?");
  });

  test("the default key beyond loopback", async () => {
    const hearth = start({ HEARTH_LISTEN: "0.0.0.0:0" });
    expect(await hearth.ended).toBe(2);
    expect(hearth.output()).toContain("HEARTH_SECRET_ACCESS_KEY");
  });
});

const notRoot =
  process.getuid?.() === 0 ? undefined : "only root can become another user (this one is an ordinary user already)";

test(
  "an ordinary user with an empty home and almost nothing on the path can start Hearth",
  skipReason(notRoot),
  async () => {
    await chown(folder, NOBODY, NOBODY);
    await chmod(folder, 0o700);
    const hearth = start({ HEARTH_DRIVER: "auto", PATH: "/bin:/usr/bin" }, { uid: NOBODY, gid: NOBODY });
    await hearth.says("Hearth is ready");
    signalGroup(hearth, "SIGINT");
    expect(await hearth.ended).toBe(0);
  },
);

const DOCKER_SOCKET = "/var/run/docker.sock";
const noGroup = notRoot ?? (await noDocker()) ?? dockerGroupMissing();

test("a user of the docker group who is not root runs functions in containers", skipReason(noGroup), async () => {
  await chown(folder, NOBODY, NOBODY);
  await chmod(folder, 0o755); // the engine mounts sandboxes' folders from it
  const hearth = start({ HEARTH_DRIVER: "docker" }, { uid: NOBODY, gid: statSync(DOCKER_SOCKET).gid });
  await hearth.says("Hearth is ready");
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  const client = new LambdaClient({ endpoint: endpointOf(hearth), region: "us-east-1", credentials, maxAttempts: 1 });
  await createActive(client, { FunctionName: "of-a-user", files: sampleFunctions.nodeEcho });
  expect((await invoke(client, "of-a-user", { from: "nobody" })).payload).toEqual({ from: "nobody" });
  signalGroup(hearth, "SIGINT");
  expect(await hearth.ended).toBe(0);
});

function dockerGroupMissing(): string | undefined {
  const { gid, mode } = statSync(DOCKER_SOCKET);
  return gid !== 0 && (mode & 0o060) === 0o060 ? undefined : "the Docker socket has no group of its own";
}
