import { ManualClock, silentLogger, SystemClock, systemRandom } from "@hearth/kit";
import { Database, SqsMoveTaskStore } from "@hearth/store";
import { type TestDatabase, testDatabase } from "@hearth/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { MoveTasks, type NewMessage, type Queue, queueArn, Queues, toQueue } from "./index.ts";

// Two processes' worth of connections and memory on one database.
const deps = { clock: new SystemClock(), random: systemRandom, logger: silentLogger };
const never = new AbortController().signal;
let db: TestDatabase;
let second: Database;
let here: Queues;
let there: Queues;
beforeAll(async () => {
  db = await testDatabase();
  second = new Database({ connection: db.connection }, deps);
  here = new Queues({ ...deps, database: db.database });
  there = new Queues({ ...deps, database: second });
});
afterAll(async () => {
  await Promise.all([here[Symbol.asyncDispose](), there[Symbol.asyncDispose]()]);
  await second[Symbol.asyncDispose]();
  await db[Symbol.asyncDispose]();
});

const where = { accountId: "000000000000", region: "us-east-1" };

async function newQueue(attributes: Record<string, string> = {}, isFifo = false): Promise<Queue> {
  const QueueName = `q-${systemRandom.hex(6)}${isFifo ? ".fifo" : ""}`;
  const record = await here.store.create({ ...where, QueueName }, { isFifo, attributes, tags: {} });
  return toQueue(record!);
}

const text = (body: string, more: Partial<NewMessage> = {}): NewMessage => ({ body, senderId: "AIDA", ...more });
const inGroup = (body: string, groupId: string): NewMessage => text(body, { groupId, deduplicationId: body });
const bodies = (messages: readonly { readonly body: string }[]): string[] => messages.map(({ body }) => body);

test("two processes that receive at the same time get every message once", async () => {
  const queue = await newQueue();
  await Promise.all(Array.from({ length: 100 }, (_, at) => here.send(queue, text(String(at)))));
  const consume = async (queues: Queues): Promise<string[]> => {
    const found: string[] = [];
    for (;;) {
      const messages = await queues.receive(queue, { limit: 10 }, never);
      if (messages.length === 0) return found;
      found.push(...bodies(messages));
      await Promise.all(messages.map(({ ReceiptHandle }) => queues.delete(queue, ReceiptHandle)));
    }
  };
  const found = (await Promise.all([consume(here), consume(there), consume(here), consume(there)])).flat();
  expect(found.toSorted((a, b) => Number(a) - Number(b))).toEqual(Array.from({ length: 100 }, (_, at) => String(at)));
  expect(await here.messages.counts(queue.id, queue.retentionSeconds)).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
});

test("an account may store so much, and have so many queues; what it has deleted does not count", async () => {
  await using limited = new Queues({ ...deps, database: db.database, storageLimitBytes: 5_000, maxQueues: 2 });
  const other = { accountId: "333333333333", region: "us-east-1" };
  const create = async (QueueName: string): Promise<Queue> => {
    await limited.checkCount(other.accountId);
    const record = await limited.store.create({ ...other, QueueName }, { isFifo: false, attributes: {}, tags: {} });
    return toQueue(record!);
  };
  const [queue] = [await create("a"), await create("b")];
  await expect(create("c")).rejects.toMatchObject({ code: "OverLimit" });
  const large = text("x".repeat(2_000), { traceHeader: "Root=1" });
  await limited.send(queue, large);
  await limited.send(queue, large);
  await expect(limited.send(queue, large)).rejects.toMatchObject({ code: "ThrottlingException" });
  expect(limited.hasRoomFor(queue, large)).toBe(false);
  await limited.send(await newQueue(), large);
  const [first] = await limited.receive(queue, { limit: 1 }, never);
  await limited.delete(queue, first!.ReceiptHandle);
  await expect.poll(() => limited.hasRoomFor(queue, large), { timeout: 30_000 }).toBe(true);
  expect(await limited.messages.bytesByAccount(0)).toContainEqual({ accountId: other.accountId, bytes: 2_006 });
});

test("a consumer that waits in one process gets what another process accepts", async () => {
  const queue = await newQueue();
  const waiting = there.receive(queue, { limit: 10, waitSeconds: 20 }, never);
  await expect.poll(async () => await listens("hearth_sqs")).toBe(true);
  await here.send(queue, text("news"));
  expect(bodies(await waiting)).toEqual(["news"]);
});

async function listens(channel: string): Promise<boolean> {
  const rows = await db.database.query(
    "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND query = $1",
    [`LISTEN "${channel}"`],
  );
  return rows.length > 0;
}

test("a consumer that waits gets a message when its delay, or the time of another consumer, is over", async () => {
  const queue = await newQueue();
  await here.send(queue, text("late", { delaySeconds: 1 }));
  const [late] = await there.receive(queue, { limit: 1, waitSeconds: 20, visibilitySeconds: 1 }, never);
  expect(late).toMatchObject({ body: "late", receiveCount: 1 });
  const [again] = await here.receive(queue, { limit: 1, waitSeconds: 20 }, never);
  expect(again).toMatchObject({ body: "late", receiveCount: 2 });
});

test("a receive of a FIFO queue that is repeated with its id gets the same messages, until one of them is deleted or was changed", async () => {
  const queue = await newQueue({}, true);
  for (const body of ["a1", "a2", "a3"]) await here.send(queue, inGroup(body, "a"));
  const receive = async (attemptId: string, from = here) =>
    await from.receive(queue, { limit: 2, visibilitySeconds: 60, attemptId }, never);
  const first = await receive("one");
  expect(bodies(first)).toEqual(["a1", "a2"]);
  expect(await receive("one", there)).toEqual(first);
  expect(await receive("one")).toEqual(first);
  expect(await receive("other")).toEqual([]);
  await here.changeVisibility(queue, first[0]!.ReceiptHandle, 30);
  expect(await receive("one")).toEqual([]);
  for (const { ReceiptHandle } of first) await here.delete(queue, ReceiptHandle);
  const next = await receive("one");
  expect(bodies(next)).toEqual(["a3"]);
  await here.changeVisibility(queue, next[0]!.ReceiptHandle, 0);
  const [again] = await receive("one");
  expect([again?.body, again?.receiveCount]).toEqual(["a3", 2]);
});

test("a group of a FIFO queue is received in order, by one consumer at a time", async () => {
  const queue = await newQueue({}, true);
  for (const body of ["a1", "b1", "a2", "a3", "b2"]) await here.send(queue, inGroup(body, body.slice(0, 1)));
  const first = await here.receive(queue, { limit: 1 }, never);
  const others = await there.receive(queue, { limit: 10 }, never);
  expect([bodies(first), bodies(others)]).toEqual([["a1"], ["b1", "b2"]]);
  expect(await there.receive(queue, { limit: 10 }, never)).toEqual([]);
  const waiting = there.receive(queue, { limit: 10, waitSeconds: 20 }, never);
  await here.delete(queue, first[0]!.ReceiptHandle);
  expect(bodies(await waiting)).toEqual(["a2", "a3"]);
});

test("messages that many send to a FIFO queue at once are received in the order of their sequence numbers", async () => {
  const queue = await newQueue({}, true);
  const sends = Array.from({ length: 60 }, (_, at) => (at % 2 ? here : there).send(queue, inGroup(String(at), "g")));
  const numbers = new Map((await Promise.all(sends)).map(({ SequenceNumber }, at) => [String(at), SequenceNumber!]));
  const received: string[] = [];
  for (let more = true; more;) {
    const messages = await there.receive(queue, { limit: 10 }, never);
    for (const { body, ReceiptHandle } of messages) {
      received.push(body);
      await there.delete(queue, ReceiptHandle);
    }
    more = messages.length > 0;
  }
  expect(received).toEqual([...numbers.keys()].toSorted((a, b) => (numbers.get(a)! < numbers.get(b)! ? -1 : 1)));
});

test("a message is accepted once in 5 minutes, by whichever process it comes", async () => {
  const queue = await newQueue({}, true);
  const sends = Array.from({ length: 8 }, (_, at) => (at % 2 ? here : there).send(queue, inGroup("same", "g")));
  const sent = await Promise.all(sends);
  expect(new Set(sent.map(({ MessageId }) => MessageId)).size).toBe(1);
  expect(bodies(await here.receive(queue, { limit: 10 }, never))).toEqual(["same"]);
});

test("a message that was received too often goes to the dead-letter queue, and holds up no other message", async () => {
  const deadLetters = await newQueue();
  const policy = JSON.stringify({ deadLetterTargetArn: deadLetters.arn, maxReceiveCount: 2 });
  const queue = await newQueue({ RedrivePolicy: policy });
  await here.send(queue, text("poison"));
  for (let time = 1; time <= 2; time++) {
    const [message] = await here.receive(queue, { limit: 1, visibilitySeconds: 0 }, never);
    expect(message).toMatchObject({ receiveCount: time });
  }
  await here.send(queue, text("good"));
  const waiting = there.receive(deadLetters, { limit: 1, waitSeconds: 20 }, never);
  expect(bodies(await here.receive(queue, { limit: 1 }, never))).toEqual(["good"]);
  expect(await waiting).toMatchObject([{ body: "poison", deadLetterSourceArn: queue.arn }]);
});

test("what a transaction sends is there when it commits, and a message that is refused fails alone", async () => {
  const queue = await newQueue();
  const fifo = await newQueue({}, true);
  const addressed = [
    { queue, message: text("one") },
    { queue: fifo, message: text("no group") },
    { queue: fifo, message: inGroup("two", "g") },
  ];
  await expect(
    db.database.transaction(async (tx) => {
      await here.sendWithin(tx, addressed);
      throw new Error("rolled back");
    }),
  ).rejects.toThrow("rolled back");
  expect(await here.receive(queue, { limit: 10 }, never)).toEqual([]);
  const waiting = there.receive(queue, { limit: 10, waitSeconds: 20 }, never);
  const sent = await db.database.transaction((tx) => here.sendWithin(tx, addressed));
  sent.announce();
  expect(sent.results).toMatchObject([
    { MessageId: expect.any(String) },
    { code: "MissingRequiredParameterException" },
    { SequenceNumber: expect.stringMatching(/^\d{20}$/) },
  ]);
  expect(bodies(await waiting)).toEqual(["one"]);
  expect(bodies(await here.receive(fifo, { limit: 10 }, never))).toEqual(["two"]);
});

test("consumers that wait ask the database nothing while nothing happens", async () => {
  const queue = await newQueue();
  const clock = new ManualClock();
  const stop = new AbortController();
  let statements = 0;
  const counting = new Proxy(second, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== "function") return value;
      if (name === "query" || name === "prepared" || name === "transaction") statements++;
      return value.bind(target) as unknown;
    },
  });
  await using many = new Queues({ ...deps, clock, database: counting });
  let looks = 0;
  const { messages } = many;
  const claim = messages.claim.bind(messages);
  messages.claim = async (...args) => {
    const claimed = await claim(...args);
    looks++;
    return claimed;
  };
  const consumers = 500;
  const waiting = Array.from({ length: consumers }, () =>
    many.receive(queue, { limit: 1, waitSeconds: 20 }, stop.signal),
  );
  // One look for messages each, many of them in one statement; those that come first also ask when the next message becomes visible.
  await expect.poll(() => looks).toBe(consumers);
  expect(statements).toBeLessThan(consumers);
  await many.messages.counts(queue.id, queue.retentionSeconds); // queued behind those statements
  const before = statements;
  await clock.advance(19_000);
  expect(statements - before).toBe(0);
  stop.abort(new Error("enough"));
  expect((await Promise.all(waiting)).flat()).toEqual([]);
});

test("a queue that names itself as its dead-letter queue, or one of another account, is received from as if it had none", async () => {
  const foreign = await here.store.create(
    { ...where, accountId: "111111111111", QueueName: `q-${systemRandom.hex(6)}` },
    { isFifo: false, attributes: {}, tags: {} },
  );
  const QueueName = `q-${systemRandom.hex(6)}`;
  for (const target of [{ ...where, QueueName }, foreign!]) {
    await here.store.delete({ ...where, QueueName });
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: queueArn(target), maxReceiveCount: 1 });
    const record = await here.store.create(
      { ...where, QueueName },
      { isFifo: false, attributes: { RedrivePolicy }, tags: {} },
    );
    const queue = toQueue(record!);
    here.directory.forget(queue);
    await here.send(queue, text("again"));
    const request = { limit: 1, visibilitySeconds: 0 };
    for (const receiveCount of [1, 2, 3]) {
      expect(await here.receive(queue, request, never)).toMatchObject([{ body: "again", receiveCount }]);
    }
  }
  expect(await here.receive(toQueue(foreign!), { limit: 1 }, never)).toEqual([]);
});

test("messages whose dead-letter queue was deleted a moment ago are received on", async () => {
  const deadLetters = await newQueue();
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: deadLetters.arn, maxReceiveCount: 1 });
  const queue = await newQueue({ RedrivePolicy });
  await here.send(queue, text("again"));
  const request = { limit: 1, visibilitySeconds: 0 };
  await here.receive(queue, request, never);
  expect(await here.findByArn(deadLetters.arn)).toBeDefined();
  await here.store.delete(deadLetters);
  expect(await here.receive(queue, request, never)).toMatchObject([{ body: "again", receiveCount: 2 }]);
});

test("a move task that is to be slow holds up no other one", async () => {
  const [slow, quick] = [await newQueue(), await newQueue()];
  await Promise.all(Array.from({ length: 100 }, () => here.send(slow, text("slow"))));
  await Promise.all(Array.from({ length: 60 }, () => here.send(quick, text("quick"))));
  const destination = await newQueue();
  const store = new SqsMoveTaskStore(db.database);
  const start = async (source: Queue, perSecond: number | null): Promise<string> => {
    const id = systemRandom.uuid();
    const from = { sourceQueueId: source.id, sourceArn: source.arn, destinationArn: destination.arn };
    expect(await store.start({ ...where, id, ...from, perSecond })).toBe(true);
    return id;
  };
  const [slowId, quickId] = [await start(slow, 1), await start(quick, null)];
  await using _tasks = new MoveTasks({ ...deps, database: db.database, queues: here });
  const statusOf = async (id: string) => (await store.find(where, id))?.status;
  await expect.poll(() => statusOf(quickId), { timeout: 30_000 }).toBe("COMPLETED");
  await expect.poll(async () => (await store.find(where, slowId))?.moved, { timeout: 30_000 }).toBeGreaterThan(1);
  expect(await statusOf(slowId)).toBe("RUNNING");
  const { visible } = await here.messages.counts(destination.id, destination.retentionSeconds);
  expect(visible).toBeGreaterThan(60);
});
