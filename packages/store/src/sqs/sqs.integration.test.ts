import { systemRandom } from "@hearth/kit";
import { type TestDatabase, testDatabase } from "@hearth/testkit";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { SqsBodySlots } from "./sqsBodySlots.ts";
import { SqsMessageStore } from "./sqsMessages.ts";
import { type SqsQueueRecord, SqsQueueStore } from "./sqsQueues.ts";

let db: TestDatabase;
let messages: SqsMessageStore;
let slots: SqsBodySlots;
let queue: SqsQueueRecord;
beforeAll(async () => {
  db = await testDatabase();
  messages = new SqsMessageStore(db.database);
  slots = new SqsBodySlots(db.database);
});
afterAll(async () => await db[Symbol.asyncDispose]());
beforeEach(async () => {
  await db.database.query("TRUNCATE sqs_messages, sqs_bodies, sqs_shared_texts");
  const key = { accountId: "000000000000", region: "us-east-1", QueueName: `q-${systemRandom.hex(6)}` };
  const created = await new SqsQueueStore(db.database).create(key, { isFifo: false, attributes: {}, tags: {} });
  if (!created) throw new Error("the name is taken");
  queue = created;
});

const send = async (body: string) =>
  await messages.send({ queueId: queue.id, messageId: systemRandom.uuid(), body, senderId: "AIDA" });
const claim = async (limit = 10) => {
  const asked = { queueId: queue.id, limit, visibilitySeconds: 30, retentionSeconds: 1_000 };
  return (await messages.claim(asked, false)).messages;
};
const remove = async (id: string, receipt: string) =>
  await messages.delete({ queueId: queue.id, id, receipt, mustBeInFlight: false });

async function bodiesIn(where = ""): Promise<number> {
  const [row] = await db.database.query<{ count: number }>(`SELECT count(*)::float8 AS count FROM sqs_bodies ${where}`);
  return row?.count ?? 0;
}

test("bodies of deleted messages are gone after the slots have rotated, those of the others are received", async () => {
  for (let at = 0; at < 20; at++) await send(String(at));
  for (const { id, receipt } of await claim(15)) expect(await remove(id, receipt)).toBe(true);
  expect(await bodiesIn()).toBe(20);
  for (let turn = 0; turn < 3; turn++) {
    await slots.rotate(0);
    await send(`turn ${turn}`);
  }
  expect(await bodiesIn()).toBe(5 + 3);
  expect(await bodiesIn("WHERE slot = 9")).toBe(5);
  const left = await claim();
  expect(left.map(({ body }) => body)).toEqual(["15", "16", "17", "18", "19", "turn 0", "turn 1", "turn 2"]);
  for (const { id, receipt } of left) await remove(id, receipt);
  expect(await bodiesIn("WHERE slot = 9")).toBe(0);
});

test("a text that many messages share is stored and counted once, received with each of them, and gone with the last one", async () => {
  const shared = { id: systemRandom.uuid(), text: "long ".repeat(1_000), byteLength: 5_000 };
  const sending = ["a", "b", "c"].map((rest) => ({
    queueId: queue.id,
    messageId: systemRandom.uuid(),
    body: shared.text + rest,
    sharedBody: { shared, rest },
    senderId: "AIDA",
  }));
  // Two chunks of a fan-out.
  await db.database.transaction(async (tx) => await messages.sendWithin(tx, sending.slice(0, 2)));
  await db.database.transaction(async (tx) => await messages.sendWithin(tx, sending.slice(2)));
  const slotsOfTexts = async () => await db.database.query("SELECT slot FROM sqs_shared_texts");
  expect(await slotsOfTexts()).toHaveLength(1);
  const taken = await messages.bytesByAccount(0);
  expect(taken.find(({ accountId }) => accountId === queue.accountId)).toMatchObject({ bytes: 5_003 });

  const [first] = await claim(1);
  expect(first?.body).toBe(`${shared.text}a`);
  await remove(first?.id ?? "", first?.receipt ?? "");
  for (let turn = 0; turn < 3; turn++) {
    await slots.rotate(0);
    await send(`turn ${turn}`);
  }
  expect(await slotsOfTexts()).toEqual([{ slot: 9 }]);
  const left = await claim();
  expect(left.slice(0, 2).map(({ body }) => body)).toEqual([`${shared.text}b`, `${shared.text}c`]);
  for (const { id, receipt } of left) await remove(id, receipt);
  await slots.rotate(0);
  expect(await slotsOfTexts()).toEqual([]);
});

test("a slot is not emptied while a transaction is about to write messages that begin with a text of it", async () => {
  const shared = { id: systemRandom.uuid(), text: "long ".repeat(1_000), byteLength: 5_000 };
  const sending = ["a", "b"].map((rest) => ({
    queueId: queue.id,
    messageId: systemRandom.uuid(),
    body: shared.text + rest,
    sharedBody: { shared, rest },
    senderId: "AIDA",
  }));
  await db.database.transaction(async (tx) => await messages.sendWithin(tx, sending.slice(0, 1)));
  const [first] = await claim(1);
  await remove(first?.id ?? "", first?.receipt ?? "");
  let rotation: unknown;
  await db.database.transaction(async (tx) => {
    const prepared: typeof tx.prepared = async (sql, values) => {
      if (sql.includes("INSERT INTO sqs_messages")) rotation = await slots.rotate(0).catch(String);
      return await tx.prepared(sql, values);
    };
    await messages.sendWithin({ ...tx, prepared }, sending.slice(1));
  });
  expect(rotation).toContain("lock timeout");
  expect((await claim()).map(({ body }) => body)).toEqual([`${shared.text}b`]);
});

test("nothing rotates before its time, or while nothing was written", async () => {
  await send("a");
  expect(await slots.rotate(1_000)).toBe(false);
  expect(await slots.rotate(1_000, 1)).toBe(true);
  await db.database.query("TRUNCATE sqs_messages, sqs_bodies");
  expect(await slots.rotate(0)).toBe(false);
});

test("messages are received and deleted while the slots rotate, each once and with its body", async () => {
  for (let at = 0; at < 300; at++) await send(String(at));
  const found: string[] = [];
  const consume = async (): Promise<void> => {
    for (let got = await claim(); got.length > 0; got = await claim()) {
      for (const { id, receipt, body } of got) {
        found.push(body);
        await remove(id, receipt);
      }
    }
  };
  const rotate = async (): Promise<void> => {
    for (let turn = 0; turn < 6; turn++) {
      await slots.rotate(0);
      await send(`turn ${turn}`);
    }
  };
  await Promise.all([consume(), consume(), rotate()]);
  await consume();
  expect(new Set(found).size).toBe(306);
  expect(found).toHaveLength(306);
});

test("messages expire by their queue's retention, and with their queue", async () => {
  await send("old");
  await db.database.query("UPDATE sqs_messages SET sent_at = now() - interval '5 days'");
  await send("new");
  await db.database.query(
    `INSERT INTO sqs_move_tasks (id, account_id, region, source_queue_id, source_arn, status, to_move, last_id, started_at)
     SELECT gen_random_uuid(), 'a', 'r', 0, 'arn', status, 0, 0, now() - days * interval '1 day'
       FROM (VALUES ('COMPLETED', 15), ('COMPLETED', 13), ('RUNNING', 15)) AS t (status, days)`,
  );
  await messages.deleteExpired();
  const tasks = await db.database.query<{ status: string }>("SELECT status FROM sqs_move_tasks ORDER BY status");
  expect(tasks.map(({ status }) => status)).toEqual(["COMPLETED", "RUNNING"]);
  expect((await claim()).map(({ body }) => body)).toEqual(["new"]);
  await db.database.query("DELETE FROM sqs_queues WHERE id = $1", [queue.id]);
  await messages.deleteExpired();
  expect(await db.database.query("SELECT 1 FROM sqs_messages")).toEqual([]);
});

test("messages in flight are counted up to a limit", async () => {
  for (let at = 0; at < 5; at++) await send(String(at));
  await claim(4);
  expect([await messages.inFlight(queue.id, 10), await messages.inFlight(queue.id, 3)]).toEqual([4, 3]);
});

test("a claim may leave out what became visible before a time", async () => {
  await send("early");
  await db.database.query("UPDATE sqs_messages SET visible_at = visible_at - interval '1 minute'");
  await send("late");
  const asked = { queueId: queue.id, limit: 10, visibilitySeconds: 30, retentionSeconds: 1_000 };
  const [row] = await db.database.query<{ ms: number }>("SELECT (extract(epoch FROM now()) * 1000)::float8 AS ms");
  const from = (row?.ms ?? 0) - 30_000;
  const { messages: found, lastVisibleAtMs = 0 } = await messages.claim({ ...asked, visibleFromMs: from }, false);
  expect(found.map(({ body }) => body)).toEqual(["late"]);
  expect(lastVisibleAtMs).toBeGreaterThan(from);
  expect((await claim()).map(({ body }) => body)).toEqual(["early"]);
});
