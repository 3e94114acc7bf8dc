import { silentLogger, SystemClock, systemRandom } from "@hearth/kit";
import { type JumpingDatabase, jumpingDatabase } from "@hearth/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { EventStore } from "../events/events.ts";
import { Database } from "../postgres/database.ts";
import { InvokerLease, isAcknowledged } from "../function-index/invokerLease.ts";
import { ClockWatch } from "./clockWatch.ts";

const ACCOUNT = "000000000000";
const HOUR_MS = 3_600_000;
const LEASE_MS = 60_000;
let db: JumpingDatabase;
let events: EventStore;
beforeEach(async () => {
  db = await jumpingDatabase();
  events = new EventStore(db.database);
});
afterEach(() => db[Symbol.asyncDispose]());

function watch(): ClockWatch {
  return new ClockWatch({ database: db.database, clock: new SystemClock(), logger: silentLogger });
}

async function accept(): Promise<string> {
  const id = systemRandom.uuid();
  await events.add({ id, accountId: ACCOUNT, region: "us-east-1", FunctionName: "f", payload: Buffer.from("{}") });
  return id;
}

async function retryLater(id: string, delayMs: number): Promise<void> {
  const [event] = await events.claim("w", [id], 1, LEASE_MS);
  if (!event) throw new Error("not claimed");
  await events.settle("w", event, { kind: "retry", cause: "functionError", delayMs, error: "no" });
}

/** How far in the future the event is due, in minutes. */
async function dueInMinutes(id: string): Promise<number> {
  const [row] = await db.database.query<{ minutes: number }>(
    "SELECT (extract(epoch FROM due_at - now()) / 60)::float8 AS minutes FROM events WHERE id = $1",
    [id],
  );
  return row?.minutes ?? NaN;
}

test("a jump of six hours makes no event older, before it is noticed and after, and ends no delay", async () => {
  const watching = watch();
  await watching.look();
  const [unnoticed, noticed, waiting] = [await accept(), await accept(), await accept()];
  await retryLater(waiting, 20 * 60_000);
  await db.jump(6 * HOUR_MS);
  const [first] = await events.claim("w", [unnoticed], 1, LEASE_MS);
  expect(first?.ageMs).toBeLessThan(HOUR_MS);
  await watching.look();
  const [second] = await events.claim("w", [noticed], 1, LEASE_MS);
  expect(second?.ageMs).toBeLessThan(HOUR_MS);
  expect(await dueInMinutes(waiting)).toBeGreaterThan(5);
  expect(await dueInMinutes(waiting)).toBeLessThan(21);
  // Only once, and no more when nothing has jumped.
  await watching.look();
  await watch().look();
  expect(await dueInMinutes(waiting)).toBeLessThan(21);
});

test("after a jump back of six hours, events are due when they would have been, and none is older", async () => {
  const watching = watch();
  await watching.look();
  const [queued, waiting] = [await accept(), await accept()];
  await retryLater(waiting, 20 * 60_000);
  await db.jump(-6 * HOUR_MS);
  expect(await events.claim("w", [queued], 1, LEASE_MS)).toEqual([]);
  await watching.look();
  const [claimed] = await events.claim("w", [queued], 1, LEASE_MS);
  expect(claimed?.ageMs).toBeLessThan(HOUR_MS);
  expect(await dueInMinutes(waiting)).toBeLessThan(21);
  expect(await dueInMinutes(waiting)).toBeGreaterThan(5);
});

test("a clock that was set back while nothing watched it holds up no event", async () => {
  await watch().look();
  const queued = await accept();
  await db.jump(-6 * HOUR_MS);
  await watch().look();
  expect(await events.claim("w", [queued], 1, LEASE_MS)).toHaveLength(1);
});

test("times are moved however long that takes", async () => {
  const deps = { clock: new SystemClock(), random: systemRandom, logger: silentLogger };
  await using impatient = new Database({ connection: db.connection, statementTimeoutMs: 300 }, deps);
  const watching = new ClockWatch({ ...deps, database: impatient });
  await watching.look();
  const id = await accept();
  await retryLater(id, 20 * 60_000);
  await db.jump(6 * HOUR_MS);
  const looked = await db.database.transaction(async (tx) => {
    await tx.query("SELECT 1 FROM events FOR UPDATE");
    const looking = watching.look().catch((error: unknown) => error);
    const waits = async (): Promise<boolean> => {
      const rows = await db.database.query(
        `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
            AND pg_catalog.clock_timestamp() - query_start > interval '600 ms'`,
      );
      return rows.length > 0;
    };
    let hasEnded = false;
    void looking.then(() => (hasEnded = true));
    await expect.poll(async () => hasEnded || (await waits()), { timeout: 30_000 }).toBe(true);
    return { looking };
  });
  expect(await looked.looking).toBeUndefined();
  expect(await dueInMinutes(id)).toBeLessThan(21);
});

test("time that really passes makes events older", async () => {
  await watch().look();
  const id = await accept();
  await db.database.query("UPDATE events SET accepted_at = now() - interval '7 hours' WHERE id = $1", [id]);
  const [claimed] = await events.claim("w", [id], 1, LEASE_MS);
  expect(claimed?.ageMs).toBeGreaterThan(6.9 * HOUR_MS);
});

test("of two processes that notice a jump, one moves the times", async () => {
  const both = [watch(), watch()];
  for (const one of both) await one.look();
  const waiting = await accept();
  await retryLater(waiting, 20 * 60_000);
  await db.jump(6 * HOUR_MS);
  await Promise.all(both.map((one) => one.look()));
  expect(await dueInMinutes(waiting)).toBeLessThan(21);
});

test.each([6, -6])(
  "an event that runs stays with its worker over a jump of %s hours, and passes on when its worker is dead",
  async (hours) => {
    const watching = watch();
    await watching.look();
    const id = await accept();
    const [running] = await events.claim("runs", [id], 1, LEASE_MS);
    if (!running) throw new Error("not claimed");
    await db.jump(hours * HOUR_MS);
    await watching.look();
    expect(await events.claim("other", [id], 1, LEASE_MS)).toEqual([]);
    expect(await dueInMinutes(id)).toBeLessThan(1);
    expect(await events.settle("runs", running, { kind: "finish", condition: "Success" })).toBe(true);
  },
);

test.each([6, -6])(
  "a jump of %s hours neither ends an invoker's lease nor keeps that of a dead one alive",
  async (hours) => {
    const watching = watch();
    await watching.look();
    const lease = new InvokerLease("one", "of the test", db.database);
    await lease.renew(1n);
    await db.jump(hours * HOUR_MS);
    await watching.look();
    expect(await isAcknowledged(db.database, 2n)).toBe(false);
    const [row] = await db.database.query<{ seconds: number }>(
      "SELECT extract(epoch FROM lease_until - clock_timestamp())::float8 AS seconds FROM invokers",
    );
    expect(row?.seconds).toBeLessThan(16);
  },
);
