import { expect, test, vi } from "vitest";
import type { FakeBehaviour } from "./testing/fakeDriver.ts";
import { FakePools } from "./testing/fakePools.ts";
import { testInvocation, testVersion } from "./testing/testVersion.ts";

const forever = new AbortController().signal;
const echo: FakeBehaviour = { handle: (event, sandboxId) => ({ event, sandboxId }) };
/** Real sockets need real turns of the event loop. */
const settled = (check: () => void | Promise<void>) => vi.waitFor(check, { timeout: 5000, interval: 2 });
const MB = 1024 * 1024;

function bootedOf(host: FakePools): number {
  return [...host.pools.stats().booted.values()].reduce((sum, count) => sum + count, 0);
}

/** Advances the clock until `booted` sandboxes are ready. */
async function refilled(host: FakePools, booted: number): Promise<void> {
  await settled(async () => {
    await host.clock.advance(300);
    expect(bootedOf(host)).toBe(booted);
  });
}

/** Gives the refill several rounds in which it could boot more. */
async function rounds(host: FakePools, count = 8): Promise<void> {
  for (let i = 0; i < count; i++) {
    await host.clock.advance(300);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

test("sandboxes are booted ahead for what is taken, not while memory is short, and stopped when it is no longer used", async () => {
  await using host = new FakePools(echo, { bootedPerRuntime: 2 });
  host.freeMemoryMb = 50;
  host.pools.expect(testVersion());
  await rounds(host, 3);
  expect(host.driver.booted).toHaveLength(0);
  host.freeMemoryMb = 10_000;
  await refilled(host, 1);
  await host.invoke(testVersion());
  expect(host.driver.booted).toHaveLength(1);
  await refilled(host, 2);
  await settled(async () => {
    await host.clock.advance(31 * 60_000);
    expect(bootedOf(host)).toBe(0);
  });
});

test("updates of configurations alone do not let booted sandboxes grow", async () => {
  await using host = new FakePools(echo, { bootedPerRuntime: 1 });
  for (let tmpMb = 512; tmpMb < 532; tmpMb++) {
    host.pools.expect(testVersion({ tmpMb }));
    await host.clock.advance(300);
  }
  await rounds(host);
  expect(host.driver.booted.length).toBeLessThanOrEqual(3);
  expect(bootedOf(host)).toBeLessThanOrEqual(2);
  expect(host.driver.booted.length - host.driver.stopped.length).toBeLessThanOrEqual(2);
});

test("all kinds together keep a limited number of booted sandboxes, those that were taken last", async () => {
  await using host = new FakePools(echo, { bootedPerRuntime: 2, bootedLimit: 3 });
  for (const Runtime of ["nodejs20.x", "nodejs22.x", "nodejs24.x"]) {
    await host.invoke(testVersion({ FunctionName: Runtime.replace(".", "-"), Runtime }));
    await host.clock.advance(300);
  }
  await settled(async () => {
    await host.clock.advance(300);
    const { booted } = host.pools.stats();
    expect([booted.get("nodejs24.x"), booted.get("nodejs22.x"), booted.get("nodejs20.x")]).toEqual([2, 1, 0]);
  });
  host.pools.expect(testVersion({ tmpMb: 1024 }));
  await rounds(host);
  expect(host.pools.stats().booted.get("nodejs22.x")).toBe(1);
});

test("booted sandboxes are given back while memory is short", async () => {
  await using host = new FakePools(echo, { bootedPerRuntime: 2 });
  await host.invoke(testVersion());
  await refilled(host, 2);
  host.freeMemoryMb = 50;
  await refilled(host, 0);
});

test("a start that would leave too little memory stops idle environments first, the least valuable ones", async () => {
  await using host = new FakePools(echo);
  const old = testVersion({ FunctionName: "old" });
  await host.invoke(old);
  await settled(() => expect(host.pools.stats().environments.get("idle")).toBe(1));
  await host.clock.advance(5_000);
  const recent = testVersion({ FunctionName: "recent" });
  await host.invoke(recent);
  await settled(() => expect(host.pools.stats().environments.get("idle")).toBe(2));
  await host.clock.advance(1_000);
  // 100 MB must stay free, and what each of the idle ones may still grow by is kept for it.
  host.freeMemoryMb = 100 + 128 + 2 * 128 - 10;
  host.driver.behaviour.stop = () => {
    host.freeMemoryMb += 128;
    return Promise.resolve();
  };
  await host.invoke(testVersion({ FunctionName: "new" }));
  expect(host.driver.stopped).toEqual([host.driver.booted[0]]);
});

test("without memory a start waits until there is some, and is throttled after the function's timeout", async () => {
  await using host = new FakePools(echo);
  const version = testVersion({ FunctionName: "busy" });
  const busy = await host.pools.acquire(version, forever);
  host.freeMemoryMb = 200;
  const waiting = host.invoke(testVersion({ FunctionName: "waits", Timeout: 3 }));
  const refused = host.invoke(testVersion({ FunctionName: "refused", Timeout: 1 }));
  const throttled = expect(refused).rejects.toMatchObject({
    code: "TooManyRequestsException",
    members: { Reason: "ConcurrentInvocationLimitExceeded" },
  });
  await host.clock.advance(1_200);
  await throttled;
  expect(host.driver.booted).toHaveLength(1);
  host.freeMemoryMb = 10_000;
  await host.clock.advance(200);
  expect((await waiting).outcome.kind).toBe("success");
  busy[Symbol.dispose]();
});

test("a host that is too small for the estimate still runs one environment at a time", async () => {
  await using host = new FakePools(echo);
  host.freeMemoryMb = 150;
  expect((await host.invoke(testVersion({ MemorySize: 3008 }))).outcome.kind).toBe("success");
});

test("a version is expected to use what its environments have used, not its MemorySize", async () => {
  await using host = new FakePools(echo);
  const version = testVersion({ MemorySize: 2048 });
  const first = await host.pools.acquire(version, forever);
  host.driver.say({ kind: "memory", sandboxId: host.driver.booted[0] ?? "", maxMemoryBytes: 40 * MB });
  await first.run(testInvocation(version), forever);
  first[Symbol.dispose]();
  await settled(() => expect(host.pools.stats().environments.get("idle")).toBe(1));
  const again = await host.pools.acquire(version, forever);
  host.freeMemoryMb = 250;
  expect((await host.invoke(version)).outcome.kind).toBe("success");
  again[Symbol.dispose]();
});

test("a start must fit into the memory for all sandboxes, of which they take what they hold now, and not what they once used", async () => {
  await using host = new FakePools(echo);
  const large = await host.pools.acquire(testVersion({ FunctionName: "large", MemorySize: 10_240 }), forever);
  const [sandboxId = ""] = host.driver.booted;
  const say = (heldMb: number) =>
    host.driver.say({ kind: "memory", sandboxId, maxMemoryBytes: 12_950 * MB, heldBytes: heldMb * MB });
  say(12_950);
  const waiting = host.invoke(testVersion({ Timeout: 30 }));
  await host.clock.advance(500);
  expect(host.driver.booted).toHaveLength(1);
  say(50);
  await host.clock.advance(200);
  expect((await waiting).outcome.kind).toBe("success");
  large[Symbol.dispose]();
});

test("files in /tmp count in what a version is expected to use", async () => {
  await using host = new FakePools(echo);
  const version = testVersion({ MemorySize: 256 });
  const first = await host.pools.acquire(version, forever);
  const [sandboxId = ""] = host.driver.booted;
  host.driver.say({ kind: "memory", sandboxId, maxMemoryBytes: 40 * MB, tmpBytes: 400 * MB });
  await first.run(testInvocation(version), forever);
  first[Symbol.dispose]();
  await settled(() => expect(host.pools.stats().environments.get("idle")).toBe(1));
  const again = await host.pools.acquire(version, forever);
  host.freeMemoryMb = 100 + 430;
  const waiting = host.invoke(version);
  await host.clock.advance(500);
  expect(host.driver.booted).toHaveLength(1);
  host.freeMemoryMb = 100 + 450;
  await host.clock.advance(200);
  await waiting;
  again[Symbol.dispose]();
});

test("a /tmp that a function asked for counts before it was measured, the usual one does not", async () => {
  await using host = new FakePools(echo);
  const busy = await host.pools.acquire(testVersion(), forever);
  host.freeMemoryMb = 100 + 2 * 128;
  expect((await host.invoke(testVersion({ FunctionName: "usual" }))).outcome.kind).toBe("success");
  host.freeMemoryMb = 100 + 3 * 128 + 400;
  const refused = expect(host.invoke(testVersion({ FunctionName: "asks", tmpMb: 1024, Timeout: 1 }))).rejects.toThrow();
  await host.clock.advance(1_200);
  await refused;
  busy[Symbol.dispose]();
});

const greedy = (n: number) =>
  testVersion({ accountId: "111111111111", FunctionName: `greedy${n}`, MemorySize: 10_240, Timeout: 900 });

test("what functions of one account were expected to use, but have not, keeps no start of another account waiting for long", async () => {
  await using host = new FakePools(echo);
  host.freeMemoryMb = 20_000;
  const running = await Promise.all([1, 2, 3].map((n) => host.pools.acquire(greedy(n), forever)));
  // The estimates of the three together are 12,000 MB; that counts 4,000 at first against others.
  host.freeMemoryMb = 3_000;
  const asked = host.invoke(testVersion({ Timeout: 30 }));
  await host.clock.advance(500);
  expect(host.driver.booted).toHaveLength(3);
  await host.clock.advance(6_000);
  expect((await asked).outcome.kind).toBe("success");
  for (const environment of running) environment[Symbol.dispose]();
});

test("a start that does not fit keeps no start of another account waiting, even a larger one", async () => {
  const never = new Promise<void>(() => undefined);
  await using host = new FakePools({ ...echo, init: () => never });
  const signal = AbortSignal.timeout(60_000);
  // It is being initialised for as long as the test takes.
  void host.pools.acquire(greedy(1), signal).catch(() => undefined);
  await settled(() => expect(host.driver.booted).toHaveLength(1));
  host.freeMemoryMb = 4_900;
  void host.pools.acquire(greedy(2), signal).catch(() => undefined);
  const other = host.pools.acquire(testVersion({ MemorySize: 10_240, Timeout: 30 }), signal).catch(() => undefined);
  await host.clock.advance(9_000);
  await settled(() => expect(host.driver.booted).toHaveLength(2));
  void other;
});

test("a synchronous caller is served before the events that wait for the same function", async () => {
  const gate = Promise.withResolvers<void>();
  await using host = new FakePools({ ...echo, boot: () => gate.promise }, { maxParallelBoots: 1 });
  const version = testVersion();
  const order: string[] = [];
  const asked = (name: string, isEvent: boolean) =>
    host.pools.acquire(version, forever, isEvent).then(async (environment) => {
      order.push(name);
      await environment.run(testInvocation(version), forever);
      environment[Symbol.dispose]();
    });
  const all = [asked("event", true), asked("event", true), asked("caller", false)];
  gate.resolve();
  await Promise.all(all);
  expect(order).toEqual(["caller", "event", "event"]);
});

test("a backlog of events boots no environments that it no longer needs", async () => {
  await using host = new FakePools(echo);
  const version = testVersion();
  const run = async (): Promise<void> => {
    const environment = await host.pools.acquire(version, forever, true);
    await environment.run(testInvocation(version), forever);
    environment[Symbol.dispose]();
  };
  await Promise.all(Array.from({ length: 100 }, run));
  await rounds(host, 3);
  expect(host.driver.booted.length).toBeLessThan(90);
});

test("a caller's environment boots before more than two of those that a backlog of events waits for", async () => {
  const releases: (() => void)[] = [];
  await using host = new FakePools({ ...echo, boot: () => new Promise<void>((resolve) => releases.push(resolve)) });
  const backlog = Array.from({ length: 50 }, () => host.pools.acquire(testVersion(), forever, true));
  await settled(() => expect(releases).toHaveLength(2));
  const call = host.pools.acquire(testVersion({ FunctionName: "called" }), forever);
  await settled(() => expect(releases).toHaveLength(3));
  releases[2]?.();
  (await call)[Symbol.dispose]();
  expect(releases.length).toBeLessThanOrEqual(4);
  const served = backlog.map((event) => event.then((environment) => environment[Symbol.dispose]()));
  await settled(async () => {
    for (const release of releases) release();
    await Promise.race([Promise.all(served), new Promise((_, reject) => setTimeout(reject, 20))]);
  });
});
