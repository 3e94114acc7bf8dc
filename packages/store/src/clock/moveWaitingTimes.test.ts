import { silentLogger, SystemClock, systemRandom } from "@hearth/kit";
import { type JumpingDatabase, jumpingDatabase } from "@hearth/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { DeliveryStore } from "../deliveries/deliveries.ts";
import { EventSourceUnitStore } from "../event-source-mappings/eventSourceUnits.ts";
import { SqsMessageStore } from "../sqs/sqsMessages.ts";
import { type SqsQueueRecord, SqsQueueStore } from "../sqs/sqsQueues.ts";
import { ClockWatch } from "./clockWatch.ts";
import { WAITING } from "./moveWaitingTimes.ts";

const KEY = { accountId: "000000000000", region: "us-east-1" };
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
let db: JumpingDatabase;
let messages: SqsMessageStore;
let watch: ClockWatch;
beforeEach(async () => {
  db = await jumpingDatabase();
  messages = new SqsMessageStore(db.database);
  watch = new ClockWatch({ database: db.database, clock: new SystemClock(), logger: silentLogger });
  await watch.look();
});
afterEach(() => db[Symbol.asyncDispose]());

async function jump(ms: number): Promise<void> {
  await db.jump(ms);
  await watch.look();
}

async function newQueue(isFifo = false, attributes = {}): Promise<SqsQueueRecord> {
  const wish = { isFifo, attributes, tags: {} };
  const queue = await new SqsQueueStore(db.database).create({ ...KEY, QueueName: systemRandom.hex(6) }, wish);
  if (!queue) throw new Error("the name is taken");
  return queue;
}

const send = async ({ id }: SqsQueueRecord, body: string, delaySeconds = 0) =>
  await messages.send({ queueId: id, messageId: systemRandom.uuid(), body, senderId: "AIDA", delaySeconds });
const receive = async ({ id }: SqsQueueRecord, visibilitySeconds: number) => {
  const asked = { queueId: id, limit: 10, visibilitySeconds, retentionSeconds: 345_600 };
  return (await messages.claim(asked, false)).messages.map(({ body }) => body);
};
const sendFifo = async ({ id }: SqsQueueRecord, dedupId: string) =>
  await messages.send({
    queueId: id,
    messageId: systemRandom.uuid(),
    body: dedupId,
    senderId: "AIDA",
    groupId: "g",
    scope: "",
    dedupId,
  });

test.each([1, -1])("after a jump of %s hours messages are visible, invisible and delayed as before", async (hours) => {
  const queue = await newQueue();
  await send(queue, "in flight");
  await receive(queue, 120);
  await send(queue, "waiting");
  await send(queue, "delayed", 120);
  await jump(hours * HOUR_MS);
  expect(await receive(queue, 0)).toEqual(["waiting"]);
  const nextInMs = await messages.nextVisibleInMs(queue.id);
  expect(nextInMs).toBeGreaterThan(60_000);
  expect(nextInMs).toBeLessThanOrEqual(121_000);
});

test("a message that was sent while the clock was an hour ahead is received once that is noticed", async () => {
  await jump(HOUR_MS);
  const queue = await newQueue();
  await send(queue, "ahead");
  await db.jump(-HOUR_MS);
  expect(await receive(queue, 30)).toEqual([]);
  await watch.look();
  expect(await receive(queue, 30)).toEqual(["ahead"]);
});

test.each([1, -1])("a jump of %s hours lets FIFO queues forget no duplicate, and drop nothing else", async (hours) => {
  const queue = await newQueue(true);
  await sendFifo(queue, "a");
  await db.database.query("UPDATE sqs_deduplication SET expires_at = now() + interval '1 minute'");
  await jump(hours * HOUR_MS);
  expect((await sendFifo(queue, "a"))?.isDuplicate).toBe(true);
  const [row] = await db.database.query<{ seconds: number }>(
    "SELECT extract(epoch FROM expires_at - now())::float8 AS seconds FROM sqs_deduplication",
  );
  expect(row?.seconds).toBeLessThanOrEqual(61);
});

test("a jump forward beyond the retention of queues deletes no message, noticed or not; a message that is old expires", async () => {
  const queue = await newQueue();
  await send(queue, "young");
  await db.jump(5 * DAY_MS);
  await messages.deleteExpired();
  await watch.look();
  expect(await receive(queue, 0)).toEqual(["young"]);
  await db.database.query("UPDATE sqs_messages SET sent_at = sent_at - interval '5 days'");
  await messages.deleteExpired();
  expect(await receive(queue, 0)).toEqual([]);
});

test("a jump forward keeps the time when a message was sent that it does not end", async () => {
  const queue = await newQueue();
  await send(queue, "young");
  const sentAt = "SELECT sent_at::text FROM sqs_messages";
  const before = await db.database.query(sentAt);
  await jump(HOUR_MS);
  expect(await db.database.query(sentAt)).toEqual(before);
});

test.each([6, -6])("a retry of the outbox is as old, and due as soon, after a jump of %s hours", async (hours) => {
  const outbox = new DeliveryStore(db.database);
  const message = {
    id: systemRandom.uuid(),
    sender: { kind: "service", ...KEY, principal: "sns.amazonaws.com", sourceArn: "arn:aws:sns:us-east-1:1:t" },
    purpose: "Notification",
    TargetArn: "arn:aws:sqs:us-east-1:000000000000:gone",
    body: Buffer.from("x"),
    attributes: {},
    hops: 1,
  } as const;
  const waiting = { message, isOutside: false, state: "waiting", error: "no" } as const;
  await db.database.transaction((tx) => outbox.add(tx, [waiting]));
  const claim = async () => {
    const lanes = await outbox.dueLanes(false, undefined, [], 1);
    const places = lanes.map((lane) => ({ ...lane, places: 1 }));
    const [claimed] = await outbox.claim("w", false, places, 60_000);
    return claimed;
  };
  const first = await claim();
  if (!first) throw new Error("not claimed");
  await outbox.putBack("w", first, "no", 120_000);
  await jump(hours * HOUR_MS);
  const dueInMs = await outbox.nextDueInMs(false);
  expect(dueInMs).toBeGreaterThan(60_000);
  expect(dueInMs).toBeLessThanOrEqual(121_000);
  await db.database.query("UPDATE deliveries SET due_at = now()");
  expect((await claim())?.ageMs).toBeLessThan(60_000);
});

test("units of a process that is dead pass to another one soon after the clock was set back", async () => {
  const units = new EventSourceUnitStore(db.database);
  await units.renew("dead", 15_000);
  await jump(-HOUR_MS);
  const [row] = await db.database.query<{ seconds: number }>(
    "SELECT extract(epoch FROM lease_until - clock_timestamp())::float8 AS seconds FROM event_source_workers",
  );
  expect(row?.seconds).toBeLessThanOrEqual(16);
});

test("filters of log groups are not younger than what is stored after the clock was set back", async () => {
  await db.database.query(
    `WITH g AS (INSERT INTO log_groups (account_id, region, "logGroupName", "creationTime", "logGroupClass", tags) VALUES ($1, $2, 'g', 0, 'STANDARD', '{}') RETURNING id)
     INSERT INTO log_metric_filters (group_id, "filterName", "filterPattern", "metricTransformations", "creationTime")
     SELECT id, 'f', '', '[]', extract(epoch FROM now()) * 1000 FROM g`,
    [KEY.accountId, KEY.region],
  );
  await jump(-HOUR_MS);
  const [row] = await db.database.query<{ seconds: number }>(
    `SELECT (extract(epoch FROM now()) - "creationTime" / 1000)::float8 AS seconds FROM log_metric_filters`,
  );
  expect(row?.seconds).toBeGreaterThanOrEqual(0);
});

/** Columns of the same names that have rules of their own, or that lie days ahead. */
const OTHERS = [
  "dynamodb_items.expires_at",
  "events.due_at",
  "invokers.lease_until",
  "pool_leases.lease_until",
  "sns_subscriptions.token_expires_at",
  "timers.due_at",
];

test("every table that has a time until which it waits is moved", async () => {
  const rows = await db.database.query<{ name: string }>(
    `SELECT DISTINCT c.table_name || '.' || c.column_name AS name FROM information_schema.columns c
       JOIN pg_class t ON t.relname = c.table_name AND NOT t.relispartition AND t.relnamespace = 'public'::regnamespace
      WHERE c.table_schema = 'public' AND c.column_name ~ '^(due_at|next_at|visible_at|lease_until|leased_until|.*expires_at)$' ORDER BY 1`,
  );
  const moved = Object.entries(WAITING).map(([table, column]) => `${table}.${column}`);
  expect(rows.map(({ name }) => name)).toEqual([...moved, ...OTHERS].toSorted());
});
