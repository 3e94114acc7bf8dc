import { silentLogger, SystemClock } from "@hearth/kit";
import { parseSchedule } from "@hearth/schedules";
import { type Database, type DueTimer, ClockWatch, TimerStore } from "@hearth/store";
import { ACCOUNT, type JumpingDatabase, jumpingDatabase, REGION } from "@hearth/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { decide } from "./nextOccurrence.ts";
import type { TimerOwner } from "./timerOwner.ts";
import { TimerChanges } from "./timerChanges.ts";
import { Timetable } from "./timetable.ts";

const clock = new SystemClock();
const changes = new TimerChanges();
let db: JumpingDatabase;
let timers: TimerStore;
beforeEach(async () => {
  db = await jumpingDatabase();
  timers = new TimerStore(db.database);
  await db.database.query("CREATE TABLE fired (name text, scheduled float8)");
});
afterEach(() => db[Symbol.asyncDispose]());

const keyOf = (name: string) => ({ owner: "test", accountId: ACCOUNT, region: REGION, name });
const set = async (name: string, inMs: number): Promise<void> => {
  const ms = (await nowMs()) + inMs;
  await timers.set(db.database, keyOf(name), { scheduledMs: ms, dueMs: ms });
};
const nowMs = async (): Promise<number> => {
  const [row] = await db.database.query<{ ms: number }>(
    "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS ms",
  );
  return row?.ms ?? 0;
};
const fired = async (): Promise<string[]> =>
  (await db.database.query<{ name: string }>("SELECT name FROM fired ORDER BY name, scheduled")).map(
    ({ name }) => name,
  );

/** Notes each occurrence in a table, in the transaction of the timetable. */
function owner(
  expression = "at(2020-01-01T00:00:00)",
  onPrepare: (due: readonly DueTimer[]) => Promise<void> = async () => {},
): TimerOwner {
  const schedule = parseSchedule(expression);
  return {
    name: "test",
    async prepare(due) {
      await onPrepare(due);
      const decisions = due.map((timer) => decide(timer, { schedule, anchorMs: timer.scheduledMs }, "fire-once"));
      return {
        next: decisions.map(({ nextMs }) =>
          nextMs === undefined ? undefined : { scheduledMs: nextMs, dueMs: nextMs },
        ),
        acted: decisions.map(({ acts }) => acts),
        async write(tx) {
          for (const [index, { name, scheduledMs }] of due.entries()) {
            if (decisions[index]?.acts) await tx.query("INSERT INTO fired VALUES ($1, $2)", [name, scheduledMs]);
          }
        },
        committed: () => undefined,
      };
    },
  };
}
const timetable = (it = owner(), database: Database = db.database, leaseMs = 10_000): Timetable =>
  new Timetable({ database, owners: [it], changes, clock, logger: silentLogger, leaseMs });

test("it wakes for the next timer that is due, and for one that is set meanwhile", async () => {
  await set("late", 3_600_000);
  await set("soon", 300);
  await using _running = timetable();
  await expect.poll(fired).toEqual(["soon"]);
  await set("sooner", 0);
  changes.changed();
  await expect.poll(fired).toEqual(["soon", "sooner"]);
  expect(await timers.nextDueInMs()).toBeGreaterThan(3_000_000);
});

test("of two processes, one acts on each occurrence", async () => {
  for (let index = 0; index < 250; index++) await set(`t${index}`, 200);
  await using _one = timetable();
  await using _other = timetable();
  await expect.poll(() => timers.nextDueInMs(), { timeout: 20_000 }).toBeUndefined();
  const names = await fired();
  expect(names).toHaveLength(250);
  expect(new Set(names).size).toBe(250);
});

test("what a process had claimed when it died is acted on by another, once", async () => {
  await set("claimed", 0);
  expect(await timers.claim(10, 300)).toHaveLength(1);
  await using _other = timetable();
  await expect.poll(fired, { timeout: 20_000 }).toEqual(["claimed"]);
});

test("a process that was too slow writes nothing", async () => {
  await set("slow", 0);
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  const { promise: preparing, resolve: prepared } = Promise.withResolvers<void>();
  const slow = owner(undefined, async () => {
    prepared();
    await released;
  });
  await using _slow = timetable(slow, db.database, 100);
  await preparing;
  await using _quick = timetable();
  await expect.poll(fired, { timeout: 20_000 }).toEqual(["slow"]);
  release();
  await _slow[Symbol.asyncDispose]();
  expect(await fired()).toEqual(["slow"]);
});

test("a timer that is removed or changed while it is being acted on is not acted on as it was", async () => {
  for (const name of ["changed", "kept", "removed"]) await set(name, 0);
  let calls = 0;
  const later = (await nowMs()) + 3_600_000;
  const meddled = owner(undefined, async () => {
    if (calls++ > 0) return;
    await timers.remove(db.database, keyOf("removed"));
    await timers.set(db.database, keyOf("changed"), { scheduledMs: later, dueMs: later });
  });
  await using _running = timetable(meddled);
  await expect.poll(fired).toEqual(["kept"]);
  expect(calls).toBe(2);
});

test("what fails is tried again, and the timers of others are acted on meanwhile", async () => {
  await set("fails", 0);
  await timers.set(db.database, { ...keyOf("unknown"), owner: "no one" }, { scheduledMs: 0, dueMs: 0 });
  let calls = 0;
  const failing = owner(undefined, async () => {
    if (calls++ === 0) throw new Error("not now");
  });
  await using _running = timetable(failing, db.database, 200);
  await expect.poll(fired, { timeout: 20_000 }).toEqual(["fails"]);
});

test("a timer that always fails does not hold up the others that are due with it", async () => {
  for (const name of ["a", "fails", "z"]) await set(name, 0);
  const failing = owner(undefined, async (due) => {
    await Promise.resolve();
    if (due.some(({ name }) => name === "fails")) throw new Error("never");
  });
  await using _running = timetable(failing);
  await expect.poll(fired, { timeout: 5_000 }).toEqual(["a", "z"]);
});

test("a month of down time fires once, and goes on in the future", async () => {
  await set("hourly", 60_000);
  await db.jump(30 * 86_400_000);
  await using _running = timetable(owner("cron(0 * * * ? *)"));
  await expect.poll(fired).toEqual(["hourly"]);
  expect(await timers.nextDueInMs()).toBeGreaterThan(0);
  expect(await timers.nextDueInMs()).toBeLessThanOrEqual(3_600_000);
});

test("a clock that was a month ahead for a moment leaves no timer waiting for a month, and fires nothing twice", async () => {
  const watch = new ClockWatch({ database: db.database, clock, logger: silentLogger });
  await watch.look();
  await set("hourly", 60_000);
  await db.jump(30 * 86_400_000);
  await watch.look();
  await using _running = timetable(owner("cron(0 * * * ? *)"));
  await expect.poll(fired).toEqual(["hourly"]);
  await db.jump(-30 * 86_400_000);
  await watch.look();
  changes.changed();
  await expect.poll(() => timers.nextDueInMs()).toBeLessThanOrEqual(3_600_000);
  await expect.poll(() => timers.nextDueInMs()).toBeGreaterThan(0);
  expect(await fired()).toEqual(["hourly"]);
});
