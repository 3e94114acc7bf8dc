import { ManualClock, silentLogger, systemRandom } from "@hearth/kit";
import { type TestDatabase, testDatabase } from "@hearth/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { AuditEvent } from "./auditEvent.ts";
import { AuditEventStore, type AuditQuery } from "./auditEvents.ts";
import { AuditRetention } from "./auditRetention.ts";

const ACCOUNT = "000000000000";
const OTHER = "111122223333";
const DAY_MS = 86_400_000;
const NOON = Date.UTC(2026, 0, 10, 12);

let db: TestDatabase;
let store: AuditEventStore;
beforeAll(async () => {
  db = await testDatabase();
  store = new AuditEventStore(db.database);
});
afterAll(async () => await db[Symbol.asyncDispose]());

function event(changes: Partial<AuditEvent> = {}): AuditEvent {
  const caller = {
    kind: "user",
    accountId: ACCOUNT,
    arn: "a",
    id: "i",
    userName: "ann",
    accessKeyId: "AKIA1",
  } as const;
  return {
    eventId: systemRandom.uuid(),
    time: NOON,
    accountId: ACCOUNT,
    region: "us-east-1",
    requestId: systemRandom.uuid(),
    caller,
    sourceIp: "10.0.0.1",
    userAgent: "test",
    service: "lambda",
    operation: "CreateFunction",
    isReadOnly: false,
    isDataEvent: false,
    resources: ["arn:aws:lambda:us-east-1:000000000000:function:orders"],
    input: '{"FunctionName":"orders"}',
    status: 201,
    errorCode: null,
    errorMessage: null,
    ...changes,
  };
}

async function all(query: Omit<AuditQuery, "limit">, limit = 3): Promise<AuditEvent[]> {
  const found: AuditEvent[] = [];
  for (let after = query.after; ;) {
    const page = await store.find({ ...query, after, limit });
    found.push(...page.events);
    if (!page.next) return found;
    after = page.next;
  }
}

test("an event is found as it was stored, once, however often it is written", async () => {
  const one = event({ operation: "Whole", errorCode: "E", errorMessage: "m", userAgent: null });
  await store.insert([one]);
  await store.insert([one]);
  expect(await all({ operation: "Whole" })).toEqual([one]);
});

test("pages go on where the last one ended, also within one millisecond and across days", async () => {
  const many = Array.from({ length: 20 }, (_, at) => event({ operation: "Many", time: NOON - (at % 2) * DAY_MS }));
  await store.insert(many);
  const found = await all({ operation: "Many" });
  expect(found.map(({ eventId }) => eventId).toSorted()).toEqual(many.map(({ eventId }) => eventId).toSorted());
  expect(found.map(({ time }) => time)).toEqual(found.map(({ time }) => time).toSorted((a, b) => b - a));
});

test("each filter leaves out what does not match", async () => {
  const mine = event({ operation: "Mine" });
  await store.insert([mine, event({ operation: "Mine", accountId: OTHER })]);
  const base = { operation: "Mine", accountId: ACCOUNT };
  expect(await all(base)).toEqual([mine]);
  for (const fits of [
    { region: "us-east-1" },
    { userName: "ann" },
    { accessKeyId: "AKIA1" },
    { service: "lambda" },
    { eventId: mine.eventId },
    { isReadOnly: false },
    { resource: "orders" },
    { resource: mine.resources[0] },
    { from: NOON, to: NOON },
  ]) {
    expect(await all({ ...base, ...fits }), JSON.stringify(fits)).toEqual([mine]);
  }
  for (const fitsNot of [
    { region: "eu-west-1" },
    { userName: "an" },
    { service: "iam" },
    { eventId: "x" },
    { isReadOnly: true },
    { resource: "order" },
    { resource: "rders" },
    { resource: "%" },
    { from: NOON + 1 },
    { to: NOON - 1 },
  ]) {
    expect(await all({ ...base, ...fitsNot }), JSON.stringify(fitsNot)).toEqual([]);
  }
});

test("rows can be neither changed nor deleted", async () => {
  await store.insert([event()]);
  await expect(db.database.query("UPDATE audit_events SET operation = 'x'")).rejects.toThrow("neither changed nor");
  await expect(db.database.query("DELETE FROM audit_events")).rejects.toThrow("neither changed nor deleted");
});

test("who follows the trail gets every event once, also those of a transaction that began earlier and ended later", async () => {
  const now = Date.now();
  const { position } = await store.newsSince(undefined, {});
  const [early, late] = [event({ operation: "News", time: now }), event({ operation: "News", time: now })];
  let release: () => void = () => undefined;
  let began: () => void = () => undefined;
  const hasBegun = new Promise<void>((resolve) => (began = resolve));
  const open = db.database.transaction(async (tx) => {
    await tx.query("SELECT pg_current_xact_id()");
    began();
    await new Promise<void>((resolve) => (release = resolve));
    await new AuditEventStore({ ...txDatabase(tx) } as never).insert([early]);
  });
  await hasBegun;
  await store.insert([late]);
  const during = await store.newsSince(position, { operation: "News" });
  release();
  await open;
  const seen = [...during.events];
  let { position: at } = during;
  // News wait for all transactions of the server that began earlier, those of other tests too.
  const seenIds = async (): Promise<string[]> => {
    const news = await store.newsSince(at, { operation: "News" });
    at = news.position;
    seen.push(...news.events);
    return seen.map(({ eventId }) => eventId).toSorted();
  };
  await expect.poll(seenIds).toEqual([early.eventId, late.eventId].toSorted());
  expect((await store.newsSince(at, { operation: "News" })).events).toEqual([]);
});

test("news of one transaction that are more than a page arrive once each, page by page", async () => {
  const { position } = await store.newsSince(undefined, {});
  const time = Date.now();
  const written = Array.from({ length: 2_500 }, () => event({ operation: "Many", time }));
  await store.insert(written);
  const seen: string[] = [];
  let at = position;
  const seenIds = async (): Promise<number> => {
    const news = await store.newsSince(at, { operation: "Many" });
    at = news.position;
    seen.push(...news.events.map(({ eventId }) => eventId));
    return seen.length;
  };
  await expect.poll(seenIds).toBe(2_500);
  expect(new Set(seen).size).toBe(2_500);
});

test("a position of the database that this one was restored from leaves out nothing", async () => {
  const restored = event({ operation: "Restored", time: Date.now() });
  await store.insert([restored]);
  const ids = async () =>
    (await store.newsSince("9000000000000", { operation: "Restored" })).events.map(({ eventId }) => eventId);
  await expect.poll(ids).toEqual([restored.eventId]);
});

/** The store's statements within a transaction that is open already. */
function txDatabase(tx: { query: unknown; prepared: unknown }) {
  return {
    query: (tx.query as (...args: unknown[]) => unknown).bind(tx),
    prepared: (tx.prepared as (...args: unknown[]) => unknown).bind(tx),
    transaction: (work: (it: unknown) => unknown) => work(tx),
  };
}

test("days past the retention are dropped, others stay", async () => {
  const old = event({ operation: "Kept", time: NOON - 8 * DAY_MS });
  const kept = event({ operation: "Kept", time: NOON - 7 * DAY_MS });
  await store.insert([old, kept]);
  const clock = new ManualClock(NOON);
  {
    await using retention = new AuditRetention({ database: db.database, clock, logger: silentLogger, days: 7 });
    await retention.collect();
    expect(await all({ operation: "Kept" })).toEqual([kept]);
  }
  await store.insert([old]);
  expect(await all({ operation: "Kept" })).toHaveLength(2);
});
