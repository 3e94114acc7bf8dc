import { systemRandom } from "@hearth/kit";
import { HERE, type TestDatabase, testDatabase } from "@hearth/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { EventHistory } from "./eventHistory.ts";
import { EventStore } from "./events.ts";
import type { Settlement } from "./settlement.ts";

let db: TestDatabase;
let events: EventStore;
let history: EventHistory;
beforeAll(async () => {
  db = await testDatabase();
  events = new EventStore(db.database);
  history = new EventHistory(db.database);
});
afterAll(async () => await db[Symbol.asyncDispose]());

const failed: Settlement = { kind: "finish", condition: "RetriesExhausted", error: "no", status: 200, durationMs: 7 };

async function accepted(FunctionName: string, more: { Qualifier?: string; traceId?: string } = {}): Promise<string> {
  const id = systemRandom.uuid();
  await events.add({ ...HERE, id, FunctionName, payload: Buffer.from(`"${id}"`), ...more });
  return id;
}

async function settled(id: string, settlement: Settlement): Promise<void> {
  const [claimed] = await events.claim("w", [id], 1, 60_000);
  expect(await events.settle("w", claimed!, settlement)).toBe(true);
}

test("an event shows its last twenty runs with errors and durations, and nothing of one that was handed back", async () => {
  const id = await accepted("attempts");
  const retry: Settlement = {
    kind: "retry",
    cause: "system",
    delayMs: 0,
    error: "x\u0000y",
    status: 429,
    durationMs: 3,
  };
  for (let run = 0; run < 22; run++) await settled(id, retry);
  await settled(id, { kind: "handBack" });
  await settled(id, failed);
  const { attempts, ...event } = (await history.show(HERE, id))!;
  expect(event).toMatchObject({
    state: "failed",
    condition: "RetriesExhausted",
    runs: 23,
    undelivered: [],
    replays: [],
  });
  expect(attempts.map(({ run }) => run)).toEqual(Array.from({ length: 20 }, (_value, at) => at + 4));
  expect(attempts[0]).toMatchObject({ durationMs: 3, outcome: "system", status: 429 });
  expect(attempts.at(-1)).toMatchObject({ durationMs: 7, outcome: "RetriesExhausted", status: 200, error: "no" });
  expect(await history.show({ ...HERE, accountId: "111111111111" }, id)).toBeUndefined();
});

test("the failed events of a function are replayed once, at a rate, to a version of choice, outside their old chain", async () => {
  const failures = [await accepted("again", { traceId: "Root=1-2-3;Lineage=01234567:16" }), await accepted("again")];
  for (const id of failures) await settled(id, failed);
  await settled(await accepted("again"), { kind: "finish", condition: "Success" });
  const wish = { ...HERE, FunctionName: "again", Qualifier: "3", everyMs: 60_000, limit: 10 };
  const replayed = await history.replay(wish);
  expect(replayed.map(({ replayOf }) => replayOf).toSorted()).toEqual(failures.toSorted());
  expect(await history.replay(wish)).toEqual([]);
  const [first, second] = (
    await history.list({ ...HERE, FunctionName: "again", state: "waiting", limit: 10 })
  ).toReversed();
  expect([first!.Qualifier, first!.replayOf]).toEqual(["3", failures[0]]);
  expect(second!.dueAt.getTime() - first!.dueAt.getTime()).toBe(60_000);
  const [claimed] = await events.claim("w", [first!.id], 1, 60_000);
  expect(claimed).toMatchObject({ traceId: "Root=1-2-3", ageMs: expect.any(Number) });
  expect(Buffer.from(claimed!.payload).toString()).toBe(`"${failures[0]}"`);
  expect((await history.show(HERE, failures[0]!))!.replays).toEqual([first!.id]);
});

test("one event is replayed as often as it is asked for, whatever became of it, unless it is unfinished", async () => {
  const id = await accepted("one");
  const wish = { ...HERE, ids: [id], everyMs: 10, limit: 10 };
  expect(await history.replay(wish)).toEqual([]);
  await settled(id, { kind: "finish", condition: "Success" });
  expect(await history.replay(wish)).toHaveLength(1);
  expect(await history.replay(wish)).toHaveLength(1);
  expect(await history.replay({ ...wish, region: "eu-west-1" })).toEqual([]);
});

test("an event that waits is cancelled and not run; one that runs or is finished is not cancelled", async () => {
  const id = await accepted("cancelled");
  expect(await history.cancel({ ...HERE, accountId: "111111111111" }, id)).toBe(false);
  expect(await history.cancel(HERE, id)).toBe(true);
  expect(await events.claim("w", [id], 1, 60_000)).toEqual([]);
  expect(await history.show(HERE, id)).toMatchObject({ state: "failed", condition: "Cancelled" });
  expect(await history.cancel(HERE, id)).toBe(false);
  const running = await accepted("cancelled");
  await events.claim("w", [running], 1, 60_000);
  expect(await history.cancel(HERE, running)).toBe(false);
});

test("replays stop where the account's payloads would take more than they may, also those of one statement together", async () => {
  const owner = { ...HERE, accountId: "222222222222" };
  const ids: string[] = [];
  for (let at = 0; at < 4; at++) {
    const id = systemRandom.uuid();
    await events.add({ ...owner, id, FunctionName: "room", payload: Buffer.alloc(1_000, "1") });
    await settled(id, failed);
    ids.push(id);
  }
  const wish = { ...owner, ids, everyMs: 60_000, limit: 10 };
  expect(await history.replay({ ...wish, maxPayloadBytes: 6_500 })).toHaveLength(2);
  expect(await history.replay({ ...wish, maxPayloadBytes: 6_500 })).toEqual([]);
  expect(await history.replay(wish)).toHaveLength(4);
});

test("the latest events of all functions of an account are listed together", async () => {
  const elsewhere = { accountId: "444444444444", region: HERE.region };
  const ids: string[] = [];
  for (const FunctionName of ["b", "a", "c", "a"]) {
    const id = systemRandom.uuid();
    await events.add({ ...elsewhere, id, FunctionName, payload: Buffer.from("1") });
    ids.push(id);
  }
  expect((await history.list({ ...elsewhere, limit: 10 })).map(({ id }) => id)).toEqual(ids.toReversed());
  expect((await history.list({ ...elsewhere, limit: 2 })).map(({ FunctionName }) => FunctionName)).toEqual(["a", "c"]);
  expect(await history.list({ ...elsewhere, accountId: "555555555555", limit: 10 })).toEqual([]);
});

test("a replay is compared with its event by condition, error and answer", async () => {
  const success = (text: string): Settlement => ({
    kind: "finish",
    condition: "Success",
    durationMs: 3,
    answer: { bytes: text.length, text },
  });
  const [one, two] = [await accepted("compare"), await accepted("compare")];
  await settled(one, success('"a\u0000"'));
  await settled(two, failed);
  const replays = await history.replay({ ...HERE, ids: [one, two], everyMs: 0, limit: 10 });
  const replayOf = (id: string): string => replays.find((replay) => replay.replayOf === id)!.id;
  await settled(replayOf(one), success('"b"'));
  const compared = await history.compare(HERE, [replayOf(one), replayOf(two), two]);
  expect(compared).toMatchObject([
    {
      replayOf: one,
      before: { condition: "Success", lastAttempt: { answer: { bytes: 4 } } },
      after: { condition: "Success", lastAttempt: { durationMs: 3, answer: { bytes: 3, text: '"b"' } } },
    },
    { replayOf: two, before: { condition: "RetriesExhausted", lastAttempt: { error: "no" } } },
  ]);
  expect(compared[1]!.after).toBeUndefined();
  expect(await history.compare({ ...HERE, accountId: "444444444444" }, [replayOf(one)])).toEqual([]);
});
