import { silentLogger, SystemClock, systemRandom } from "@hearth/kit";
import type { FunctionVersion } from "@hearth/model";
import { ACCOUNT, HERE, type TestDatabase, testDatabase } from "@hearth/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { IndexedFunction, LoadedFunction } from "../functions/activation.ts";
import type { FunctionKey } from "../functions/functionRows.ts";
import { recordFunctionChange } from "../functions/functionChange.ts";
import { FunctionIndex } from "./functionIndex.ts";
import { AnotherInvokerRuns, InvokerLease, isAcknowledged, LEASE_MS } from "./invokerLease.ts";
import { POOL_OF_ALL, PoolLease } from "./poolLease.ts";

/** Functions whose only content is a revision, and versions 1 to 9 but 5; a load can be held up. */
class Functions {
  readonly revisions = new Map<string, number>();
  loads = 0;
  gate: Promise<void> = Promise.resolve();

  async loadFunction(key: FunctionKey, versions: readonly string[]): Promise<LoadedFunction | undefined> {
    const { FunctionName } = key;
    this.loads++;
    const revision = this.revisions.get(FunctionName);
    await this.gate;
    if (revision === undefined) return undefined;
    const there = ["$LATEST", ...versions.filter((version) => Number(version) < 10 && version !== "5")];
    return {
      ...key,
      lastVersion: 9,
      versions: new Map(
        there.map((Version) => [Version, { ...key, Version, snapshotId: String(revision) } as FunctionVersion]),
      ),
      notActive: new Map(),
      aliases: new Map(),
    };
  }
}

/** The real clock, which can be moved. */
class ShiftedClock extends SystemClock {
  shiftMs = 0;
  override monotonicMs(): number {
    return super.monotonicMs() + this.shiftMs;
  }
}

let db: TestDatabase;
let functions: Functions;
let clock: ShiftedClock;
let index: FunctionIndex;

function newIndex(onSuperseded: (error: AnotherInvokerRuns) => void = () => undefined): FunctionIndex {
  const lease = new InvokerLease(systemRandom.uuid(), "the test", db.database, 500);
  return new FunctionIndex({
    database: db.database,
    functions,
    lease,
    clock,
    logger: silentLogger,
    onSuperseded,
  });
}

function revision(found: IndexedFunction | undefined, version = "$LATEST"): string | undefined {
  return found?.versions.get(version)?.snapshotId;
}

async function change(name: string, to: number | undefined): Promise<bigint> {
  return await db.database.transaction(async (tx) => {
    if (to === undefined) functions.revisions.delete(name);
    else functions.revisions.set(name, to);
    return await recordFunctionChange(tx, { ...HERE, FunctionName: name });
  });
}

async function applied(seq: bigint): Promise<void> {
  await expect.poll(() => isAcknowledged(db.database, seq), { interval: 1 }).toBe(true);
}

beforeEach(async () => {
  db = await testDatabase();
  functions = new Functions();
  clock = new ShiftedClock();
  index = newIndex();
  await index.start();
});
afterEach(async () => {
  await index[Symbol.asyncDispose]();
  await db[Symbol.asyncDispose]();
});

test("a function is loaded once and then answered from memory", async () => {
  functions.revisions.set("f", 1);
  expect(index.find(HERE, "f")).toBeUndefined();
  await Promise.all([index.load(HERE, "f"), index.load(HERE, "f")]);
  expect(revision(index.find(HERE, "f"))).toBe("1");
  expect(functions.loads).toBe(1);
  expect(await index.load(HERE, "none")).toBeUndefined();
});

test("concurrent first requests of a version share one read, later ones are answered from memory", async () => {
  functions.revisions.set("f", 1);
  await index.load(HERE, "f", "alias");
  expect(index.find(HERE, "f", "3")).toBeUndefined();
  const [one, other] = await Promise.all([index.load(HERE, "f", "3"), index.load(HERE, "f", "3")]);
  expect([revision(one, "3"), revision(other, "3")]).toEqual(["1", "1"]);
  expect(revision(index.find(HERE, "f", "3"), "3")).toBe("1");
  expect(revision(index.find(HERE, "f", "no such alias"))).toBe("1");
  expect(functions.loads).toBe(2);
});

test("a new function is found within a second even when its change was not delivered", async () => {
  expect(await index.load(HERE, "late")).toBeUndefined();
  functions.revisions.set("late", 1);
  clock.shiftMs += 1_000;
  expect(revision(await index.load(HERE, "late"))).toBe("1");
});

test("misses are cached until the change log mentions the function", async () => {
  const ask = async (): Promise<void> => {
    expect(await index.load(HERE, "none")).toBeUndefined();
    for (const version of ["5", "10", "999999999999999999"])
      expect((await index.load(HERE, "f", version))?.versions.get(version)).toBeUndefined();
  };
  functions.revisions.set("f", 1);
  for (let i = 0; i < 5; i++) await ask();
  expect(functions.loads).toBe(2); // none, and f with 5; higher numbers have never been given
  const seq = await change("none", 1);
  await applied(seq);
  expect(revision(await index.load(HERE, "none"))).toBe("1");
});

test("after a change the versions with environments are loaded again, and listeners get the key of each", async () => {
  await change("f", 1);
  for (const version of ["3", "4"]) await index.load(HERE, "f", version);
  const heard: string[] = [];
  index.setVersionsInUse(() => ["$LATEST", "3", "5"]);
  index.onChange((_fn, keys) => heard.push([...keys].join(" ")));
  await change("f", 2);
  await expect.poll(() => heard.at(-1)).toBe(`${ACCOUNT}:us-east-1:f:$LATEST:2 ${ACCOUNT}:us-east-1:f:3:2`);
  expect(revision(index.find(HERE, "f", "3"), "3")).toBe("2");
  expect(index.find(HERE, "f", "4")).toBeUndefined();
  expect(index.find(HERE, "f", "5")?.versions.has("5")).toBe(false);
});

test("listeners get the key of a version that got environments, from an older load, while a change was applied", async () => {
  await applied(await change("f", 1));
  await index.load(HERE, "f");
  const held: string[] = [];
  const heard: string[] = [];
  index.setVersionsInUse(() => held);
  index.onChange((_fn, keys) => heard.push([...keys].join(" ")));
  const overtaken = Promise.withResolvers<void>();
  functions.gate = overtaken.promise;
  const early = index.load(HERE, "f", "7");
  const reload = Promise.withResolvers<void>();
  functions.gate = reload.promise;
  await change("f", 2);
  await expect.poll(() => functions.loads, { interval: 1 }).toBe(3);
  overtaken.resolve();
  expect(revision(await early, "7")).toBe("1");
  held.push("7");
  reload.resolve();
  await expect.poll(() => heard).toEqual([`${ACCOUNT}:us-east-1:f:$LATEST:2 ${ACCOUNT}:us-east-1:f:7:2`]);
});

test("a reload that a later change made stale does not report versions that were loaded since", async () => {
  await applied(await change("f", 1));
  await index.load(HERE, "f", "7");
  const heard: string[] = [];
  index.setVersionsInUse(() => ["7"]);
  index.onChange((_fn, keys) => heard.push([...keys].join(" ")));
  const first = Promise.withResolvers<void>();
  functions.gate = first.promise;
  await change("f", 2);
  await expect.poll(() => functions.loads, { interval: 1 }).toBe(2);
  const second = Promise.withResolvers<void>();
  functions.gate = second.promise;
  await applied(await change("f", 3));
  await expect.poll(() => functions.loads, { interval: 1 }).toBe(3);
  functions.gate = Promise.resolve();
  expect(revision(await index.load(HERE, "f"))).toBe("3");
  first.resolve();
  await new Promise((resolve) => setImmediate(resolve));
  expect(heard).toEqual([]);
  second.resolve();
  const both = `${ACCOUNT}:us-east-1:f:$LATEST:3 ${ACCOUNT}:us-east-1:f:7:3`;
  await expect.poll(() => heard).toEqual([both, both]);
});

test("a version whose load began before a change is not kept", async () => {
  await change("f", 1);
  await index.load(HERE, "f");
  const gate = Promise.withResolvers<void>();
  functions.gate = gate.promise;
  const early = index.load(HERE, "f", "3");
  const seq = await change("f", 2);
  await applied(seq);
  gate.resolve();
  expect(revision(await early, "3")).toBe("1");
  expect(revision(await index.load(HERE, "f", "3"), "3")).toBe("2");
  expect(revision(index.find(HERE, "f", "3"), "3")).toBe("2");
});

test("once a change is acknowledged the old configuration is never answered again", async () => {
  await change("f", 1);
  await index.load(HERE, "f");
  for (let i = 2; i < 20; i++) {
    const seq = await change("f", i);
    await applied(seq);
    expect(revision(await index.load(HERE, "f"))).toBe(String(i));
  }
});

test("a load that began before a change is not kept", async () => {
  await change("f", 1);
  const gate = Promise.withResolvers<void>();
  functions.gate = gate.promise;
  const early = index.load(HERE, "f");
  const seq = await change("f", 2);
  await applied(seq);
  gate.resolve();
  expect(revision(await early)).toBe("1");
  expect(revision(await index.load(HERE, "f"))).toBe("2");
  expect(revision(index.find(HERE, "f"))).toBe("2");
});

test("functions in use are loaded again after a change, and listeners get the revisions that may still run", async () => {
  await change("f", 1);
  await index.load(HERE, "f");
  const heard: string[] = [];
  index.onChange(({ FunctionName }, keys) => heard.push(`${FunctionName} ${[...keys].join()}`));
  await change("f", 2);
  await expect.poll(() => heard.at(-1)).toBe(`f ${ACCOUNT}:us-east-1:f:$LATEST:2`);
  expect(revision(index.find(HERE, "f"))).toBe("2");
  await change("f", undefined);
  await expect.poll(() => heard.at(-1)).toBe("f ");
});

test("an index whose lease has lapsed does not answer, and answers again after it has caught up", async () => {
  await change("f", 1);
  await index.load(HERE, "f");
  clock.shiftMs = LEASE_MS + 1;
  expect(index.find(HERE, "f")).toBeUndefined();
  functions.revisions.set("f", 2);
  expect(revision(await index.load(HERE, "f"))).toBe("2"); // straight from the store
  await change("f", 3); // wakes it
  await expect.poll(() => revision(index.find(HERE, "f"))).toBe("3");
});

test("after a lost connection everything is loaded again", async () => {
  await change("f", 1);
  await index.load(HERE, "f");
  functions.revisions.set("f", 2); // a change that no log row tells of, as after a fail-over
  await db.database.query(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'hearth-invoker%'",
  );
  await expect.poll(() => revision(index.find(HERE, "f")), { timeout: 5_000 }).toBe("2");
});

test("a second invoker refuses to start and names the one that runs", async () => {
  const second = newIndex();
  await expect(second.start()).rejects.toThrow(AnotherInvokerRuns);
  await expect(newIndex().start()).rejects.toThrow(/the test.*stop the other one/);
});

test("an invoker whose pool another one has taken stops answering from its index and reports it", async () => {
  await index[Symbol.asyncDispose]();
  const superseded = Promise.withResolvers<Error>();
  index = newIndex(superseded.resolve);
  await index.start();
  await change("f", 1);
  await index.load(HERE, "f");
  await new PoolLease(POOL_OF_ALL, "another").take(db.database, LEASE_MS);
  clock.shiftMs = LEASE_MS + 1; // the next renewal is due
  await change("f", 2); // wakes the index
  expect(await superseded.promise).toBeInstanceOf(AnotherInvokerRuns);
  expect(index.find(HERE, "f")).toBeUndefined();
});

test("an invoker that stopped does not hold up activations, and releases the lock", async () => {
  const seq = await change("f", 1);
  await index[Symbol.asyncDispose]();
  expect(await isAcknowledged(db.database, seq + 1_000n)).toBe(true);
  index = newIndex();
  await index.start();
});
