import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLogger, SystemClock } from "@hearth/kit";
import {
  HangingProxy,
  noRedis,
  skipReason,
  type TestDatabase,
  testDatabase,
  type TestRedis,
  testRedis,
} from "@hearth/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Bus, type BusConnection } from "./bus.ts";

const clock = new SystemClock();
let topics = 0;
const newTopic = (): string => `topic-${++topics}`;

/** What every kind of bus keeps. */
function busContract(connection: () => BusConnection): void {
  const open = (topic: string): Bus =>
    new Bus(topic, { connection: connection(), prefix: "test" }, { clock, logger: silentLogger });
  test("a worker gets ids that were woken before it started", async () => {
    await using bus = open(newTopic());
    await bus.wake(["a", "b"]);
    const taken: string[] = [];
    await using _ = bus.work(async (ids) => void taken.push(...ids));
    await expect.poll(() => taken, { timeout: 10_000 }).toEqual(["a", "b"]);
  });

  test("one of two workers gets a wake-up", async () => {
    const topic = newTopic();
    await using first = open(topic);
    await using second = open(topic);
    const taken: string[] = [];
    await using _a = first.work(async (ids) => void taken.push(...ids));
    await using _b = second.work(async (ids) => void taken.push(...ids));
    const ids = Array.from({ length: 20 }, (_value, index) => `event-${index}`);
    for (const id of ids) await first.wake([id]);
    await expect.poll(() => taken.length, { timeout: 15_000 }).toBe(20);
    await clock.sleep(200);
    expect(taken.toSorted()).toEqual(ids.toSorted());
  });

  test("a wake-up goes to the worker of its process, and while that one is busy to another one", async () => {
    const topic = newTopic();
    await using first = open(topic);
    await using second = open(topic);
    const taken: string[] = [];
    const busy = Promise.withResolvers<void>();
    await using _a = first.work(async (ids) => {
      taken.push(`first ${ids[0]}`);
      await busy.promise;
    });
    await first.wake(["a"]);
    expect(taken).toEqual(["first a"]);
    await using _b = second.work(async (ids) => void taken.push(`second ${ids[0]}`));
    // The first worker may have taken the next one from the backend already, and lets it wait.
    for (const id of ["b", "c"]) await first.wake([id]);
    await expect.poll(() => taken.some((one) => one.startsWith("second")), { timeout: 15_000 }).toBe(true);
    busy.resolve();
    await expect.poll(() => taken.length, { timeout: 15_000 }).toBe(3);
  });

  test("a handler that throws does not stop the next wake-up", async () => {
    await using bus = open(newTopic());
    const taken: string[] = [];
    await using _ = bus.work(async (ids) => {
      if (ids[0] === "bad") throw new Error("no");
      taken.push(...ids);
    });
    await bus.wake(["bad"]);
    await bus.wake(["good"]);
    await expect.poll(() => taken, { timeout: 10_000 }).toEqual(["good"]);
  });
}

describe("the bus on PostgreSQL", () => {
  let postgres: TestDatabase;
  beforeAll(async () => void (postgres = await testDatabase()));
  afterAll(() => postgres[Symbol.asyncDispose]());
  busContract(() => ({ kind: "postgres", connection: postgres.connection }));

  test("without a connection at first, wake-ups reject and a worker tries again once a second; later both work", async () => {
    const { connectionString, host = "", port = 5432, user, password, database } = postgres.connection;
    const url = connectionString === undefined ? undefined : new URL(connectionString);
    const target = url
      ? { host: url.hostname, port: Number(url.port || 5432) }
      : { path: join(host, `.s.PGSQL.${port}`) };
    const credentials = url
      ? { user: url.username, password: url.password, database: url.pathname.slice(1) }
      : { ...(user && { user }), ...(password && { password }), ...(database && { database }) };
    const folder = await mkdtemp(join(tmpdir(), "hearth-bus-"));
    await using stack = new AsyncDisposableStack();
    stack.defer(() => rm(folder, { recursive: true, force: true }));
    let attempts = 0;
    const logger = { ...silentLogger, debug: () => void attempts++, warn: () => void attempts++ };
    const connection = { kind: "postgres", connection: { ...credentials, host: folder, port: 5432 } } as const;
    const topic = newTopic();
    const bus = stack.use(new Bus(topic, { connection, prefix: "test" }, { clock, logger: silentLogger }));
    // Another process's.
    const working = stack.use(new Bus(topic, { connection, prefix: "test" }, { clock, logger }));
    const taken: string[] = [];
    stack.use(working.work(async (ids) => void taken.push(...ids)));
    await expect(bus.wake(["lost"])).rejects.toThrow("ENOENT");
    await expect.poll(() => attempts, { timeout: 30_000 }).toBeGreaterThan(2);
    const since = clock.monotonicMs();
    const before = attempts;
    await clock.sleep(1_500);
    expect(attempts - before).toBeLessThan((clock.monotonicMs() - since) / 100);
    stack.use(await HangingProxy.open(target, join(folder, ".s.PGSQL.5432")));
    await bus.wake(["later"]);
    await expect.poll(() => taken, { timeout: 30_000 }).toEqual(["later"]);
  }, 120_000);
});

/** An error that has no listener ends the process, here the test's. */
test("connections that PostgreSQL ends at any moment of opening, working and closing end no process", async () => {
  await using postgres = await testDatabase();
  const connection: BusConnection = { kind: "postgres", connection: postgres.connection };
  const stop = new AbortController();
  const ending = (async () => {
    let ended = 0;
    while (!stop.signal.aborted) {
      const rows = await postgres.database.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()",
      );
      ended += rows.length;
    }
    return ended;
  })();
  for (let round = 0; round < 30; round++) {
    const bus = new Bus(newTopic(), { connection, prefix: "test" }, { clock, logger: silentLogger });
    const working = bus.work(() => Promise.resolve());
    await bus.wake(["a"]).catch(() => undefined);
    await Promise.allSettled([working[Symbol.asyncDispose](), bus[Symbol.asyncDispose]()]);
  }
  stop.abort(new Error("done"));
  expect(await ending).toBeGreaterThan(0);
}, 120_000);

describe("the bus on Redis", skipReason(await noRedis()), () => {
  let redis: TestRedis;
  beforeAll(async () => void (redis = await testRedis()));
  afterAll(() => redis[Symbol.asyncDispose]());
  busContract(() => ({ kind: "redis", url: redis.url }));

  test("a wake-up rejects soon when Redis is down, and works again when it is back", async () => {
    const own = await testRedis();
    await using bus = new Bus(
      "gone",
      { connection: { kind: "redis", url: own.url }, prefix: "test" },
      { clock, logger: silentLogger },
    );
    await bus.wake(["a"]);
    await own[Symbol.asyncDispose]();
    const since = clock.monotonicMs();
    await expect(bus.wake(["b"])).rejects.toThrow();
    expect(clock.monotonicMs() - since).toBeLessThan(5_000);
  });

  test("a wake-up rejects when Redis hangs; when Redis goes on, wake-ups reach the same worker again", async () => {
    const { hostname: host, port } = new URL(redis.url);
    await using proxy = await HangingProxy.open({ host, port: Number(port) });
    const url = `redis://127.0.0.1:${proxy.port}`;
    const topic = newTopic();
    const open = (): Bus =>
      new Bus(topic, { connection: { kind: "redis", url }, prefix: "test" }, { clock, logger: silentLogger });
    await using bus = open();
    // Another process's.
    await using working = open();
    const taken: string[] = [];
    await using _worker = working.work(async (ids) => void taken.push(...ids));
    await bus.wake(["before"]);
    await expect.poll(() => taken, { timeout: 10_000 }).toEqual(["before"]);
    proxy.hang();
    await expect(bus.wake(["lost or late"])).rejects.toThrow("Command timed out");
    proxy.goOn();
    const wakes = async (): Promise<boolean> => {
      await bus.wake(["after"]).catch(() => undefined);
      return taken.includes("after");
    };
    await expect.poll(wakes, { timeout: 90_000, interval: 500 }).toBe(true);
  }, 120_000);
});
