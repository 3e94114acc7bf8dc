import { spawn } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { createConnection, type Socket } from "node:net";
import { join } from "node:path";
import { silentLogger, SystemClock, systemRandom } from "@hearth/kit";
import fc from "fast-check";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { driverContract } from "../testing/driverContract.ts";
import type { SandboxEvent } from "../driver.ts";
import { startOf } from "../process/processGroup.ts";
import { TestDataDir } from "../testing/testLauncher.ts";
import { TestRuntimeApi } from "../testing/testRuntimeApi.ts";
import { connectLauncher, type LauncherClient } from "./client.ts";
import { type LauncherOptions, runLauncher } from "./process.ts";
import { CALLS } from "./calls.ts";
import { MAX_LINE_BYTES } from "./protocol.ts";

const NEVER = new AbortController().signal;
const clock = new SystemClock();
const runtime = `nodejs${process.versions.node.split(".")[0]}.x`;
const key = { runtime, network: "none", tmpSizeMb: 512 } as const;

class TestLauncher implements AsyncDisposable {
  readonly #stop = new AbortController();
  readonly #done: Promise<void>;

  constructor(dataDir: string, options: Partial<LauncherOptions> = {}) {
    const egress = { allow: [], unfiltered: false };
    const fixed = { dataDir, driver: "process", cpu: "weight", egress, clock, random: systemRandom } as const;
    this.#done = runLauncher({ ...fixed, logger: silentLogger, ...options }, this.#stop.signal);
  }

  get done(): Promise<void> {
    return this.#done;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new Error("the test has ended"));
    await this.#done;
  }
}

function connect(dataDir: string): Promise<LauncherClient> {
  return connectLauncher({ dataDir, connectTimeoutMs: 10_000, clock, logger: silentLogger });
}

driverContract("the launcher over the process driver", async () => {
  const data = new TestDataDir();
  const launcher = new TestLauncher(data.path);
  const driver = await connect(data.path);
  return {
    driver,
    dataDir: data.path,
    runtime,
    async [Symbol.asyncDispose]() {
      await driver[Symbol.asyncDispose]();
      await launcher[Symbol.asyncDispose]();
      data[Symbol.dispose]();
    },
  };
});

async function boot(driver: LauncherClient): Promise<{ id: string; api: TestRuntimeApi }> {
  const id = systemRandom.hex(8);
  const api = await TestRuntimeApi.listen(await driver.prepare(id));
  onTestFinished(() => api[Symbol.asyncDispose]());
  await driver.boot(id, key, NEVER);
  await api.asked();
  return { id, api };
}

const sandboxesIn = (dataDir: string): string[] => readdirSync(join(dataDir, "s"));

describe("the launcher", { timeout: 30_000 }, () => {
  test("only its own user may connect", async () => {
    using data = new TestDataDir();
    await using _launcher = new TestLauncher(data.path);
    await using _client = await connect(data.path);
    expect(statSync(join(data.path, "launcher.sock")).mode & 0o777).toBe(0o600);
  });

  test("says at once what the operator must know", async () => {
    using data = new TestDataDir();
    await using _launcher = new TestLauncher(data.path);
    await using client = await connect(data.path);
    expect(client.name).toBe("process");
    expect(client.notices.join()).toContain("DEVELOPMENT ONLY");
  });

  test("a connection neither sees nor touches the sandboxes of another", async () => {
    using data = new TestDataDir();
    await using _launcher = new TestLauncher(data.path);
    await using mine = await connect(data.path);
    await using theirs = await connect(data.path);
    const { id } = await boot(mine);
    expect(await theirs.list()).toEqual([]);
    await expect(theirs.freeze(id)).rejects.toThrow("not of this connection");
    await expect(theirs.prepare(id)).rejects.toThrow();
    await theirs.stop(id, 0);
    expect(await mine.list()).toEqual([id]);
  });

  test("the sandboxes of a connection that has been gone for ten seconds are stopped, not sooner", async () => {
    using data = new TestDataDir();
    await using _launcher = new TestLauncher(data.path);
    const socket = await rawConnection(data.path);
    const id = systemRandom.hex(8);
    await ask(socket, { op: "prepare", id: 1, args: [id] });
    socket.destroy();
    await new Promise((resolve) => setTimeout(resolve, 8000));
    expect(sandboxesIn(data.path)).toEqual([id]);
    await vi.waitFor(() => expect(sandboxesIn(data.path)).toEqual([]), { timeout: 6000 });
  });

  test("a launcher that goes takes its sandboxes along, says so, and its client finds the next one", async () => {
    using data = new TestDataDir();
    const first = new TestLauncher(data.path);
    await using client = await connect(data.path);
    const events: SandboxEvent[] = [];
    client.on((event) => events.push(event));
    const { id } = await boot(client);
    await first[Symbol.asyncDispose]();
    expect(sandboxesIn(data.path)).toEqual([]);
    await vi.waitFor(() => expect(events).toContainEqual(expect.objectContaining({ kind: "exited", sandboxId: id })));
    await using _second = new TestLauncher(data.path);
    await vi.waitFor(async () => expect(await client.list()).toEqual([]), { timeout: 5000 });
  });

  test("a second launcher of the same data directory refuses to start", async () => {
    using data = new TestDataDir();
    await using _launcher = new TestLauncher(data.path);
    await using client = await connect(data.path);
    const { id } = await boot(client);
    const second = new TestLauncher(data.path);
    await expect(second.done).rejects.toThrow("another launcher");
    expect(await client.list()).toEqual([id]);
  });

  test("a data directory whose path is too long for sockets works too", async () => {
    using data = new TestDataDir();
    const deep = join(realpathSync(data.path), "x".repeat(60), "y".repeat(60));
    mkdirSync(deep, { recursive: true });
    await using _launcher = new TestLauncher(deep);
    await using client = await connect(deep);
    await boot(client);
  });

  test.skipIf(process.platform !== "linux")(
    "when a launcher is killed its processes end, frozen ones too, and the next launcher removes the rest",
    async () => {
      using data = new TestDataDir();
      const child = spawnLauncher(data.path);
      const client = await connect(data.path);
      const { id } = await boot(client);
      const frozen = await boot(client);
      await client.freeze(frozen.id);
      const pidOf = (sandbox: string): number =>
        Number(readFileSync(join(data.path, "s", sandbox, "pid"), "utf8").split(" ")[0]);
      const pids = [pidOf(id), pidOf(frozen.id)];
      child.kill("SIGKILL");
      await new Promise((resolve) => child.once("exit", resolve));
      for (const pid of pids) await vi.waitFor(async () => expect(await startOf(pid)).toBeUndefined(), 10_000);
      expect(sandboxesIn(data.path)).toHaveLength(2);
      await using _next = new TestLauncher(data.path);
      await vi.waitFor(async () => expect(await client.list()).toEqual([]), { timeout: 10_000 });
      expect(sandboxesIn(data.path)).toEqual([]);
      await client[Symbol.asyncDispose]();
    },
  );

  test("a launcher whose parent has gone ends after it has cleaned up", async () => {
    using data = new TestDataDir();
    const child = spawnLauncher(data.path);
    const exited = new Promise((resolve) => child.once("exit", resolve));
    const client = await connect(data.path);
    await boot(client);
    child.stdin?.end();
    expect(await exited).toBe(0);
    expect(sandboxesIn(data.path)).toEqual([]);
    await client[Symbol.asyncDispose]();
  });
});

describe("a hostile peer of the launcher", { timeout: 60_000 }, () => {
  test.each([
    ["a path for an id", { op: "prepare", id: 1, args: ["../../../../etc/x"] }],
    ["a member that is not of the message", { op: "prepare", id: 1, args: ["0123456789abcdef"], image: "evil" }],
    ["an argument too many", { op: "prepare", id: 1, args: ["0123456789abcdef", "evil"] }],
    ["a network that does not exist", { op: "boot", id: 1, args: ["0123456789abcdef", { ...key, network: "host" }] }],
    ["an image name for a runtime", { op: "ensureRuntime", id: 1, args: ["docker.io/evil/image:latest"] }],
    [
      "a digest that is a path",
      {
        op: "specialise",
        id: 1,
        args: [
          "0123456789abcdef",
          { codeDigest: "../x", layerDigests: [], memoryMb: 128, accountId: "000000000000", expectedMb: 128 },
        ],
      },
    ],
    ["an operation that does not exist", { op: "exec", id: 1, args: ["id"] }],
    ["a method that is no call of the protocol", { op: "on", id: 1, args: [] }],
    ["no object at all", [1, 2, 3]],
  ])("is cut off for %s", async (_name, message) => {
    using data = new TestDataDir();
    await using _launcher = new TestLauncher(data.path);
    const socket = await rawConnection(data.path);
    const closed = new Promise((resolve) => socket.once("close", resolve));
    socket.write(`${JSON.stringify(message)}\n`);
    await closed;
  });

  test("is cut off when a message does not end", async () => {
    using data = new TestDataDir();
    await using _launcher = new TestLauncher(data.path);
    const socket = await rawConnection(data.path);
    const closed = new Promise((resolve) => socket.once("close", resolve));
    socket.write("x".repeat(MAX_LINE_BYTES + 1));
    await closed;
  });

  test("can send what it likes without disturbing others or creating anything", async () => {
    using data = new TestDataDir();
    await using _launcher = new TestLauncher(data.path);
    await using client = await connect(data.path);
    const line = fc.oneof(
      fc.string(),
      fc.json(),
      fc
        .record({
          op: fc.oneof(fc.string(), fc.constantFrom(...Object.keys(CALLS))),
          id: fc.anything(),
          args: fc.anything(),
        })
        .map((value) => safeJson(value)),
      fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes).toString("latin1")),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(line, { minLength: 1, maxLength: 5 }), async (lines) => {
        const socket = await rawConnection(data.path);
        socket.end(`${lines.join("\n")}\n`);
        await new Promise((resolve) => socket.once("close", resolve).resume());
      }),
      { numRuns: 300 },
    );
    expect(await client.list()).toEqual([]);
    expect((await client.images.runtimes()).length).toBeGreaterThan(0);
  });
});

function safeJson(value: unknown): string {
  try {
    return JSON.stringify(value, (_key, part: unknown) => (typeof part === "bigint" ? `${part}` : part)) ?? "null";
  } catch {
    return "null"; // a cycle
  }
}

function rawConnection(dataDir: string): Promise<Socket> {
  return vi.waitFor(
    () =>
      new Promise<Socket>((resolve, reject) => {
        const socket = createConnection(join(dataDir, "launcher.sock"));
        socket.once("connect", () => {
          socket.off("error", reject).on("error", () => undefined);
          resolve(socket);
        });
        socket.once("error", reject);
      }),
    { timeout: 5000 },
  );
}

async function ask(socket: Socket, message: object): Promise<string> {
  const reply = new Promise<string>((resolve) => socket.once("data", (bytes) => resolve(bytes.toString())));
  socket.write(`${JSON.stringify(message)}\n`);
  return reply;
}

/** A launcher in a process of its own, which ends with its standard input. */
function spawnLauncher(dataDir: string) {
  const script = `
    import { runLauncher } from ${JSON.stringify(new URL("process.ts", import.meta.url).href)};
    import { silentLogger, SystemClock, systemRandom } from ${JSON.stringify(import.meta.resolve("@hearth/kit"))};
    await runLauncher({ dataDir: ${JSON.stringify(dataDir)}, driver: "process", cpu: "weight", egress: { allow: [], unfiltered: false },
      endsWithStdin: true, clock: new SystemClock(), random: systemRandom, logger: silentLogger }, new AbortController().signal);
  `;
  return spawn(process.execPath, ["--input-type=module", "-e", script], { stdio: ["pipe", "inherit", "inherit"] });
}
