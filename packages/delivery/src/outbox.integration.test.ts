import { systemRandom } from "@hearth/kit";
import type { OutgoingMessage } from "@hearth/model";
import { type TestDatabase, testDatabase } from "@hearth/testkit";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { ATTEMPT_NUMBER, NUMBERS_ATTEMPTS } from "./atAttempt.ts";
import { DeliveryRefused } from "./deliveryRefused.ts";
import type { OutsideKind } from "./outsideKind.ts";
import { HERE, outgoing, queueArn } from "./testing/outgoing.ts";
import { sendingHouse, type TestSending } from "./testing/sendingHouse.ts";

let db: TestDatabase;
let stack: AsyncDisposableStack;
beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db[Symbol.asyncDispose]());
beforeEach(() => {
  stack = new AsyncDisposableStack();
});
afterEach(async () => {
  await stack.disposeAsync();
  await db.database.query(
    "TRUNCATE deliveries, fan_outs, sqs_queues, sqs_messages, sqs_bodies, sqs_deduplication CASCADE",
  );
});

/** HTTP endpoints: `answer` decides how an attempt ends. */
function http(answer: (message: OutgoingMessage, signal: AbortSignal) => Promise<void>, deadlineMs = 30_000) {
  const kind: OutsideKind = { name: "http", targets: ["https"], deadlineMs, attempt: answer };
  return { outsideKinds: [kind] };
}

const EMPTY = { waiting: 0, dead: 0 };

async function received({ queues }: TestSending, QueueName: string, limit = 10) {
  const queue = await queues.findByArn(queueArn(QueueName));
  return await queues.receive(queue!, { limit, waitSeconds: 10 }, AbortSignal.timeout(10_000));
}

test("a message for a target outside is sent from the outbox, after the commit, once", async () => {
  const bodies: string[] = [];
  const house = sendingHouse(
    db.database,
    stack,
    http((message) => {
      bodies.push(Buffer.from(message.body).toString());
      return Promise.resolve();
    }),
  );
  const message = outgoing({
    body: Buffer.from("hello"),
    attributes: { b: { DataType: "Binary", BinaryValue: "AAEC" } },
    messageGroupId: "g",
    parameters: { header: "x" },
  });
  const prepared = await house.delivery.prepare([message]);
  await expect(
    db.database.transaction(async (tx) => {
      await prepared.write(tx);
      throw new Error("not committed");
    }),
  ).rejects.toThrow("not committed");
  expect(await house.deliveries.depth()).toEqual(EMPTY);
  await house.delivery.sendNow([message]);
  await expect.poll(() => house.deliveries.depth()).toEqual(EMPTY);
  expect(bodies).toEqual(["hello"]);
});

test("a message comes out of the outbox as it went in", async () => {
  const sent: OutgoingMessage[] = [];
  const house = sendingHouse(
    db.database,
    stack,
    http((message) => {
      sent.push(message);
      return Promise.resolve();
    }),
  );
  const message = outgoing({
    eventId: systemRandom.uuid(),
    sender: {
      kind: "service",
      ...HERE,
      principal: "events.amazonaws.com",
      sourceArn: `arn:aws:events:${HERE.region}:${HERE.accountId}:rule/r`,
      RoleArn: `arn:aws:iam::${HERE.accountId}:role/r`,
    },
    purpose: "RuleTarget",
    attributes: { b: { DataType: "Binary", BinaryValue: "AAEC" } },
    traceId: "Root=1",
    hops: 3,
    messageGroupId: "g",
    messageDeduplicationId: "d",
    retry: { maxAttempts: 3, maxAgeMs: 60_000, backoff: { delaysMs: [1, 2] } },
    deadLetterArn: queueArn("dead"),
    parameters: { header: "x" },
  });
  await house.delivery.sendNow([message]);
  await expect.poll(() => sent).toHaveLength(1);
  expect({ ...sent[0], body: Buffer.from(sent[0]!.body).toString() }).toEqual({ ...message, body: "{}" });
});

describe("a target that hangs", () => {
  test("costs its own deliveries only: other targets of the account and other accounts get theirs", async () => {
    const sent: string[] = [];
    const house = sendingHouse(
      db.database,
      stack,
      http(async ({ TargetArn }) => {
        if (TargetArn.includes("hangs")) await new Promise(() => undefined);
        sent.push(TargetArn);
      }),
    );
    const to = (TargetArn: string): OutgoingMessage => outgoing({ TargetArn });
    await house.delivery.sendNow(Array.from({ length: 60 }, (_one, at) => to(`https://hangs-${at % 2}.example.com/`)));
    const other = outgoing({
      sender: { ...outgoing().sender, accountId: "222222222222" } as OutgoingMessage["sender"],
    });
    await house.delivery.sendNow([to("https://works.example.com/"), other]);
    await expect.poll(() => sent.toSorted()).toEqual(["https://example.com/hook", "https://works.example.com/"]);
  });

  test("is given up by the deadline, and tried again", async () => {
    let attempts = 0;
    const house = sendingHouse(
      db.database,
      stack,
      http(async () => {
        if (++attempts === 1) await new Promise(() => undefined);
      }, 20),
    );
    await house.delivery.sendNow([outgoing()]);
    await expect.poll(() => house.deliveries.depth()).toEqual(EMPTY);
    expect(attempts).toBe(2);
  });
});

describe("a message that is given up", () => {
  test("after as many attempts as its retry policy allows, goes to its dead-letter queue with EventBridge's attributes", async () => {
    let attempts = 0;
    const house = sendingHouse(
      db.database,
      stack,
      http(() => Promise.reject(new Error(`status 500, attempt ${++attempts}`))),
    );
    await house.newQueue("dead");
    const retry = { maxAttempts: 3, backoff: { delaysMs: [1] } };
    const sourceArn = `arn:aws:events:${HERE.region}:${HERE.accountId}:rule/r`;
    const message = outgoing({
      purpose: "RuleTarget",
      sender: { kind: "service", ...HERE, principal: "events.amazonaws.com", sourceArn },
      body: Buffer.from('{"n":1}'),
      retry,
      deadLetterArn: queueArn("dead"),
    });
    await house.delivery.sendNow([message]);
    const [letter] = await received(house, "dead");
    expect(letter?.body).toBe('{"n":1}');
    const text = (StringValue: string) => ({ DataType: "String", StringValue });
    expect(letter?.attributes).toEqual({
      ERROR_CODE: text("ERROR_FROM_TARGET"),
      ERROR_MESSAGE: text("Error: status 500, attempt 3"),
      EXHAUSTED_RETRY_CONDITION: text("MaximumRetryAttempts"),
      RETRY_ATTEMPTS: text("2"),
      RULE_ARN: text(sourceArn),
      TARGET_ARN: text("https://example.com/hook"),
    });
    await expect.poll(() => house.deliveries.depth()).toEqual(EMPTY);
  });

  test("because its target refuses it, is not tried again; without a dead-letter queue it is kept as dead", async () => {
    let attempts = 0;
    const house = sendingHouse(
      db.database,
      stack,
      http(() => {
        attempts++;
        return Promise.reject(new DeliveryRefused("status 403"));
      }),
    );
    await house.delivery.sendNow([outgoing()]);
    await expect.poll(() => house.deliveries.depth()).toEqual({ waiting: 0, dead: 1 });
    expect(attempts).toBe(1);
  });

  test("of a topic keeps its own attributes in the dead-letter queue, also when it was refused before the commit", async () => {
    const house = sendingHouse(db.database, stack);
    await house.newQueue("dead");
    const attributes = { n: { DataType: "Number", StringValue: "1" } };
    await house.delivery.sendNow([
      outgoing({ TargetArn: queueArn("gone"), attributes, deadLetterArn: queueArn("dead") }),
    ]);
    const [letter] = await received(house, "dead");
    expect(letter?.attributes).toEqual(attributes);
  });

  test("and whose dead-letter queue is gone, is kept as dead", async () => {
    const house = sendingHouse(db.database, stack);
    await house.delivery.sendNow([outgoing({ TargetArn: queueArn("gone"), deadLetterArn: queueArn("gone-too") })]);
    await expect.poll(() => house.deliveries.depth()).toEqual({ waiting: 0, dead: 1 });
    const [row] = await db.database.query("SELECT purpose, target FROM deliveries");
    expect(row).toEqual({ purpose: "DeadLetter", target: queueArn("gone-too") });
  });

  test("because it is older than its retry policy allows", async () => {
    const house = sendingHouse(
      db.database,
      stack,
      http(() => Promise.reject(new Error("status 500"))),
    );
    await house.delivery.sendNow([outgoing({ retry: { maxAgeMs: 0 } })]);
    await expect.poll(() => house.deliveries.depth()).toEqual({ waiting: 0, dead: 1 });
  });
});

test("an account whose messages wait in the outbox may cause no more of them, and others may", async () => {
  let isDown = true;
  const house = sendingHouse(db.database, stack, {
    ...http(() => (isDown ? Promise.reject(new Error("status 500")) : Promise.resolve())),
    limitBytes: 20_000,
    outboxOptions: { backoff: { baseMs: 200, maxMs: 200 } },
  });
  const large = (): OutgoingMessage => outgoing({ body: Buffer.alloc(8_000, "x") });
  await house.delivery.sendNow([large()]);
  await house.delivery.sendNow([large()]);
  const checkRoom = async (message = large()): Promise<void> => (await house.delivery.prepare([message])).checkRoom();
  await expect(checkRoom()).rejects.toThrow("that wait to be sent take up");
  await checkRoom({ ...large(), sender: { ...large().sender, accountId: "222222222222" } });
  // What is delivered at once needs no room.
  await house.newQueue("room");
  await checkRoom(outgoing({ TargetArn: queueArn("room"), body: Buffer.alloc(8_000, "x") }));
  const fanOut = { ...HERE, id: systemRandom.uuid(), reader: "r", body: Buffer.alloc(8_000), context: {} };
  await expect(db.database.transaction((tx) => house.fanOuts.add(tx, fanOut))).rejects.toMatchObject({
    code: "ThrottlingException",
  });
  // One that cannot be refused any more, such as the record of an event that has run, is given up.
  await house.delivery.sendNow([large()]);
  expect(await house.deliveries.depth()).toEqual({ waiting: 2, dead: 1 });
  isDown = false;
  await expect.poll(() => house.deliveries.depth()).toEqual({ waiting: 0, dead: 1 });
  await expect.poll(async () => await checkRoom(), { timeout: 30_000 }).toBeUndefined();
});

test("permissions are asked again at each attempt", async () => {
  let mayNot: string | undefined;
  let attempts = 0;
  // API destinations need a permission, as URLs do not.
  const TargetArn = `arn:aws:events:${HERE.region}:${HERE.accountId}:api-destination/d/1`;
  const kind: OutsideKind = {
    name: "api",
    targets: ["events/api-destination"],
    attempt: () => {
      attempts++;
      mayNot = "the role does not trust events.amazonaws.com any more";
      return Promise.reject(new Error("status 500"));
    },
  };
  const own = sendingHouse(db.database, stack, { outsideKinds: [kind], refusalOf: () => Promise.resolve(mayNot) });
  await own.delivery.sendNow([outgoing({ TargetArn })]);
  await expect.poll(() => own.deliveries.depth()).toEqual({ waiting: 0, dead: 1 });
  expect(attempts).toBe(1);
});

test("two processes send each message to a target inside once", async () => {
  let isDown = true;
  const refusalOf = () => (isDown ? Promise.reject(new Error("down")) : Promise.resolve(undefined));
  const [one] = [sendingHouse(db.database, stack, { refusalOf }), sendingHouse(db.database, stack, { refusalOf })];
  await one.newQueue("q");
  const bodies = Array.from({ length: 30 }, (_one, at) => `m${at}`);
  await one.delivery.sendNow(bodies.map((body) => outgoing({ TargetArn: queueArn("q"), body: Buffer.from(body) })));
  isDown = false;
  await expect.poll(() => one.deliveries.depth()).toEqual(EMPTY);
  const rows = await db.database.query<{ body: string }>("SELECT body FROM sqs_bodies");
  expect(rows.map(({ body }) => body).toSorted()).toEqual(bodies.toSorted());
});

test("a message that numbers its attempts has the number of each of them, and its dead letter that of the last", async () => {
  const bodies: string[] = [];
  const house = sendingHouse(
    db.database,
    stack,
    http((message) => {
      bodies.push(Buffer.from(message.body).toString());
      return Promise.reject(new Error("not now"));
    }),
  );
  await house.newQueue("dead");
  const sender = {
    kind: "service",
    ...HERE,
    principal: "scheduler.amazonaws.com",
    sourceArn: "arn:aws:scheduler:::schedule/g/s",
  } as const;
  const retry = { maxAttempts: 3 };
  const numbered = {
    sender,
    purpose: "Schedule",
    body: Buffer.from(`n ${ATTEMPT_NUMBER}`),
    parameters: NUMBERS_ATTEMPTS,
  } as const;
  await house.delivery.sendNow([outgoing({ ...numbered, retry, deadLetterArn: queueArn("dead") })]);
  const [letter] = await received(house, "dead");
  expect(bodies).toEqual(["n 1", "n 2", "n 3"]);
  expect(letter?.body).toBe("n 3");
});
