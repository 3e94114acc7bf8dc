import {
  CreateQueueCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
  SQSServiceException,
} from "@aws-sdk/client-sqs";
import { type RunningHearth, startHearth } from "@hearth/testkit";
import { expect, test } from "vitest";
import { databaseOf } from "../support/database.ts";

const SENDERS = 4;
const CONSUMERS = 4;
const ACCEPTED = 100;
const DELETED = 40;

/** A message that was received is not received again while the test runs. */
const ONCE = { MaxNumberOfMessages: 10, WaitTimeSeconds: 1, VisibilityTimeout: 3600 };

/** The URL has the host of the first start; any host leads to the queue. */
function clientOf(hearth: RunningHearth): SQSClient {
  return new SQSClient({ ...hearth.clientConfig, maxAttempts: 1, useQueueUrlAsEndpoint: false });
}

/** Repeats `step` until a request is not answered. */
async function untilKilled(step: () => Promise<void>): Promise<void> {
  try {
    for (;;) await step();
  } catch (error) {
    if (error instanceof SQSServiceException && error.$metadata.httpStatusCode !== undefined) throw error;
  }
}

test("kill -9 while messages are sent, received and deleted: what was accepted is there, what was deleted is not", async () => {
  await using hearth = await startHearth();
  const sqs = clientOf(hearth);
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: "crash" }));
  const accepted = new Set<string>();
  const deleted = new Set<string>();
  const asked = new Set<string>();
  let next = 0;
  const send = async (): Promise<void> => {
    const MessageBody = String(next++);
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));
    accepted.add(MessageBody);
  };
  const consume = async (): Promise<void> => {
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, ...ONCE }));
    for (const { Body = "", ReceiptHandle } of Messages) {
      asked.add(Body);
      await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
      deleted.add(Body);
    }
  };
  const load = Promise.all([
    ...Array.from({ length: SENDERS }, () => untilKilled(send)),
    ...Array.from({ length: CONSUMERS }, () => untilKilled(consume)),
  ]);
  await expect.poll(() => accepted.size >= ACCEPTED && deleted.size >= DELETED, { timeout: 60_000 }).toBe(true);
  await hearth.kill("SIGKILL");
  await load;

  await hearth.start();
  // Read from the database: what a consumer had received without getting the answer is invisible now.
  await using database = databaseOf(hearth);
  const rows = await database.query<{ body: string }>(
    "SELECT body FROM sqs_messages m JOIN sqs_bodies b ON b.slot = m.body_slot AND b.id = m.id",
  );
  const found = rows.map(({ body }) => body);
  const there = new Set(found);
  expect(there.size).toBe(found.length);
  expect([...accepted].filter((body) => !there.has(body) && !asked.has(body))).toEqual([]);
  expect(found.filter((body) => deleted.has(body))).toEqual([]);
  // Besides what was accepted: sends that were committed and not answered.
  expect(found.filter((body) => !accepted.has(body)).length).toBeLessThanOrEqual(SENDERS);
  const again = clientOf(hearth);
  await again.send(new SendMessageCommand({ QueueUrl, MessageBody: "again" }));
  expect((await again.send(new ReceiveMessageCommand({ QueueUrl, ...ONCE }))).Messages?.length).toBeGreaterThan(0);
});
