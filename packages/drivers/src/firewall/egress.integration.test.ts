import { lookup } from "node:dns/promises";
import { once } from "node:events";
import { createServer, type Server } from "node:net";
import { networkInterfaces } from "node:os";
import { silentLogger, SystemClock, systemRandom } from "@hearth/kit";
import { noDocker, skipReason } from "@hearth/testkit";
import Docker from "dockerode";
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { NET_BASE } from "../docker/images/serviceRecipes.ts";
import { TestDockerDriver, testImages, type TestSandbox } from "../testing/testDocker.ts";
import { Firewall } from "./firewall.ts";
import { type Allowed } from "./ruleset.ts";

const MINUTES_MS = 180_000;
const NEVER = new AbortController().signal;
const absent = await noDocker();
/** An address of a server on the Internet. Behind some proxies names resolve to addresses that the firewall closes: it is told to open this one. */
const outside = await lookup("deb.debian.org", { family: 4 }).then(
  ({ address }) => address,
  () => undefined,
);
const online = outside === undefined ? "this machine resolves no names of the Internet" : undefined;

describe("the egress firewall", { timeout: MINUTES_MS, ...skipReason(absent) }, () => {
  const docker = new Docker();
  const installation = systemRandom.hex(6);
  const networkName = `hearth-test-${installation}`;
  const bridge = `hth${installation}`;
  let image: string;

  function firewall(allow: readonly Allowed[] = [], bytesPerS?: number): Firewall {
    const deps = { clock: new SystemClock(), logger: silentLogger };
    return new Firewall({ docker, installation, bridge, networkName, allow, bytesPerS, image, stop: NEVER, ...deps });
  }

  beforeAll(async () => {
    const { bases } = testImages(docker);
    image = await bases.ensure(NET_BASE, () => undefined, NEVER);
    await docker.createNetwork({ Name: networkName, Options: { "com.docker.network.bridge.name": bridge } });
  }, MINUTES_MS);
  afterAll(async () => {
    await firewall().remove();
    await docker.getNetwork(networkName).remove();
  });

  test("its probe finds the host open while there are no rules, and closed once they are installed", async () => {
    const subject = firewall();
    const ignored = bridgesExcept(bridge);
    const before = await subject.probe();
    expect(before.length).toBeGreaterThanOrEqual(2);
    await subject.install();
    expect(await subject.install()).toEqual({ wereIntact: true });
    expect(await subject.probe()).toEqual([]);
    await firewall().remove(); // as a program does that flushes all rules
    expect(await subject.install()).toEqual({ wereIntact: false });
    expect(await subject.probe()).toEqual([]);
    await subject.remove();
    const after = await subject.probe();
    for (const address of bridgesExcept(bridge)) ignored.add(address);
    const lasting = (addresses: readonly string[]) => addresses.filter((address) => !ignored.has(address));
    expect(lasting(after)).toEqual(lasting(before));
  });

  test("a container writes the rules where this process may not", async () => {
    const subject = firewall();
    const getuid = vi.spyOn(process, "getuid").mockReturnValue(1000);
    onTestFinished(() => getuid.mockRestore());
    const asUser = firewall();
    expect(asUser.isDirect).toBe(false);
    await asUser.install();
    expect(await asUser.probe()).toEqual([]);
    expect(await asUser.install()).toEqual({ wereIntact: true });
    await subject.remove(); // as a program does that flushes all rules
    expect(await asUser.install()).toEqual({ wereIntact: false });
    expect(await asUser.probe()).toEqual([]);
    await asUser.remove();
    expect((await subject.probe()).length).toBeGreaterThan(0);
  });

  test("with a limit of bandwidth, sandboxes that send do not look like a change of the rules", async () => {
    const subject = firewall([], 1_000_000);
    await subject.install();
    expect(await subject.probe()).toEqual([]);
    expect(await subject.install()).toEqual({ wereIntact: true });
    await subject.remove();
  });

  test("what is allowed can be reached, and nothing beside it", async () => {
    const host = hostAddress();
    const subject = firewall([{ cidr: `${host}/32`, port: undefined }]);
    await subject.install();
    expect(await subject.probe()).toEqual([host]);
    await subject.remove();
  });
});

describe("a sandbox with egress", { timeout: 60_000, ...skipReason(absent) }, () => {
  let driver: TestDockerDriver;
  let sandbox: TestSandbox;

  beforeAll(async () => {
    const allow = outside === undefined ? [] : [`${outside}/32:443`];
    driver = await TestDockerDriver.make({ egress: { allow, unfiltered: false } });
    sandbox = await driver.start({ network: "egress" });
  }, MINUTES_MS);
  afterAll(async () => driver?.[Symbol.asyncDispose](), MINUTES_MS);

  /** `connected`, or the code of what went wrong. */
  function connect(port: number, host: string): Promise<unknown> {
    return sandbox.api.run(
      `return await new Promise((done) => require("net").connect({ port: ${port}, host: "${host}", timeout: 3000 })
        .on("timeout", () => done("ETIMEDOUT")).on("error", (e) => done(e.code)).on("connect", () => done("connected")))`,
    );
  }

  test("reaches no address of the host, neither the gateway's nor its own, nor the metadata service", async () => {
    const server = createServer().listen(0, "0.0.0.0");
    onTestFinished(() => void server.close());
    const port = portOf(server);
    const { NetworkSettings } = await sandbox.container.inspect();
    const gateways = Object.values(NetworkSettings.Networks).map(({ Gateway }) => Gateway);
    for (const host of [...gateways, hostAddress(), "172.17.0.1"])
      expect(await connect(port, host), host).not.toBe("connected");
    expect(await connect(80, "169.254.169.254")).not.toBe("connected");
  });

  test("cannot reach another sandbox", async () => {
    const other = await driver.start({ network: "egress" });
    await other.api.run(`globalThis.server = require("net").createServer().listen(5000, "0.0.0.0")`);
    const { NetworkSettings } = await other.container.inspect();
    const addresses = Object.values(NetworkSettings.Networks).map(({ IPAddress }) => IPAddress);
    expect(addresses).toHaveLength(1);
    for (const host of addresses) expect(await connect(5000, host)).not.toBe("connected");
  });

  test("resolves names and reaches the Internet", skipReason(online), async () => {
    expect(await connect(443, "deb.debian.org")).toBe("connected");
  });
});

describe("a sandbox whose bandwidth is limited", { timeout: 120_000, ...skipReason(absent) }, () => {
  const MBIT_PER_S = 8;
  const SENT_BYTES = 4_000_000;
  /** One second's worth and 256 KB pass at once; the rest needs 2.7 s. */
  const SHORTEST_MS = 2_000;

  test.each([
    ["sends", SENT_BYTES, 0],
    ["receives", 0, SENT_BYTES],
  ] as const)("%s no faster than the limit", async (_, upBytes, downBytes) => {
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      let received = 0;
      socket.on("error", () => socket.destroy()).on("data", (chunk: Buffer) => (received += chunk.length));
      socket.once("end", () => socket.end(Buffer.alloc(received === upBytes ? downBytes + 1 : 0)));
    }).listen(0, "0.0.0.0");
    onTestFinished(() => void server.close());
    await once(server, "listening");
    const [host, port] = [hostAddress(), portOf(server)];
    const allow = [`${host}/32:${port}`];
    await using driver = await TestDockerDriver.make({ egress: { allow, unfiltered: false, mbitPerS: MBIT_PER_S } });
    const { api } = await driver.start({ network: "egress" });
    const [tookMs, answerBytes] = (await api.run(
      `return await new Promise((done, fail) => {
        const begun = performance.now();
        const to = { port: ${port}, host: "${host}" };
        const socket = require("net").connect(to, () => socket.end(Buffer.alloc(${upBytes})));
        let bytes = 0;
        socket.on("data", (chunk) => (bytes += chunk.length)).on("error", fail);
        socket.on("end", () => done([performance.now() - begun, bytes]));
      })`,
    )) as [number, number];
    expect(answerBytes).toBe(downBytes + 1);
    expect(tookMs).toBeGreaterThan(SHORTEST_MS);
  });
});

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** Addresses of the networks of other tests, which come and go while this one runs. */
function bridgesExcept(own: string): Set<string> {
  const others = Object.entries(networkInterfaces()).filter(([name]) => /^(br-|hth)/.test(name) && name !== own);
  return new Set(others.flatMap(([, list]) => (list ?? []).map(({ address }) => address)));
}

function hostAddress(): string {
  const all = Object.entries(networkInterfaces()).flatMap(([name, list]) =>
    /^(docker|br-|hth)/.test(name) ? [] : (list ?? []),
  );
  return all.find(({ family, internal }) => family === "IPv4" && !internal)?.address ?? "127.0.0.1";
}
