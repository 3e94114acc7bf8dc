import { expect, test, vi } from "vitest";
import type { FakeBehaviour } from "./testing/fakeDriver.ts";
import { bodyOf, FakePools } from "./testing/fakePools.ts";
import { testInvocation, testVersion } from "./testing/testVersion.ts";

const forever = new AbortController().signal;
const version = testVersion({ Version: "1" });
const echo: FakeBehaviour = { handle: (event, sandboxId) => ({ event, sandboxId }) };
/** Real sockets need real turns of the event loop. */
const settled = (check: () => void) => vi.waitFor(check, { timeout: 5000, interval: 2 });
const provisioned = async (host: FakePools, count: number): Promise<void> => {
  host.pools.provision(version, count);
  await settled(() => expect(host.pools.provisioned(version).available).toBe(count));
};

test("provisioned environments are initialised ahead, serve first, and are never reaped", async () => {
  await using host = new FakePools(echo);
  await provisioned(host, 2);
  await host.clock.advance(3_600_000);
  host.freeMemoryMb = 0;
  await host.clock.advance(1_000);
  expect(host.pools.provisioned(version)).toMatchObject({ available: 2, inUse: 0, failures: 0 });
  const before = new Set(host.driver.booted);
  const { sandboxId } = bodyOf(await host.invoke(version)) as { sandboxId: string };
  expect(before).toContain(sandboxId);
  expect(host.driver.booted).toHaveLength(2);
});

test("requests beyond the provisioned environments are served on demand, and only those environments are reaped", async () => {
  await using host = new FakePools(echo);
  await provisioned(host, 1);
  const held = await host.pools.acquire(version, forever);
  expect(held.initializationType).toBe("provisioned-concurrency");
  const more = await host.pools.acquire(version, forever);
  expect(more.initializationType).toBe("on-demand");
  expect(host.pools.provisioned(version)).toMatchObject({ available: 1, inUse: 1 });
  for (const environment of [held, more]) {
    await environment.run(testInvocation(version), forever);
    environment[Symbol.dispose]();
  }
  await settled(() => expect(host.pools.stats().environments.get("idle")).toBe(2));
  await host.clock.advance(600_000);
  await settled(() => expect(host.pools.stats().environments.get("idle")).toBe(1));
  expect(host.pools.provisioned(version).available).toBe(1);
});

test("a provisioned environment that ends can be replaced, and excess ones stop when fewer are wanted", async () => {
  await using host = new FakePools(echo);
  await provisioned(host, 3);
  host.driver.exit(host.driver.booted[0] ?? "");
  await settled(() => expect(host.pools.provisioned(version).available).toBe(2));
  await provisioned(host, 3);
  const held = await host.pools.acquire(version, forever);
  host.pools.provision(version, 0);
  await settled(() => expect(host.pools.provisioned(version).available).toBe(1));
  await held.run(testInvocation(version), forever);
  held[Symbol.dispose]();
  await settled(() => expect(host.pools.provisioned(version).available).toBe(0));
  await settled(() => expect(host.driver.stopped).toHaveLength(host.driver.booted.length));
});

test("a provisioned environment whose init fails is counted as a failure and stopped", async () => {
  let fails = true;
  await using host = new FakePools({
    ...echo,
    init: () => {
      if (fails) throw new Error("no");
    },
  });
  host.pools.provision(version, 1);
  await settled(() => expect(host.pools.provisioned(version)).toMatchObject({ failures: 1, initFailed: true }));
  expect(host.pools.provisioned(version).available).toBe(0);
  fails = false;
  await provisioned(host, 1);
  expect(host.pools.provisioned(version)).toMatchObject({ failures: 0, initFailed: false });
});

test("nothing is provisioned while memory is short", async () => {
  await using host = new FakePools(echo);
  host.freeMemoryMb = 0;
  host.pools.provision(version, 1);
  expect(host.driver.calls).not.toContain("boot");
  expect(host.pools.provisioned(version).available).toBe(0);
});
