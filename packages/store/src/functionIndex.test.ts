import { silentLogger, SystemClock, systemRandom } from "@hearth/kit";
import type { FunctionVersion } from "@hearth/model";
import { type TestDatabase, testDatabase } from "@hearth/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { IndexedFunction } from "./activation.ts";
import { recordChange } from "./changeLog.ts";
import { FunctionIndex } from "./functionIndex.ts";
import { AnotherInvokerRuns, InvokerLease, isAcknowledged, LEASE_MS } from "./invokerLease.ts";

const ACCOUNT = "000000000000";

/** Functions whose only content is a revision; a load can be held up. */
class Functions {
  readonly revisions = new Map<string, number>();
  loads = 0;
  gate: Promise<void> = Promise.resolve();

  async loadFunction(accountId: string, FunctionName: string): Promise<IndexedFunction | undefined> {
    this.loads++;
    const revision = this.revisions.get(FunctionName);
    await this.gate;
    if (revision === undefined) return undefined;
    const version = { accountId, FunctionName, Version: "$LATEST", snapshotId: String(revision) } as FunctionVersion;
    return {
      accountId,
      FunctionName,
      versions: new Map([["$LATEST", version]]),
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

function newIndex(): FunctionIndex {
  const lease = new InvokerLease(systemRandom.uuid(), "the test", db.database, 500);
  return new FunctionIndex({
    database: db.database,
    functions,
    lease,
    clock,
    logger: silentLogger,
    onSuperseded: () => undefined,
  });
}

function revision(found: IndexedFunction | undefined): string | undefined {
  return found?.versions.get("$LATEST")?.snapshotId;
}

async function change(name: string, to: number | undefined): Promise<bigint> {
  return await db.database.transaction(async (tx) => {
    if (to === undefined) functions.revisions.delete(name);
    else functions.revisions.set(name, to);
    return await recordChange(tx, ACCOUNT, name);
  });
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
  expect(index.find(ACCOUNT, "f")).toBeUndefined();
  await Promise.all([index.load(ACCOUNT, "f"), index.load(ACCOUNT, "f")]);
  expect(revision(index.find(ACCOUNT, "f"))).toBe("1");
  expect(functions.loads).toBe(1);
  expect(await index.load(ACCOUNT, "none")).toBeUndefined();
});

test("once a change is acknowledged the old configuration is never answered again", async () => {
  await change("f", 1);
  await index.load(ACCOUNT, "f");
  for (let i = 2; i < 20; i++) {
    const seq = await change("f", i);
    await expect.poll(() => isAcknowledged(db.database, seq), { interval: 1 }).toBe(true);
    expect(revision(await index.load(ACCOUNT, "f"))).toBe(String(i));
  }
});

test("a load that began before a change is not kept", async () => {
  await change("f", 1);
  const gate = Promise.withResolvers<void>();
  functions.gate = gate.promise;
  const early = index.load(ACCOUNT, "f");
  const seq = await change("f", 2);
  await expect.poll(() => isAcknowledged(db.database, seq), { interval: 1 }).toBe(true);
  gate.resolve();
  expect(revision(await early)).toBe("1");
  expect(revision(await index.load(ACCOUNT, "f"))).toBe("2");
  expect(revision(index.find(ACCOUNT, "f"))).toBe("2");
});

test("functions that were in use are loaded again after a change, and listeners hear which revisions may still run", async () => {
  await change("f", 1);
  await index.load(ACCOUNT, "f");
  const heard: string[] = [];
  index.onChange((_accountId, name, keys) => heard.push(`${name} ${[...keys].join()}`));
  await change("f", 2);
  await expect.poll(() => heard.at(-1)).toBe(`f ${ACCOUNT}:f:$LATEST:2`);
  expect(revision(index.find(ACCOUNT, "f"))).toBe("2");
  await change("f", undefined);
  await expect.poll(() => heard.at(-1)).toBe("f ");
});

test("an index whose lease has lapsed does not answer, and answers again after it has caught up", async () => {
  await change("f", 1);
  await index.load(ACCOUNT, "f");
  clock.shiftMs = LEASE_MS + 1;
  expect(index.find(ACCOUNT, "f")).toBeUndefined();
  functions.revisions.set("f", 2);
  expect(revision(await index.load(ACCOUNT, "f"))).toBe("2"); // straight from the store
  await change("f", 3); // wakes it
  await expect.poll(() => revision(index.find(ACCOUNT, "f"))).toBe("3");
});

test("after a lost connection everything is loaded anew", async () => {
  await change("f", 1);
  await index.load(ACCOUNT, "f");
  functions.revisions.set("f", 2); // a change that no log row tells of, as after a fail-over
  await db.database.query(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'hearth-invoker%'",
  );
  await expect.poll(() => revision(index.find(ACCOUNT, "f")), { timeout: 5_000 }).toBe("2");
});

test("a second invoker refuses to start and says who runs", async () => {
  const second = newIndex();
  await expect(second.start()).rejects.toThrow(AnotherInvokerRuns);
  await expect(newIndex().start()).rejects.toThrow(/the test.*stop the other one/);
});

test("an invoker that stopped holds up nobody and leaves the lock", async () => {
  const seq = await change("f", 1);
  await index[Symbol.asyncDispose]();
  expect(await isAcknowledged(db.database, seq + 1_000n)).toBe(true);
  index = newIndex();
  await index.start();
});
