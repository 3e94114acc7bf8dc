import { spawn } from "node:child_process";
import { silentLogger, SystemClock, systemRandom } from "@hearth/kit";
import { noDocker, skipReason } from "@hearth/testkit";
import Docker from "dockerode";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { driverContract } from "../testing/driverContract.ts";
import type { SandboxEvent } from "../driver.ts";
import { connectLauncher, type LauncherClient } from "../launcher/client.ts";
import { installationId } from "../installationId.ts";
import { runLauncher } from "../launcher/process.ts";
import { TEST_CACHE } from "../testing/testDocker.ts";
import { TestDataDir } from "../testing/testLauncher.ts";
import { TestRuntimeApi } from "../testing/testRuntimeApi.ts";

const clock = new SystemClock();
const NEVER = new AbortController().signal;
const runtime = "nodejs24.x";
const absent = await noDocker();

function connect(dataDir: string): Promise<LauncherClient> {
  return connectLauncher({ dataDir, connectTimeoutMs: 20_000, clock, logger: silentLogger });
}

function launch(dataDir: string, ready = 0): AsyncDisposable {
  const stop = new AbortController();
  const egress = { allow: [], unfiltered: false, ready };
  const deps = { clock, random: systemRandom, logger: silentLogger, cacheDir: TEST_CACHE };
  const running = runLauncher({ dataDir, driver: "docker", cpu: "quota", egress, ...deps }, stop.signal);
  return {
    async [Symbol.asyncDispose]() {
      stop.abort(new Error("the test has ended"));
      await running;
    },
  };
}

async function make() {
  const data = new TestDataDir();
  const launcher = launch(data.path);
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
}

driverContract("the launcher over the docker driver", make, absent);

describe("the launcher over the docker driver", { timeout: 180_000, ...skipReason(absent) }, () => {
  const docker = new Docker();

  async function boot(driver: LauncherClient): Promise<string> {
    const id = systemRandom.hex(8);
    const api = await TestRuntimeApi.listen(await driver.prepare(id));
    onTestFinished(() => api[Symbol.asyncDispose]());
    await driver.images.ensureRuntime(runtime, NEVER);
    await driver.boot(id, { runtime, network: "none", tmpSizeMb: 512 }, NEVER);
    await api.asked();
    return id;
  }

  async function containersOf(sandboxId: string): Promise<readonly Docker.ContainerInfo[]> {
    return docker.listContainers({ all: true, filters: { label: [`hearth.sandbox=${sandboxId}`] } });
  }

  test("containers of a launcher that was killed are removed by the next one", async () => {
    using data = new TestDataDir();
    const child = spawnLauncher(data.path);
    const client = await connect(data.path);
    const id = await boot(client);
    child.kill("SIGKILL");
    await new Promise((resolve) => child.once("exit", resolve));
    expect(await containersOf(id)).toHaveLength(1);
    await using _next = launch(data.path);
    await vi.waitFor(async () => expect(await client.list()).toEqual([]), { timeout: 20_000 });
    expect(await containersOf(id)).toEqual([]);
    await client[Symbol.asyncDispose]();
  });

  test("no ready network and nothing that was made ahead outlives a launcher that was killed, or is used again", async () => {
    using data = new TestDataDir();
    const label = [`hearth.installation=${installationId(data.path, systemRandom)}`];
    const containers = (): Promise<readonly Docker.ContainerInfo[]> =>
      docker.listContainers({ all: true, filters: { label } });
    const holders = async (): Promise<readonly Docker.ContainerInfo[]> =>
      (await containers()).filter(({ Labels, State }) => "hearth.network" in Labels && State === "running");
    const untilReady = (count: number): Promise<void> =>
      vi.waitFor(async () => expect(await holders()).toHaveLength(count), { timeout: 90_000, interval: 200 });
    const key = { runtime, network: "egress", tmpSizeMb: 512 } as const;
    const child = spawnLauncher(data.path, 2);
    const client = await connect(data.path);
    await client.images.ensureRuntime(runtime, NEVER);
    await client.expectEgress();
    await untilReady(2);
    const prepare = async (): Promise<string> => {
      const id = systemRandom.hex(8);
      const api = await TestRuntimeApi.listen(await client.prepare(id));
      onTestFinished(() => api[Symbol.asyncDispose]());
      return id;
    };
    const booted = await prepare();
    await client.boot(booted, { ...key, isAwaited: true }, NEVER);
    const created = await prepare();
    expect(await client.create(created, key, NEVER)).toBe(true);
    child.kill("SIGKILL");
    await new Promise((resolve) => child.once("exit", resolve));
    const left = (await containers()).map(({ Id }) => Id);
    expect(left.length).toBeGreaterThanOrEqual(4);
    for (const id of [booted, created]) expect(await containersOf(id)).toHaveLength(1);

    await using _next = launch(data.path, 1);
    await vi.waitFor(async () => expect(await client.list()).toEqual([]), { timeout: 60_000 });
    expect((await containers()).filter(({ Id }) => left.includes(Id))).toEqual([]);
    await client.expectEgress();
    await untilReady(1);
    const again = await prepare();
    await client.boot(again, { ...key, isAwaited: true }, NEVER);
    const [container] = await containersOf(again);
    const { HostConfig } = await docker.getContainer(container?.Id ?? "").inspect();
    const joined = HostConfig.NetworkMode?.replace("container:", "");
    expect((await holders()).map(({ Id }) => Id)).toContain(joined);
    expect(left).not.toContain(joined);
    await client[Symbol.asyncDispose]();
  });

  test("a container that somebody else kills is reported at once", async () => {
    using data = new TestDataDir();
    await using _launcher = launch(data.path);
    await using client = await connect(data.path);
    const events: SandboxEvent[] = [];
    client.on((event) => events.push(event));
    const id = await boot(client);
    const [container] = await containersOf(id);
    await docker.getContainer(container?.Id ?? "").kill();
    const exited = expect.objectContaining({ kind: "exited", sandboxId: id, signal: "SIGKILL" }) as unknown;
    await vi.waitFor(() => expect(events).toContainEqual(exited), { timeout: 2000 });
    expect(await client.list()).toEqual([]);
  });
});

/** A launcher in a process of its own. */
function spawnLauncher(dataDir: string, ready = 0) {
  const script = `
    import { runLauncher } from ${JSON.stringify(import.meta.resolve("../launcher/process.ts"))};
    import { silentLogger, SystemClock, systemRandom } from ${JSON.stringify(import.meta.resolve("@hearth/kit"))};
    await runLauncher({ dataDir: ${JSON.stringify(dataDir)}, cacheDir: ${JSON.stringify(TEST_CACHE)}, driver: "docker", cpu: "weight",
      egress: { allow: [], unfiltered: false, ready: ${ready} }, endsWithStdin: true, clock: new SystemClock(), random: systemRandom, logger: silentLogger },
      new AbortController().signal);
  `;
  return spawn(process.execPath, ["--input-type=module", "-e", script], { stdio: ["pipe", "inherit", "inherit"] });
}
