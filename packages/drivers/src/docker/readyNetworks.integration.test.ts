import { once } from "node:events";
import { createServer } from "node:net";
import { noDocker, skipReason } from "@hearth/testkit";
import type { ContainerInfo } from "dockerode";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { SandboxEvent } from "../driver.ts";
import { TestDockerDriver, type TestSandbox } from "../testing/testDocker.ts";

const MINUTES_MS = 180_000;
const PATIENCE = { timeout: 90_000, interval: 200 };
const absent = await noDocker();

describe("networks that are kept ready", { timeout: MINUTES_MS, ...skipReason(absent) }, () => {
  const events: SandboxEvent[] = [];
  let driver: TestDockerDriver;
  let sandbox: TestSandbox;

  /** The containers that hold networks behind the firewall of this driver. */
  async function holders(): Promise<readonly ContainerInfo[]> {
    const label = ["hearth.network", `hearth.installation=${driver.installation}`];
    return await driver.docker.listContainers({ all: true, filters: { label } });
  }

  /** The name of the container whose network a sandbox has joined; the engine notes its id. */
  async function joins({ container }: Pick<TestSandbox, "container">): Promise<string | undefined> {
    const { HostConfig } = await container.inspect();
    const holder = /^container:(.+)$/.exec(HostConfig.NetworkMode ?? "")?.[1];
    if (holder === undefined) return undefined;
    const { Name } = await driver.docker.getContainer(holder).inspect();
    return Name.slice(1);
  }

  /** The container that is ready while `used` is in use. */
  async function readyBeside(used: string | undefined): Promise<ContainerInfo> {
    const others = async (): Promise<readonly ContainerInfo[]> =>
      (await holders()).filter(({ Names, State }) => Names[0] !== `/${used}` && State === "running");
    await vi.waitFor(async () => expect(await others()).toHaveLength(1), PATIENCE);
    const [ready] = await others();
    if (!ready) throw new Error("no network is ready");
    return ready;
  }

  function connect(port: number, host: string): Promise<unknown> {
    return sandbox.api.run(
      `return await new Promise((done) => require("net").connect({ port: ${port}, host: "${host}", timeout: 3000 })
        .on("timeout", () => done("ETIMEDOUT")).on("error", (e) => done(e.code)).on("connect", () => done("connected")))`,
    );
  }

  async function untilReady(): Promise<void> {
    const running = async (): Promise<number> => (await holders()).filter(({ State }) => State === "running").length;
    await vi.waitFor(async () => expect(await running()).toBe(1), PATIENCE);
  }

  beforeAll(async () => {
    driver = await TestDockerDriver.make({ egress: { allow: [], unfiltered: false, ready: 1 } });
    driver.driver.on((event) => events.push(event));
    await driver.driver.expectEgress();
    await untilReady();
    sandbox = await driver.start({ network: "egress", isAwaited: true });
  }, MINUTES_MS);
  afterAll(async () => {
    await driver?.[Symbol.asyncDispose]();
    if (driver) expect(await holders()).toEqual([]);
  }, MINUTES_MS);

  test("a start that is waited for joins one, behind the same firewall, and another is made ready", async () => {
    const holder = await joins(sandbox);
    expect(holder).toBeDefined();
    await readyBeside(holder);
    const server = createServer().listen(0, "0.0.0.0");
    await once(server, "listening");
    const address = server.address();
    const port = typeof address === "object" ? (address?.port ?? 0) : 0;
    const { NetworkSettings } = await driver.docker.getContainer(holder ?? "").inspect();
    const [network] = Object.values(NetworkSettings.Networks);
    expect(await connect(port, network?.Gateway ?? "")).not.toBe("connected");
    expect(await connect(80, "169.254.169.254")).not.toBe("connected");
    server.close();
    const inside = `return require("os").networkInterfaces().eth0.map(({ address }) => address)`;
    expect(await sandbox.api.run(inside)).toContain(network?.IPAddress);
    expect(await sandbox.api.run(`return (await require("dns").promises.lookup("sandbox.localdomain")).address`)).toBe(
      "127.0.0.1",
    );
    // One that nothing waits for has its own.
    const ahead = await driver.start({ network: "egress" });
    expect(await joins(ahead)).toBeUndefined();
    await driver.driver.stop(ahead.id, 0);
  });

  test("one that has ended is not used: the start gets a new network", async () => {
    const ready = await readyBeside(await joins(sandbox));
    await driver.docker.getContainer(ready.Id).kill();
    const other = await driver.start({ network: "egress", isAwaited: true });
    const joined = await joins(other);
    expect(joined === undefined || `/${joined}` !== ready.Names[0]).toBe(true);
    await driver.driver.stop(other.id, 0);
  });

  test("a sandbox that is made ahead has a ready network to itself; where that has ended, its start gets a new one", async () => {
    const joined = [await joins(sandbox)];
    const beforeStart = async (id: string): Promise<void> => {
      const [made] = await driver.docker.listContainers({ all: true, filters: { label: [`hearth.sandbox=${id}`] } });
      expect(made?.State).toBe("created");
      joined.push(await joins({ container: driver.docker.getContainer(made?.Id ?? "") }));
    };
    const made = await driver.start({ network: "egress", isAwaited: true, beforeStart });
    expect(await joins(made)).toBe(joined[1]);
    const killed = await driver.start({
      network: "egress",
      isAwaited: true,
      beforeStart: async (id) => {
        await beforeStart(id);
        await driver.docker.getContainer(joined[2] ?? "").kill();
      },
    });
    expect(joined).toEqual([expect.any(String), expect.any(String), expect.any(String)]);
    expect(new Set(joined).size).toBe(3);
    expect(await joins(killed)).not.toBe(joined[2]);
    for (const { id } of [made, killed]) await driver.driver.stop(id, 0);
    const names = (await holders()).map(({ Names }) => Names[0]);
    for (const name of joined.slice(1)) expect(names).not.toContain(`/${name}`);
  });

  test("a sandbox ends with the network that it has joined, and nothing of either is left", async () => {
    const holder = await joins(sandbox);
    await driver.docker.getContainer(holder ?? "").kill();
    await expect
      .poll(() => events.some(({ kind, sandboxId }) => kind === "exited" && sandboxId === sandbox.id), PATIENCE)
      .toBe(true);
    await driver.driver.stop(sandbox.id, 0);
    expect((await holders()).map(({ Names }) => Names[0])).not.toContain(`/${holder}`);
  });

  test("the sweep removes what a killed launcher left, and keeps what is ready", async () => {
    await untilReady();
    const [ready] = await holders();
    const { Config } = await driver.docker.getContainer(ready?.Id ?? "").inspect();
    const Labels = { "hearth.network": "left", "hearth.installation": driver.installation };
    await driver.docker.createContainer({ Image: Config.Image, Entrypoint: ["/bin/busybox", "true"], Labels });
    await driver.driver.sweep();
    expect((await holders()).map(({ Id }) => Id)).toEqual([ready?.Id]);
  });
});
