import { expect, test, vi } from "vitest";
import { FakePools } from "./testing/fakePools.ts";
import { testInvocation, testVersion } from "./testing/testVersion.ts";

const forever = new AbortController().signal;
const settled = (check: () => void) => vi.waitFor(check, { timeout: 5000, interval: 2 });
const version = testVersion();

test("an environment can be taken once at a time", async () => {
  await using host = new FakePools();
  using environment = await host.pools.acquire(version, forever);
  expect(() => environment.take()).toThrow("only an idle environment can be taken");
});

test("an environment that is given back unused is idle again, and giving it back twice changes nothing", async () => {
  await using host = new FakePools();
  const environment = await host.pools.acquire(version, forever);
  environment[Symbol.dispose]();
  environment[Symbol.dispose]();
  expect([environment.status, host.pools.stats().environments.get("idle")]).toEqual(["idle", 1]);
});

test("an environment that is not taken, or has ended, runs nothing", async () => {
  await using host = new FakePools();
  const environment = await host.pools.acquire(version, forever);
  environment[Symbol.dispose]();
  await expect(environment.run(testInvocation(version), forever)).rejects.toThrow("has ended");
  const again = await host.pools.acquire(version, forever);
  await again.stop();
  await expect(again.run(testInvocation(version), forever)).rejects.toThrow("has ended");
});

test("only an idle environment is frozen, and it counts as frozen until it is thawed", async () => {
  await using host = new FakePools();
  const environment = await host.pools.acquire(version, forever);
  environment.freeze();
  expect(environment.isFrozen).toBe(false);
  environment[Symbol.dispose]();
  environment.freeze();
  environment.freeze();
  expect(environment.isFrozen).toBe(true);
  const taken = await host.pools.acquire(version, forever);
  expect(taken).toBe(environment);
  expect(taken.isFrozen).toBe(true);
  await taken.run(testInvocation(version), forever);
  expect(taken.isFrozen).toBe(false);
  expect(host.driver.calls.filter((call) => call === "freeze")).toHaveLength(1);
  taken[Symbol.dispose]();
});

test("stopping is idempotent and ends when the sandbox is gone", async () => {
  await using host = new FakePools();
  const environment = await host.pools.acquire(version, forever);
  const stopped = environment.stop();
  expect(environment.status).toBe("stopping");
  expect(environment.stop()).toBe(stopped);
  await stopped;
  expect(environment.status).toBe("stopped");
  expect(host.driver.stopped).toHaveLength(1);
  await environment.stop();
});

test("an environment that is stopped while it waits for its sandbox gives that sandbox up", async () => {
  const gate = Promise.withResolvers<void>();
  await using host = new FakePools({ boot: () => gate.promise });
  const request = host.pools.acquire(version, forever);
  const rejected = expect(request).rejects.toMatchObject({ code: "ServiceException" });
  await settled(() => expect(host.pools.stats().environments.get("starting")).toBe(1));
  const stopping = host.pools[Symbol.asyncDispose]();
  for (let i = 0; i < 60; i++) await host.clock.advance(20);
  gate.resolve();
  await stopping;
  await rejected;
  await settled(() => expect(host.driver.stopped).toHaveLength(1));
});

test("an init that fails twice ends the invocation with the function's own error, and the environment", async () => {
  await using host = new FakePools({
    init: () => {
      throw new TypeError("no config");
    },
  });
  const { outcome } = await host.invoke(version, {}, { requestId: "i1" });
  expect(outcome).toMatchObject({ kind: "functionError", errorType: "TypeError" });
  await settled(() => expect(host.driver.stopped).toHaveLength(2));
  await settled(() => expect(host.pools.stats().environments.size).toBe(0));
  await settled(() =>
    expect(host.logs.lines.filter((line) => !line.startsWith("INIT_"))).toEqual([
      "START RequestId: i1 Version: $LATEST",
      "END RequestId: i1",
      expect.stringMatching(/^REPORT RequestId: i1\t.*Status: error\tError Type: TypeError$/),
    ]),
  );
});

test("an init that succeeds at the second try serves the invocation that waited for it", async () => {
  let tries = 0;
  await using host = new FakePools({
    init: () => {
      if (++tries === 1) throw new Error("not yet");
    },
    handle: () => "served",
  });
  const report = await host.invoke(version);
  expect(report.outcome.kind).toBe("success");
  expect(report.initDurationMs).toBeUndefined();
  await settled(() => expect(host.pools.stats().environments.get("idle")).toBe(1));
});
