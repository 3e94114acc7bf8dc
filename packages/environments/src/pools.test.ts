import { expect, test, vi } from "vitest";
import type { ExecutionEnvironment } from "./executionEnvironment.ts";
import type { FakeBehaviour } from "./testing/fakeDriver.ts";
import { bodyOf, FakePools } from "./testing/fakePools.ts";
import { testInvocation, testVersion } from "./testing/testVersion.ts";

const forever = new AbortController().signal;
const echo: FakeBehaviour = { handle: (event, sandboxId) => ({ event, sandboxId }) };
const sandboxOf = (report: Parameters<typeof bodyOf>[0]) => (bodyOf(report) as { sandboxId: string }).sandboxId;
/** Real sockets need real turns of the event loop. */
const settled = (check: () => void | Promise<void>) => vi.waitFor(check, { timeout: 5000, interval: 2 });

const HERE = { accountId: "000000000000", region: "us-east-1" };

test("the most recently used environment is used first", async () => {
  await using host = new FakePools(echo);
  const version = testVersion();
  const [a, b] = await Promise.all([host.pools.acquire(version, forever), host.pools.acquire(version, forever)]);
  const first = await a.run(testInvocation(version), forever);
  const second = await b.run(testInvocation(version), forever);
  a[Symbol.dispose]();
  b[Symbol.dispose]();
  await settled(() => expect(host.pools.stats().environments.get("idle")).toBe(2));
  expect(sandboxOf(first)).not.toBe(sandboxOf(second));
  expect(sandboxOf(await host.invoke(version))).toBe(sandboxOf(second));
  await settled(() => expect(host.pools.stats().environments.get("idle")).toBe(2));
  expect(sandboxOf(await host.invoke(version))).toBe(sandboxOf(second));
  expect(host.driver.booted).toHaveLength(2);
});

test("a waiting request is served by an environment that becomes free before the new one has started", async () => {
  let boots = 0;
  const never = new Promise<void>(() => undefined);
  await using host = new FakePools({ ...echo, boot: () => (++boots === 1 ? undefined : never) });
  const version = testVersion();
  const held = await host.pools.acquire(version, forever);
  const waiting = host.pools.acquire(version, forever);
  await held.run(testInvocation(version), forever);
  held[Symbol.dispose]();
  const served = await waiting;
  expect(served).toBe(held);
  served[Symbol.dispose]();
});

test("environments of different versions and revisions are never shared", async () => {
  await using host = new FakePools(echo);
  const sandboxes = new Set<string>();
  for (const wanted of [{}, { Version: "1" }, { snapshotId: "snapshot-2" }, { FunctionName: "other" }]) {
    sandboxes.add(sandboxOf(await host.invoke(testVersion(wanted))));
  }
  expect(sandboxes.size).toBe(4);
});

test("two snapshots with the same key share their environments", async () => {
  await using host = new FakePools(echo);
  const first = sandboxOf(await host.invoke(testVersion()));
  await settled(() => expect(host.pools.stats().environments.get("idle")).toBe(1));
  expect(sandboxOf(await host.invoke(testVersion()))).toBe(first);
});

test("an environment that has been idle for five minutes is stopped", async () => {
  await using host = new FakePools(echo);
  await host.invoke(testVersion());
  await settled(() => expect(host.pools.stats().environments.get("idle")).toBe(1));
  await host.clock.advance(299_000);
  expect(host.driver.stopped).toHaveLength(0);
  await host.clock.advance(1500);
  await settled(() => expect(host.driver.stopped).toHaveLength(1));
  expect(host.pools.stats().environments.size).toBe(0);
});

const HOUR_MS = 3_600_000;
const api = {
  handle: () => undefined,
  credentials: (_version: unknown, sandboxId: string) =>
    Promise.resolve({ accessKeyId: sandboxId, secretAccessKey: "s", sessionToken: "t" }),
  endpointVariables: [],
  maxAgeMs: 60_000,
};

test("an idle environment is stopped when its credentials are about to expire", async () => {
  await using host = new FakePools(echo, { idleTtlMs: HOUR_MS }, api);
  await host.invoke(testVersion());
  await settled(() => expect(host.pools.stats().environments.get("idle")).toBe(1));
  await host.clock.advance(59_000);
  expect(host.driver.stopped).toHaveLength(0);
  await host.clock.advance(1_500);
  await settled(() => expect(host.driver.stopped).toHaveLength(1));
});

test("an environment that becomes too old while busy serves no other request, and a waiting request gets another", async () => {
  await using host = new FakePools(echo, { idleTtlMs: HOUR_MS }, api);
  const version = testVersion();
  const old = await host.pools.acquire(version, forever);
  const first = await old.run(testInvocation(version), forever);
  await host.clock.advance(61_000);
  old[Symbol.dispose]();
  expect(sandboxOf(await host.invoke(version))).not.toBe(sandboxOf(first));
  await settled(() => expect(host.driver.stopped).toHaveLength(1));
});

test("an environment that has been idle for a second is frozen, and thawed before its next event", async () => {
  await using host = new FakePools(echo);
  const version = testVersion();
  await host.invoke(version);
  await settled(() => expect(host.pools.stats().environments.get("idle")).toBe(1));
  await host.clock.advance(900);
  expect(host.pools.stats().frozen).toBe(0);
  await host.clock.advance(400);
  expect(host.pools.stats().frozen).toBe(1);
  expect(host.driver.frozen.size).toBe(1);
  await host.invoke(version);
  expect(host.driver.frozen.size).toBe(0);
  expect(host.driver.calls.filter((call) => call === "freeze" || call === "thaw")).toEqual(["freeze", "thaw"]);
});

test("when memory is short, the environment that has been idle longest is stopped first", async () => {
  await using host = new FakePools(echo);
  const old = sandboxOf(await host.invoke(testVersion({ FunctionName: "old" })));
  await settled(() => expect(host.pools.stats().environments.get("idle")).toBe(1));
  await host.clock.advance(500);
  await host.invoke(testVersion({ FunctionName: "new" }));
  await settled(() => expect(host.pools.stats().environments.get("idle")).toBe(2));
  host.freeMemoryMb = 50;
  await host.clock.advance(250);
  await settled(() => expect(host.driver.stopped).toEqual([old]));
});

test("a warm invocation does not call the driver", async () => {
  await using host = new FakePools(echo);
  const version = testVersion();
  await host.invoke(version);
  const { calls } = host.driver;
  const before = calls.length;
  for (let i = 0; i < 20; i++) await host.invoke(version, { i });
  expect(calls.slice(before)).toEqual([]);
});

test("environments whose key is not retained stop, and a caller with the old snapshot is still served", async () => {
  await using host = new FakePools(echo);
  const old = testVersion();
  const current = testVersion({ snapshotId: "snapshot-2" });
  await host.invoke(old);
  await host.invoke(current);
  await settled(() => expect(host.pools.stats().environments.get("idle")).toBe(2));
  host.pools.retain(old, old.FunctionName, new Set([`${current.accountId}:us-east-1:hello:$LATEST:snapshot-2`]));
  await settled(() => expect(host.driver.stopped).toHaveLength(1));
  expect(host.pools.stats().environments.get("idle")).toBe(1);
  await host.invoke(old);
  await settled(() => expect(host.driver.stopped).toHaveLength(2));
  expect(host.pools.stats().environments.get("idle")).toBe(1);
});

test("a version that becomes current again after its pool was retired gets new environments, while the old ones drain", async () => {
  await using host = new FakePools(echo);
  const old = testVersion();
  const busy = await host.pools.acquire(old, forever);
  const drained = sandboxOf(await busy.run(testInvocation(old), forever));
  host.pools.retain(old, old.FunctionName, new Set());
  const first = sandboxOf(await host.invoke(testVersion()));
  await settled(() => expect(host.pools.stats().environments.get("idle")).toBe(1));
  expect(host.pools.stats().environments.get("busy")).toBe(1);
  busy[Symbol.dispose]();
  await settled(() => expect(host.driver.stopped).toEqual([drained]));
  expect(sandboxOf(await host.invoke(testVersion()))).toBe(first);
  host.pools.retain(old, old.FunctionName, new Set());
  await settled(() => expect(host.driver.stopped).toEqual([drained, first]));
});

test("versionsOf lists the versions of one function that have environments", async () => {
  await using host = new FakePools(echo);
  const of = (FunctionName: string) => [...host.pools.versionsOf(HERE, FunctionName)].toSorted();
  for (const version of [{}, { Version: "7" }, { FunctionName: "other", Version: "8" }])
    await host.invoke(testVersion(version));
  await settled(() => expect(host.pools.stats().environments.get("idle")).toBe(3));
  expect([of("hello"), of("other"), of("none")]).toEqual([["$LATEST", "7"], ["8"], []]);
  expect([...host.pools.versionsOf({ ...HERE, accountId: "111111111111" }, "hello")]).toEqual([]);
  host.pools.retain(HERE, "hello", new Set(["000000000000:us-east-1:hello:7:snapshot-1"]));
  await settled(() => expect(host.driver.stopped).toHaveLength(1));
  expect([of("hello"), of("other")]).toEqual([["7"], ["8"]]);
  host.pools.retain(HERE, "hello", new Set());
  await settled(() => expect(of("hello")).toEqual([]));
});

test("the environment started for an aborted request serves the next one", async () => {
  let release: (() => void) | undefined;
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  await using host = new FakePools({ ...echo, boot: () => gate });
  const version = testVersion();
  const aborter = new AbortController();
  const waiting = host.pools.acquire(version, aborter.signal);
  aborter.abort(new Error("gone"));
  await expect(waiting).rejects.toThrow("gone");
  release?.();
  await settled(() => expect(host.pools.stats().environments.get("idle")).toBe(1));
  await host.invoke(version);
  expect(host.driver.booted).toHaveLength(1);
});

test("a failed boot is a ServiceException, and the next request boots again", async () => {
  let boots = 0;
  await using host = new FakePools({
    ...echo,
    boot: () => {
      if (++boots <= 1) throw new Error("no room");
    },
  });
  const version = testVersion();
  await expect(host.invoke(version)).rejects.toMatchObject({ code: "ServiceException" });
  expect((await host.invoke(version)).outcome.kind).toBe("success");
});

test("an init that takes longer than ten seconds is retried once within the invocation, under the function's timeout", async () => {
  const never = new Promise<void>(() => undefined);
  await using host = new FakePools({ ...echo, init: () => never });
  const version = testVersion({ Timeout: 3 });
  const invoked = host.invoke(version, {}, { requestId: "slow" });
  await settled(() => expect(host.pools.stats().environments.get("initializing")).toBe(1));
  await host.clock.advance(10_000);
  await settled(() => expect(host.driver.calls.filter((call) => call === "specialise")).toHaveLength(2));
  await settled(() => expect(host.pools.stats().environments.get("busy")).toBe(1));
  await host.clock.advance(3000);
  const { outcome } = await invoked;
  expect(outcome).toMatchObject({ kind: "timedOut", afterMs: 3000 });
  await settled(() =>
    expect(host.logs.lines).toEqual([
      expect.stringMatching(/^INIT_START /),
      "INIT_REPORT Init Duration: 10000.00 ms\tPhase: init\tStatus: timeout",
      "INIT_REPORT Init Duration: 3000.00 ms\tPhase: invoke\tStatus: timeout",
      "START RequestId: slow Version: $LATEST",
      expect.stringMatching(/ slow Task timed out after 3\.00 seconds\n$/),
      "END RequestId: slow",
      expect.stringMatching(
        /^REPORT RequestId: slow\tDuration: 3000\.00 ms\tBilled Duration: 3000 ms\t.*Status: timeout$/,
      ),
    ]),
  );
});

test("durations, billing and the REPORT line come from the clock", async () => {
  const gate = Promise.withResolvers<void>();
  await using host = new FakePools({ handle: () => gate.promise });
  const version = testVersion();
  const environment = await host.pools.acquire(version, forever);
  host.driver.say({ kind: "memory", sandboxId: host.driver.booted[0] ?? "", maxMemoryBytes: 37.2 * 1024 * 1024 });
  const running = environment.run(testInvocation(version, { requestId: "r1" }), forever);
  await host.clock.advance(1234.5);
  gate.resolve();
  const report = await running;
  environment[Symbol.dispose]();
  expect(report).toMatchObject({ durationMs: 1234.5, billedMs: 1235, maxMemoryUsedMb: 38, initDurationMs: 0 });
  await settled(() => expect(host.logs.lines.at(-1)).toMatch(/^REPORT/));
  expect(host.logs.lines.at(-1)).toBe(
    "REPORT RequestId: r1\tDuration: 1234.50 ms\tBilled Duration: 1235 ms\tMemory Size: 128 MB\tMax Memory Used: 38 MB\tInit Duration: 0.00 ms\t",
  );
});

test("an environment whose sandbox dies while idle is not used again", async () => {
  await using host = new FakePools(echo);
  const version = testVersion();
  const first = sandboxOf(await host.invoke(version));
  await settled(() => expect(host.pools.stats().environments.get("idle")).toBe(1));
  host.driver.exit(first);
  expect(sandboxOf(await host.invoke(version))).not.toBe(first);
});

test("reconciliation stops unknown sandboxes, and fails the invocation of a sandbox that has disappeared", async () => {
  const never = new Promise<void>(() => undefined);
  await using host = new FakePools({ handle: () => never });
  const version = testVersion({ Timeout: 900 });
  const running = host.invoke(version, {}, { requestId: "lost" });
  await settled(() => expect(host.pools.stats().environments.get("busy")).toBe(1));
  host.driver.addOrphan("feedfeedfeedfeed");
  host.driver.exit(host.driver.booted[0] ?? "", {}, false);
  await host.clock.advance(10_000);
  await settled(() => expect(host.driver.stopped).toContain("feedfeedfeedfeed"));
  const { outcome } = await running;
  expect(outcome).toMatchObject({ kind: "functionError", errorType: "Runtime.ExitError" });
});

test("metrics count environments by state and inits by result", async () => {
  await using host = new FakePools(echo);
  await host.invoke(testVersion());
  await settled(() => expect(host.pools.stats().environments.get("idle")).toBe(1));
  const text = await host.registry.metrics();
  expect(text).toContain('hearth_environments{state="idle"} 1');
  expect(text).toContain('hearth_environment_inits_total{result="ready"} 1');
});

test("an invocation whose environment is stopped fails with a ServiceException", async () => {
  const never = new Promise<void>(() => undefined);
  await using host = new FakePools({ handle: () => never });
  const version = testVersion({ Timeout: 900 });
  let environment: ExecutionEnvironment | undefined;
  const running = host.pools.acquire(version, forever).then((acquired) => {
    environment = acquired;
    return acquired.run(testInvocation(version), forever);
  });
  await settled(() => expect(environment?.status).toBe("busy"));
  const failed = expect(running).rejects.toMatchObject({ code: "ServiceException" });
  await environment?.stop();
  await failed;
});

test("a runtime that does not ask for the next event soon after its response does not delay the next request", async () => {
  await using host = new FakePools({ ...echo, afterAnswer: () => new Promise(() => undefined) });
  const version = testVersion();
  const first = sandboxOf(await host.invoke(version));
  const second = host.invoke(version);
  await host.clock.advance(49);
  expect(host.driver.booted).toHaveLength(1);
  await host.clock.advance(1);
  expect(sandboxOf(await second)).not.toBe(first);
});

test("a runtime that never asks for the next event is stopped at the timeout", async () => {
  await using host = new FakePools({ ...echo, afterAnswer: () => new Promise(() => undefined) });
  expect((await host.invoke(testVersion({ Timeout: 3 }))).outcome.kind).toBe("success");
  await host.clock.advance(3000);
  await settled(() => expect(host.driver.stopped).toHaveLength(1));
});

test("an environment that cannot be thawed is stopped, and the next request gets another", async () => {
  await using host = new FakePools(echo);
  const version = testVersion();
  const first = sandboxOf(await host.invoke(version));
  await settled(() => expect(host.pools.stats().environments.get("idle")).toBe(1));
  await host.clock.advance(1500);
  host.driver.behaviour.thaw = () => {
    throw new Error("no such cgroup");
  };
  await expect(host.invoke(version)).rejects.toThrow("no such cgroup");
  await settled(() => expect(host.driver.stopped).toEqual([first]));
  expect((await host.invoke(version)).outcome.kind).toBe("success");
});
