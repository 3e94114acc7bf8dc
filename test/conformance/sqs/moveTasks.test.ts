import {
  CancelMessageMoveTaskCommand,
  GetQueueAttributesCommand,
  ListMessageMoveTasksCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  StartMessageMoveTaskCommand,
} from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { refusal } from "../refusal.ts";
import { type SqsTarget, sqsTarget } from "./sqsTarget.ts";

let target: SqsTarget;
beforeAll(async () => void (target = await sqsTarget()));
afterAll(async () => await target[Symbol.asyncDispose]());

const arnOf = async (QueueUrl: string): Promise<string> => {
  const command = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["QueueArn"] });
  return (await target.sqs.send(command)).Attributes?.["QueueArn"] ?? "";
};
const receive = async (QueueUrl: string, more: object = {}) =>
  (
    await target.sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 20, ...more }),
    )
  ).Messages ?? [];
const start = async (SourceArn: string, more: object = {}) =>
  (await target.sqs.send(new StartMessageMoveTaskCommand({ SourceArn, ...more }))).TaskHandle;
const tasksOf = async (SourceArn: string) =>
  (await target.sqs.send(new ListMessageMoveTasksCommand({ SourceArn, MaxResults: 10 }))).Results ?? [];

/** A queue and its dead-letter queue, which holds messages that came from the queue. */
async function withDeadLetters(...bodies: string[]): Promise<{ QueueUrl: string; dead: string; deadArn: string }> {
  const dead = await target.newQueue();
  const deadArn = await arnOf(dead);
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: deadArn, maxReceiveCount: 1 });
  const QueueUrl = await target.newQueue({ Attributes: { RedrivePolicy } });
  const Entries = bodies.map((MessageBody, at) => ({ Id: String(at), MessageBody }));
  await target.sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
  await receive(QueueUrl, { VisibilityTimeout: 0 });
  await receive(QueueUrl, { WaitTimeSeconds: 0 });
  return { QueueUrl, dead, deadArn };
}

test("messages go back from the dead-letter queue to where they came from", async () => {
  const { QueueUrl, deadArn } = await withDeadLetters("a", "b", "c");
  await start(deadArn);
  await expect
    .poll(async () => await tasksOf(deadArn), { timeout: 60_000 })
    .toMatchObject([{ Status: "COMPLETED", SourceArn: deadArn, ApproximateNumberOfMessagesMoved: 3 }]);
  const back = await receive(QueueUrl, { MessageSystemAttributeNames: ["All"] });
  expect(back.map(({ Body = "" }) => Body).toSorted()).toEqual(["a", "b", "c"]);
  expect(back[0]?.Attributes).toMatchObject({ ApproximateReceiveCount: "1" });
});

test("messages go to a queue of choice, at a rate, until the task is cancelled", async () => {
  const { dead, deadArn } = await withDeadLetters("a");
  const Entries = Array.from({ length: 10 }, (_, at) => ({ Id: String(at), MessageBody: "x" }));
  for (let batch = 0; batch < 6; batch++) {
    await target.sqs.send(new SendMessageBatchCommand({ QueueUrl: dead, Entries }));
  }
  const other = await target.newQueue();
  const TaskHandle = await start(deadArn, { DestinationArn: await arnOf(other), MaxNumberOfMessagesPerSecond: 1 });
  expect(await refusal(start(deadArn))).toMatchObject({ message: expect.stringMatching(/already a task running/) });
  expect(await receive(other)).toHaveLength(1);
  const cancelled = await target.sqs.send(new CancelMessageMoveTaskCommand({ TaskHandle }));
  expect(cancelled.ApproximateNumberOfMessagesMoved).toBeGreaterThanOrEqual(1);
  await expect.poll(async () => (await tasksOf(deadArn)).map(({ Status }) => Status)).toEqual(["CANCELLED"]);
  expect(await receive(dead)).not.toEqual([]);
});

test("what is no dead-letter queue cannot be moved", async () => {
  const QueueUrl = await target.newQueue();
  expect(await refusal(start(await arnOf(QueueUrl)))).toMatchObject({ name: "InvalidParameterValue" });
  const missing = (await arnOf(QueueUrl)).replace(/[^:]+$/, target.newName());
  expect(await refusal(start(missing))).toMatchObject({ name: "ResourceNotFoundException", status: 404 });
});
