import { ManualClock, Registry, silentLogger, systemRandom } from "@hearth/kit";
import { type TestDatabase, testDatabase } from "@hearth/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { EventPayloadLimit } from "./eventPayloadLimit.ts";
import { EventPayloads } from "./eventPayloads.ts";
import { EventStore } from "./events.ts";
import type { NewEvent } from "./insertEvents.ts";

const ACCOUNT = "000000000000";
const HERE = { accountId: ACCOUNT, region: "us-east-1" };
const LEASE_MS = 60_000;
let db: TestDatabase;
let events: EventStore;
let payloads: EventPayloads;
beforeAll(async () => {
  db = await testDatabase();
  events = new EventStore(db.database);
  payloads = new EventPayloads(db.database);
});
afterAll(() => db[Symbol.asyncDispose]());

function newEvent(payload = "{}", more: Partial<NewEvent> = {}): NewEvent {
  return {
    id: systemRandom.uuid(),
    accountId: ACCOUNT,
    region: "us-east-1",
    FunctionName: "f",
    payload: Buffer.from(payload),
    ...more,
  };
}

async function added(payload?: string, more?: Partial<NewEvent>): Promise<NewEvent> {
  const event = newEvent(payload, more);
  await events.add(event);
  return event;
}

test("events that are added together come back each with its own payload", async () => {
  const many = [
    newEvent(""),
    newEvent("ä€"),
    newEvent("\u0000\u00ff"),
    newEvent("x".repeat(100_000), { Qualifier: "live", traceId: "Root=1" }),
  ];
  await Promise.all(many.map((event) => events.add(event)));
  const claimed = await events.claim(
    "w",
    many.map((event) => event.id),
    10,
    LEASE_MS,
  );
  expect(claimed).toHaveLength(4);
  for (const event of many) {
    expect(claimed.find((one) => one.id === event.id)).toMatchObject({
      ...event,
      run: 1,
      functionErrors: 0,
      systemRetries: 0,
      hops: 0,
    });
  }
});

test("an event is claimed by one worker until its lease ends", async () => {
  const { id } = await added();
  const claims = await Promise.all(
    Array.from({ length: 5 }, (_value, at) => events.claim(`w${at}`, [id], 1, LEASE_MS)),
  );
  expect(claims.flat()).toHaveLength(1);
  expect(await events.claim("late", [id], 1, LEASE_MS)).toEqual([]);
  await db.database.query("UPDATE events SET due_at = now() WHERE id = $1", [id]);
  expect(await events.claim("late", [id], 1, LEASE_MS)).toMatchObject([{ id, run: 2 }]);
});

test("a worker whose lease passed to another one can neither renew nor settle", async () => {
  const { id } = await added();
  const [first] = await events.claim("first", [id], 1, 0);
  const [second] = await events.claim("second", [id], 1, LEASE_MS);
  expect(first && second).toBeTruthy();
  if (!first || !second) return;
  expect(await events.renew("first", [id], LEASE_MS)).toEqual(new Set());
  expect(await events.settle("first", first, { kind: "finish", condition: "Success" })).toBe(false);
  expect(await events.renew("second", [id], LEASE_MS)).toEqual(new Set([id]));
  expect(await events.settle("second", second, { kind: "finish", condition: "Success", executedVersion: "3" })).toBe(
    true,
  );
  expect(await events.find(ACCOUNT, id)).toMatchObject({
    state: "succeeded",
    condition: "Success",
    executedVersion: "3",
    runs: 2,
  });
  expect(await events.claim("third", [id], 1, LEASE_MS)).toEqual([]);
});

test("the renewal of leases does not wait for an event that is being settled", async () => {
  const ids = [(await added()).id, (await added()).id];
  expect(await events.claim("w", ids, 2, LEASE_MS)).toHaveLength(2);
  await db.database.transaction(async (tx) => {
    await tx.query("SELECT 1 FROM events WHERE id = $1 FOR UPDATE", [ids[0]]);
    expect(await events.renew("w", ids, LEASE_MS)).toEqual(new Set([ids[1]]));
  });
  expect(await events.renew("w", ids, LEASE_MS)).toEqual(new Set(ids));
});

test("a retry waits its time, and throttles are counted apart from function errors", async () => {
  const { id } = await added();
  for (const cause of ["system", "system", "functionError"] as const) {
    const [claimed] = await events.claim("w", [id], 1, LEASE_MS);
    if (!claimed) throw new Error("not claimed");
    expect(
      await events.settle("w", claimed, {
        kind: "retry",
        cause,
        delayMs: cause === "system" ? 0 : 50,
        error: "because",
      }),
    ).toBe(true);
  }
  expect(await events.claim("w", [id], 1, LEASE_MS)).toEqual([]);
  await expect
    .poll(() => events.claim("w", [id], 1, LEASE_MS))
    .toMatchObject([{ run: 4, functionErrors: 1, systemRetries: 0 }]);
});

test("what was handed back is as if it had never been claimed", async () => {
  const { id } = await added();
  const [claimed] = await events.claim("w", [id], 1, LEASE_MS);
  if (!claimed) throw new Error("not claimed");
  await events.settle("w", claimed, { kind: "handBack" });
  expect(await events.claim("w", [id], 1, LEASE_MS)).toMatchObject([{ run: 1 }]);
});

test("the sweeper finds, once, events for which no worker was woken", async () => {
  await db.database.query("DELETE FROM events");
  const { id: fresh } = await added();
  const { id: retried } = await added();
  const [claimed] = await events.claim("w", [retried], 1, LEASE_MS);
  if (!claimed) throw new Error("not claimed");
  await events.settle("w", claimed, { kind: "retry", cause: "system", delayMs: 0, error: "throttled" });
  expect(await events.sweep(10, 30_000)).toEqual([retried]);
  expect(await events.sweep(10, 30_000)).toEqual([]);
  expect(new Set(await events.sweep(10, 0))).toEqual(new Set([fresh, retried]));
  expect(await events.depth()).toMatchObject({ unfinished: 2 });
  expect(await events.backlog()).toEqual({ unfinished: 2, interrupted: 0 });
  await events.claim("w", [fresh], 1, LEASE_MS);
  expect(await events.backlog()).toEqual({ unfinished: 2, interrupted: 1 });
});

test("a finished event can be looked at and replayed until it is forgotten", async () => {
  const { id } = await added('{"a":1}', { FunctionName: "shown" });
  const [claimed] = await events.claim("w", [id], 1, LEASE_MS);
  if (!claimed) throw new Error("not claimed");
  const again = systemRandom.uuid();
  expect(await events.replay(ACCOUNT, id, again)).toBe(false);
  await events.settle("w", claimed, { kind: "finish", condition: "RetriesExhausted", error: "bad\0thing" });
  expect(await events.find(ACCOUNT, id)).toMatchObject({
    state: "failed",
    condition: "RetriesExhausted",
    lastError: "badthing",
    payloadBytes: 7,
  });
  expect(await events.find("111111111111", id)).toBeUndefined();
  expect(await events.replay("111111111111", id, again)).toBe(false);
  expect(await events.replay(ACCOUNT, id, again)).toBe(true);
  expect((await events.list({ ...HERE, FunctionName: "shown" }, 10)).map((event) => event.id)).toEqual([again, id]);
  expect(Buffer.from((await events.claim("w", [again], 1, LEASE_MS))[0]?.payload ?? []).toString()).toBe('{"a":1}');
  expect(await payloads.forgetFinished(60_000, 100)).toBe(0);
  expect(await payloads.forgetFinished(-1, 100)).toBeGreaterThan(0);
  expect(await events.find(ACCOUNT, id)).toBeUndefined();
});

test("payloads of finished events are dropped by size when they succeed, and by age; then they cannot be replayed", async () => {
  await db.database.query("DELETE FROM events");
  const store = new EventStore(db.database, undefined, { keptPayloadBytes: 10 });
  const settled = async (payload: string, condition: "Success" | "RetriesExhausted") => {
    const event = newEvent(payload);
    await store.add(event);
    const [claimed] = await store.claim("w", [event.id], 1, LEASE_MS);
    await store.settle("w", claimed!, { kind: "finish", condition });
    return event.id;
  };
  const large = '{"a":"larger than ten"}';
  const [dropped, failed, small] = [
    await settled(large, "Success"),
    await settled(large, "RetriesExhausted"),
    await settled("{}", "Success"),
  ];
  const seen = async (id: string) => await store.find(ACCOUNT, id);
  expect(await seen(dropped)).toMatchObject({ payloadBytes: large.length, payloadKept: false });
  expect(await seen(failed)).toMatchObject({ payloadBytes: large.length, payloadKept: true });
  expect(await seen(small)).toMatchObject({ payloadBytes: 2, payloadKept: true });
  expect(await store.replay(ACCOUNT, dropped, systemRandom.uuid())).toBe(false);
  expect(await store.replay(ACCOUNT, failed, systemRandom.uuid())).toBe(true);
  expect(await payloads.dropOld(60_000, 10)).toBe(0);
  expect(await payloads.dropOld(-1, 10)).toBe(2);
  expect(await seen(failed)).toMatchObject({ state: "failed", payloadBytes: large.length, payloadKept: false });
  const [waiting] = await store.list(newEvent(), 1);
  expect(waiting).toMatchObject({ state: "waiting", payloadKept: true });
});

test("an error text is stored well formed, wherever it is cut and whatever it holds", async () => {
  const { id } = await added();
  const [event] = await events.claim("w", [id], 1, LEASE_MS);
  const error = `${"x".repeat(1_999)}😀 and more`;
  expect(await events.settle("w", event!, { kind: "finish", condition: "RetriesExhausted", error })).toBe(true);
  expect((await events.find(ACCOUNT, id))?.lastError).toBe("x".repeat(1_999));
  const other = await added();
  const [claimed] = await events.claim("w", [other.id], 1, LEASE_MS);
  await events.settle("w", claimed!, { kind: "finish", condition: "RetriesExhausted", error: "a\ud800b\0c" });
  expect((await events.find(ACCOUNT, other.id))?.lastError).toBe("a\ufffdbc");
});

test("a settlement that PostgreSQL cannot store in full is stored without its texts, and holds up no other", async () => {
  const bad = await added();
  const good = await added();
  const claimed = await events.claim("w", [bad.id, good.id], 2, LEASE_MS);
  const of = (id: string) => claimed.find((event) => event.id === id)!;
  const settled = await Promise.all([
    events.settle("w", of(good.id), { kind: "finish", condition: "Success", executedVersion: "1" }),
    events.settle("w", of(bad.id), { kind: "finish", condition: "Success", executedVersion: "1\0" }),
  ]);
  expect(settled).toEqual([true, true]);
  expect(await events.find(ACCOUNT, good.id)).toMatchObject({
    state: "succeeded",
    executedVersion: "1",
    lastError: null,
  });
  expect(await events.find(ACCOUNT, bad.id)).toMatchObject({ state: "succeeded", executedVersion: null });
});

test("an event that PostgreSQL cannot store is refused alone", async () => {
  const fine = newEvent();
  const outcomes = await Promise.allSettled([events.add(fine), events.add(newEvent("{}", { traceId: "a\0b" }))]);
  expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
  expect(await events.find(ACCOUNT, fine.id)).toMatchObject({ state: "waiting" });
});

/** What an account's events hold in payloads, counted and as it is. */
async function held(accountId: string): Promise<readonly [counted: number, stored: number]> {
  const counted = (await payloads.bytes()).find((one) => one.accountId === accountId)?.bytes ?? 0;
  const [row] = await db.database.query<{ bytes: number }>(
    "SELECT coalesce(sum(octet_length(payload)), 0)::float8 AS bytes FROM events WHERE account_id = $1",
    [accountId],
  );
  return [counted, row?.bytes ?? 0];
}

test("the bytes of an account's payloads are counted exactly, whatever happens to its events", async () => {
  const [accountId, other] = ["777700000001", "777700000002"];
  const store = new EventStore(db.database, undefined, { keptPayloadBytes: 10 });
  const all = Array.from({ length: 20 }, (_, i) =>
    newEvent("x".repeat(i), { accountId: i % 5 === 0 ? other : accountId }),
  );
  await Promise.all(all.map((event) => store.add(event)));
  expect(await held(accountId)).toEqual([160, 160]);
  expect(await held(other)).toEqual([30, 30]);
  const ids = all.map(({ id }) => id);
  const unsorted = await store.claim("w", ids, 20, LEASE_MS);
  const claimed = unsorted.toSorted((a, b) => a.payload.length - b.payload.length);
  const kinds = [
    { kind: "finish", condition: "Success" },
    { kind: "finish", condition: "RetriesExhausted" },
    { kind: "retry", cause: "system", delayMs: 60_000, error: "x" },
    { kind: "handBack" },
  ] as const;
  await Promise.all(claimed.map((event, i) => store.settle("w", event, kinds[i % 4]!)));
  expect(await held(accountId)).toEqual([132, 132]); // those of 12 and 16 bytes have succeeded
  const failed = claimed[1]!;
  expect(await store.replay(failed.accountId, failed.id, systemRandom.uuid())).toBe(true);
  for (const change of [
    () => payloads.dropOldest(accountId, 5, 100),
    () => payloads.dropOld(-1, 3),
    () => payloads.forgetFinished(-1, 2),
    () => payloads.forgetFinished(-1, 1_000),
  ]) {
    const before = (await held(accountId))[1] + (await held(other))[1];
    await change();
    const [mine, theirs] = [await held(accountId), await held(other)];
    expect([mine[0], theirs[0]]).toEqual([mine[1], theirs[1]]);
    expect(mine[1] + theirs[1]).toBeLessThanOrEqual(before);
  }
  expect((await held(accountId))[0]).toBeGreaterThan(0); // of those that wait
});

test("an account near its limit loses the payloads of its oldest finished events; queued events and other accounts keep theirs", async () => {
  const [accountId, other] = ["777700000003", "777700000004"];
  const finished: string[] = [];
  for (const owner of [accountId, accountId, accountId, accountId, other]) {
    const { id } = await added("x".repeat(200), { accountId: owner });
    const [claimed] = await events.claim("w", [id], 1, LEASE_MS);
    await events.settle("w", claimed!, { kind: "finish", condition: "RetriesExhausted" });
    if (owner === accountId) finished.push(id);
  }
  const queued = await added("y".repeat(200), { accountId });
  const registry = new Registry();
  const deps = { database: db.database, clock: new ManualClock(), logger: silentLogger, registry };
  await using limit = new EventPayloadLimit({ ...deps, limitBytes: 1_000 });
  const kept = async (): Promise<readonly boolean[]> =>
    await Promise.all([...finished, queued.id].map(async (id) => (await events.find(accountId, id))!.payloadKept));
  const collected = async () => (await Promise.all([limit.collect(), limit.collect()]), await kept());
  await expect.poll(collected).toEqual([false, true, true, true, true]);
  expect(await held(accountId)).toEqual([800, 800]);
  expect(await held(other)).toEqual([200, 200]);
  await expect.poll(() => registry.metrics()).toMatch(/hearth_event_payload_dropped_bytes_total 200\n/);
});
