import { type TestDatabase, testDatabase } from "@hearth/testkit";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { HERE, outgoing, queueArn } from "./testing/outgoing.ts";
import { sendingHouse } from "./testing/sendingHouse.ts";

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

test("FIFO queues get the group and the deduplication id, and take a duplicate once; a message without a group is refused", async () => {
  const house = sendingHouse(db.database, stack);
  await house.newQueue("q.fifo");
  const TargetArn = queueArn("q.fifo");
  const message = outgoing({ TargetArn, messageGroupId: "g", messageDeduplicationId: "d" });
  await house.delivery.sendNow([message, { ...message, id: crypto.randomUUID() }]);
  await house.delivery.sendNow([outgoing({ TargetArn })]);
  const queue = await house.queues.findByArn(TargetArn);
  const got = await house.queues.receive(queue!, { limit: 10, waitSeconds: 5 }, AbortSignal.timeout(5_000));
  expect(got).toMatchObject([{ body: "{}", groupId: "g", deduplicationId: "d" }]);
  const [dead] = await db.database.query("SELECT last_error FROM deliveries WHERE state = 'dead'");
  expect(dead).toEqual({ last_error: `${TargetArn} is a FIFO queue, and the message has no message group` });
});

test("binary attributes arrive, and a message that one queue refuses does not keep it from the others", async () => {
  const house = sendingHouse(db.database, stack);
  await house.newQueue("small", { MaximumMessageSize: "1024" });
  await house.newQueue("large");
  const body = Buffer.alloc(2_000, "x");
  const attributes = { b: { DataType: "Binary", BinaryValue: "AAEC" } };
  await house.delivery.sendNow(
    ["small", "large"].map((name) => outgoing({ TargetArn: queueArn(name), body, attributes })),
  );
  const queue = await house.queues.findByArn(queueArn("large"));
  const got = await house.queues.receive(queue!, { limit: 10, waitSeconds: 5 }, AbortSignal.timeout(5_000));
  expect(got).toMatchObject([{ attributes, senderId: `${HERE.accountId}:sns.amazonaws.com` }]);
  expect(await house.deliveries.depth()).toEqual({ waiting: 0, dead: 1 });
});
