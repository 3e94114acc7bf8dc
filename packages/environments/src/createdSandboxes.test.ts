import { expect, test, vi } from "vitest";
import type { FakeBehaviour } from "./testing/fakeDriver.ts";
import { FakePools } from "./testing/fakePools.ts";
import { testVersion } from "./testing/testVersion.ts";

const echo: FakeBehaviour = { create: () => undefined, handle: (event) => event };
/** Real sockets need real turns of the event loop. */
const settled = (check: () => void | Promise<void>) => vi.waitFor(check, { timeout: 10_000, interval: 2 });

/** Advances the clock until so many sandboxes are made and not started. */
async function created(host: FakePools, count: number): Promise<void> {
  await settled(async () => {
    await host.clock.advance(300);
    expect(host.pools.stats().created).toBe(count);
  });
}

test("a start for which none is booted takes one that is made already, and another is made later", async () => {
  await using host = new FakePools(echo, { createdLimit: 2 });
  await host.invoke(testVersion({ FunctionName: "first" }));
  await host.clock.advance(300);
  expect(host.driver.created).toEqual([]);
  await created(host, 1);
  const [made] = host.driver.created;
  expect(host.driver.booted).not.toContain(made);
  await host.invoke(testVersion({ FunctionName: "second" }));
  expect(host.driver.booted.at(-1)).toBe(made);
  expect(host.pools.stats().created).toBe(0);
  await created(host, 1);
  expect(host.driver.created).toHaveLength(2);
});

test("only so many are made, of the kinds that were used last, and no two of one kind", async () => {
  await using host = new FakePools(echo, { createdLimit: 2 });
  for (const tmpMb of [512, 1024, 2048]) {
    await host.invoke(testVersion({ FunctionName: `f${tmpMb}`, tmpMb }));
    await host.clock.advance(10);
  }
  await created(host, 2);
  const before = [...host.driver.created];
  await host.clock.advance(5_000);
  await created(host, 2);
  expect(host.driver.created).toEqual(before);
  // The kind that was used first has none.
  await host.invoke(testVersion({ FunctionName: "g512", tmpMb: 512 }));
  expect(before).not.toContain(host.driver.booted.at(-1));
  await host.invoke(testVersion({ FunctionName: "g2048", tmpMb: 2048 }));
  expect(before).toContain(host.driver.booted.at(-1));
});

test("one that does not start is replaced, and the invocation does not notice", async () => {
  let failures = 0;
  const boot = (): void => {
    if (failures-- === 1) throw new Error("it does not start");
  };
  await using host = new FakePools({ ...echo, boot }, { createdLimit: 1 });
  await host.invoke(testVersion({ FunctionName: "first" }));
  await created(host, 1);
  const [made = ""] = host.driver.created;
  failures = 1;
  const { outcome } = await host.invoke(testVersion({ FunctionName: "second" }));
  expect(outcome.kind).toBe("success");
  expect(host.driver.stopped).toContain(made);
  expect(host.driver.booted).not.toContain(made);
});

test("after one could not be made the next attempt waits", async () => {
  let attempts = 0;
  const create = (): void => {
    attempts++;
    throw new Error("no container could be made");
  };
  await using host = new FakePools({ ...echo, create }, { createdLimit: 1 });
  await host.invoke(testVersion());
  await settled(async () => {
    await host.clock.advance(300);
    expect(attempts).toBe(1);
  });
  for (let i = 0; i < 5; i++) await host.clock.advance(300);
  expect(attempts).toBe(1);
  await settled(async () => {
    await host.clock.advance(2_000);
    expect(attempts).toBeGreaterThan(1);
  });
});

test("those whose launcher has gone, those of kinds that are no longer used and those that are left at the end are removed", async () => {
  const host = new FakePools(echo, { createdLimit: 1 });
  await host.invoke(testVersion());
  await created(host, 1);
  const [lost = ""] = host.driver.created;
  host.driver.exit(lost);
  await settled(async () => {
    await host.clock.advance(300);
    expect(host.driver.stopped).toContain(lost);
    expect(host.driver.created).toHaveLength(2);
  });
  await settled(async () => {
    await host.clock.advance(31 * 60_000);
    expect(host.pools.stats().created).toBe(0);
  });
  expect(host.driver.stopped).toContain(host.driver.created[1]);
  await host.invoke(testVersion({ FunctionName: "last" }));
  await created(host, 1);
  await host[Symbol.asyncDispose]();
  expect(host.driver.stopped).toEqual(expect.arrayContaining(host.driver.created));
});

test("a driver that makes nothing ahead is asked again, and starts are as before", async () => {
  await using host = new FakePools({ handle: (event) => event }, { createdLimit: 1 });
  await host.invoke(testVersion({ FunctionName: "first" }));
  for (let i = 0; i < 8; i++) await host.clock.advance(300);
  expect(host.pools.stats().created).toBe(0);
  expect((await host.invoke(testVersion({ FunctionName: "second" }))).outcome.kind).toBe("success");
});
