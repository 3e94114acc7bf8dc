import { newMasterKey, silentLogger, systemRandom } from "@hearth/kit";
import { Database, useMasterKeys } from "@hearth/store";
import { type TestDatabase, testDatabase } from "@hearth/testkit";
import { subscriptionArn, TopicRetention, Topics, topicArn, toTopic, type Topic } from "@hearth/topics";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { DeliveryRefused } from "./deliveryRefused.ts";
import type { OutsideKind } from "./outsideKind.ts";
import { HERE, outgoing, queueArn } from "./testing/outgoing.ts";
import { deps, sendingHouse, type TestSending } from "./testing/sendingHouse.ts";
import { topicTarget } from "./topicTarget.ts";

/** A process that sends, with topics. */
interface TestHouse extends TestSending {
  readonly topics: Topics;
}

// Two processes' worth of connections and memory on one database.
let db: TestDatabase;
let second: Database;
let stack: AsyncDisposableStack;
let here: TestHouse;
let there: TestHouse;
/** Endpoints that answer nothing but errors. */
let down: OutsideKind;
beforeAll(async () => {
  db = await testDatabase();
  second = new Database({ connection: db.connection }, deps);
  const masterKey = newMasterKey();
  for (const { keys } of [db.database, second]) keys.set([masterKey]);
  await db.database.query("TRUNCATE master_keys");
  await useMasterKeys(db.database, silentLogger);
});
afterAll(async () => {
  await second[Symbol.asyncDispose]();
  await db[Symbol.asyncDispose]();
});
beforeEach(() => {
  stack = new AsyncDisposableStack();
  here = houseOn(db.database);
  there = houseOn(second);
  down = {
    name: "http",
    targets: ["https"],
    deadlineMs: 1_000,
    attempt: () => Promise.reject(new Error("status 500")),
  };
});
afterEach(async () => {
  await stack.disposeAsync();
  await db.database.query(
    "TRUNCATE deliveries, fan_outs, sqs_queues, sqs_messages, sqs_bodies, sqs_deduplication, sns_topics, sns_subscriptions, sns_deduplication CASCADE",
  );
});

function houseOn(database: Database, more: Parameters<typeof sendingHouse>[2] = {}): TestHouse {
  const fanOutsOptions = { chunk: { messages: 4, bytes: 1_000_000 } };
  const house = sendingHouse(database, stack, { fanOutsOptions, ...more });
  const { delivery: sending, fanOuts } = house;
  const topics = new Topics({ ...deps, database, links: { publicUrl: "http://hearth" }, sending, fanOuts });
  fanOuts.register(topics.reader);
  return { ...house, topics };
}

async function newTopic(TopicName: string, attributes: Record<string, string> = {}): Promise<Topic> {
  const isFifo = TopicName.endsWith(".fifo");
  const record = await here.topics.store.create({ ...HERE, TopicName }, { isFifo, attributes, tags: {} }, 10);
  if (!record || record === "full") throw new Error("the topic was not created");
  return toTopic(record);
}

async function subscribe(
  { id: topicId }: Topic,
  QueueName: string,
  more: { readonly token?: string; readonly isRaw?: boolean; readonly endpoint?: string } = {},
) {
  await here.newQueue(QueueName);
  const made = await here.topics.subscriptions.create(
    {
      topicId,
      uuid: systemRandom.uuid(),
      owner: HERE.accountId,
      region: HERE.region,
      protocol: more.endpoint === undefined ? "sqs" : "https",
      endpoint: more.endpoint ?? queueArn(QueueName),
      principal: "arn:aws:iam::000000000000:root",
      attributes: { RawMessageDelivery: String(more.isRaw ?? true) },
      wasAuthenticated: true,
      token: more.token,
    },
    { subscriptions: 100, filtersPerTopic: 10, filtersPerAccount: 10, pendingPerAccount: 10 },
  );
  if (!made || typeof made === "string") throw new Error(`not subscribed: ${String(made)}`);
  return made;
}

async function bodiesIn(QueueName: string, count: number): Promise<readonly string[]> {
  const queue = await here.queues.findByArn(queueArn(QueueName));
  const bodies: string[] = [];
  while (bodies.length < count) {
    const got = await here.queues.receive(queue!, { limit: 10, waitSeconds: 10 }, AbortSignal.timeout(10_000));
    if (got.length === 0) break;
    for (const { body, ReceiptHandle } of got) {
      bodies.push(body);
      await here.queues.delete(queue!, ReceiptHandle);
    }
  }
  return bodies;
}

test("two processes that publish to a FIFO topic give ascending sequence numbers in the order of the queue, and take a duplicate once", async () => {
  const topic = await newTopic("t.fifo");
  await subscribe(topic, "q.fifo");
  const publish = async ({ topics }: TestHouse, message: string) =>
    await topics.publish(topic, { message, groupId: "g", deduplicationId: message });
  const names = Array.from({ length: 20 }, (_one, at) => String(at));
  const results = await Promise.all(
    names.flatMap((name) => [publish(here, name), publish(there, name), publish(there, `${name}-there`)]),
  );
  const sequences = new Map<string, string>();
  results.forEach(({ SequenceNumber = "" }, at) => {
    const name = at % 3 === 2 ? `${names[Math.floor(at / 3)]}-there` : (names[Math.floor(at / 3)] ?? "");
    expect(sequences.get(name) ?? SequenceNumber).toBe(SequenceNumber);
    sequences.set(name, SequenceNumber);
  });
  const bodies = await bodiesIn("q.fifo", 40);
  expect(bodies).toHaveLength(40);
  expect(new Set(bodies)).toEqual(new Set(sequences.keys()));
  const order = bodies.map((body) => sequences.get(body) ?? "");
  expect(order).toEqual(order.toSorted());
});

test("a message to many subscriptions is accepted as one row, and each of them gets it once, whichever process sends", async () => {
  const topic = await newTopic("t");
  const names = Array.from({ length: 25 }, (_one, at) => `q${at}`);
  for (const name of names) await subscribe(topic, name);
  await Promise.all([here.topics.publish(topic, { message: "one" }), there.topics.publish(topic, { message: "two" })]);
  for (const name of names) expect((await bodiesIn(name, 2)).toSorted()).toEqual(["one", "two"]);
  await expect.poll(async () => await db.database.query("SELECT id FROM fan_outs")).toEqual([]);
  const [row] = await db.database.query<{ left: bigint }>("SELECT count(*) AS left FROM sqs_messages");
  expect(row?.left).toBe(0n);
});

test("a long message to many queues is stored once for those that get it raw and once for the others, and each queue has its own link to unsubscribe", async () => {
  await db.database.query("TRUNCATE sqs_shared_texts");
  const topic = await newTopic("t");
  const names = Array.from({ length: 12 }, (_one, at) => `q${at}`);
  const made = [];
  for (const [at, name] of names.entries()) made.push(await subscribe(topic, name, { isRaw: at < 6 }));
  const message = `"long" ${"é".repeat(10_000)}`;
  await here.topics.publish(topic, { message, attributes: { color: { DataType: "String", StringValue: "red" } } });
  for (const [at, name] of names.entries()) {
    const [body = ""] = await bodiesIn(name, 1);
    if (at < 6) expect(body).toBe(message);
    else {
      expect(JSON.parse(body)).toMatchObject({ Message: message, MessageAttributes: { color: { Value: "red" } } });
      expect((JSON.parse(body) as { UnsubscribeURL: string }).UnsubscribeURL).toContain(made[at]?.uuid);
    }
  }
  expect(await db.database.query("SELECT 1 FROM sqs_shared_texts")).toHaveLength(2);
});

test("an account may have so many messages waiting for their subscriptions", async () => {
  const topic = await newTopic("t");
  for (let at = 0; at < 11; at++) await subscribe(topic, `q${at}`);
  await db.database.query(
    `INSERT INTO fan_outs (id, account_id, region, reader, context, body)
     SELECT gen_random_uuid(), $1, $2, 'none', '{}', '' FROM generate_series(1, 1000)`,
    [HERE.accountId, HERE.region],
  );
  await expect(here.topics.publish(topic, { message: "x" })).rejects.toThrow("Too many messages of this account wait");
  await db.database.query("DELETE FROM fan_outs WHERE id IN (SELECT id FROM fan_outs LIMIT 1)");
  await here.topics.publish(topic, { message: "x" });
});

test("a message that would have to wait is refused while the account's messages that wait take all they may, and one for queues is not", async () => {
  here = houseOn(db.database, { outsideKinds: [down], limitBytes: 20_000 });
  const [topic, ofQueues] = [await newTopic("t"), await newTopic("queues")];
  await subscribe(topic, "unused", { endpoint: "https://hooks.example.org/" });
  await subscribe(ofQueues, "q");
  const message = "x".repeat(8_000);
  for (let at = 0; at < 2; at++) await here.topics.publish(topic, { message });
  await expect(here.topics.publish(topic, { message })).rejects.toMatchObject({ code: "ThrottlingException" });
  expect((await here.deliveries.depth()).dead).toBe(0);
  await here.topics.publish(ofQueues, { message });
  expect(await bodiesIn("q", 1)).toEqual([message]);
});

test("a process that remembers a topic publishes to the one of the same name that another process has made meanwhile", async () => {
  for (const name of ["t", "t.fifo"]) {
    const old = await newTopic(name);
    await there.topics.find(old);
    await here.topics.store.delete(old);
    const fresh = await newTopic(name);
    await subscribe(fresh, `q${name}`);
    await there.topics.publish(old, { message: name, groupId: "g", ...(old.isFifo && { deduplicationId: "d" }) });
    expect(await bodiesIn(`q${name}`, 1)).toEqual([name]);
    await here.topics.store.delete(fresh);
    const gone = there.topics.publish(fresh, {
      message: name,
      groupId: "g",
      ...(old.isFifo && { deduplicationId: "e" }),
    });
    await expect(gone).rejects.toThrow("Topic does not exist");
  }
});

test("a message to a topic is there when the transaction commits, and not when it is rolled back", async () => {
  const topic = await newTopic("t");
  await subscribe(topic, "q");
  const kind = topicTarget(here);
  const send = async (body: string, fails: boolean): Promise<void> => {
    const write = await kind.open(outgoing({ TargetArn: topic.arn, body: Buffer.from(body) }));
    const committed = await db.database.transaction(async (tx) => {
      const done = await write(tx);
      if (fails) throw new Error("rolled back");
      return done;
    });
    committed();
  };
  await expect(send("lost", true)).rejects.toThrow("rolled back");
  await send("kept", false);
  expect(await bodiesIn("q", 1)).toEqual(["kept"]);
  const missing = kind.open(outgoing({ TargetArn: topicArn({ ...HERE, TopicName: "none" }) }));
  await expect(missing).rejects.toThrow(DeliveryRefused);
  const large = kind.open(outgoing({ TargetArn: topic.arn, body: Buffer.alloc(262_145, "x") }));
  await expect(large).rejects.toThrow("Message too long");
});

test("both processes sign with one key, whose certificate either serves", async () => {
  const names = await Promise.all([here.topics.signing.certificateName(), there.topics.signing.certificateName()]);
  for (const name of names) {
    expect(await there.topics.signing.certificate(name)).toContain("BEGIN CERTIFICATE");
    expect(await here.topics.signing.certificate(name)).toContain("BEGIN CERTIFICATE");
  }
  const again = houseOn(db.database);
  expect(names).toContain(await again.topics.signing.certificateName());
});

test("a subscription that is not confirmed in time is deleted, and its token is worth nothing", async () => {
  const topic = await newTopic("t");
  const { uuid } = await subscribe(topic, "late", { token: "late" });
  const intime = await subscribe(topic, "intime", { token: "intime" });
  const confirm = async (token: string) =>
    await here.topics.subscriptions.confirm(topic.id, token, { wasAuthenticated: true, guardsUnsubscribing: false });
  await db.database.query("UPDATE sns_subscriptions SET token_expires_at = now() WHERE uuid = $1", [uuid]);
  expect(await confirm("late")).toBeUndefined();
  const confirmed = await confirm("intime");
  expect(confirmed && subscriptionArn(confirmed)).toBe(subscriptionArn(intime));
  stack.use(new TopicRetention({ ...deps, database: db.database }));
  await expect
    .poll(async () => await there.topics.subscriptions.counts(topic.id))
    .toEqual({ confirmed: 1, pending: 0 });
});
