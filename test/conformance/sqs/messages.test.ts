import {
  ChangeMessageVisibilityBatchCommand,
  ChangeMessageVisibilityCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  type ReceiveMessageCommandInput,
  SendMessageBatchCommand,
  SendMessageCommand,
  type SendMessageCommandInput,
} from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { refusal } from "../refusal.ts";
import { type SqsTarget, sqsTarget } from "./sqsTarget.ts";

let target: SqsTarget;
beforeAll(async () => void (target = await sqsTarget()));
afterAll(async () => await target[Symbol.asyncDispose]());

const send = async (QueueUrl: string, MessageBody: string, more: Partial<SendMessageCommandInput> = {}) =>
  await target.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody, ...more }));
/** Waits for messages, as those of AWS may take a moment. */
const receive = async (QueueUrl: string, more: Partial<ReceiveMessageCommandInput> = {}) => {
  const input = { QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 5, ...more };
  return (await target.sqs.send(new ReceiveMessageCommand(input))).Messages ?? [];
};
const now = { WaitTimeSeconds: 0 };

describe("a message", () => {
  test("comes as it was sent, with the attributes that are asked for", async () => {
    const QueueUrl = await target.newQueue();
    const MessageAttributes = {
      colour: { DataType: "String", StringValue: "blüe" },
      "size.x": { DataType: "Number.int", StringValue: "7" },
      raw: { DataType: "Binary", BinaryValue: new Uint8Array([0, 255, 1]) },
    };
    const MessageSystemAttributes = { AWSTraceHeader: { DataType: "String" as const, StringValue: "Root=1-2-3" } };
    const body = 'é\t\r\n<&> "\u{1F600}"';
    const sent = await send(QueueUrl, body, { MessageAttributes, MessageSystemAttributes });
    expect(sent.SequenceNumber).toBeUndefined();
    expect(sent.MD5OfMessageSystemAttributes).toMatch(/^[0-9a-f]{32}$/);
    // The SDK compares MD5OfMessageBody itself.
    const [message] = await receive(QueueUrl, {
      MessageAttributeNames: ["All"],
      MessageSystemAttributeNames: ["All"],
      VisibilityTimeout: 0,
    });
    expect(message).toMatchObject({
      MessageId: sent.MessageId,
      Body: body,
      MD5OfMessageAttributes: sent.MD5OfMessageAttributes,
      MessageAttributes,
      Attributes: {
        ApproximateReceiveCount: "1",
        AWSTraceHeader: "Root=1-2-3",
        SenderId: expect.any(String),
        SentTimestamp: expect.stringMatching(/^\d{13}$/),
        ApproximateFirstReceiveTimestamp: expect.stringMatching(/^\d{13}$/),
      },
    });
    const [bare] = await receive(QueueUrl, { VisibilityTimeout: 0 });
    expect([bare?.Attributes, bare?.MessageAttributes]).toEqual([undefined, undefined]);
    const [some] = await receive(QueueUrl, {
      MessageAttributeNames: ["size.*", "other"],
      AttributeNames: ["SenderId" as never],
    });
    expect(Object.keys(some?.MessageAttributes ?? {})).toEqual(["size.x"]);
    expect(Object.keys(some?.Attributes ?? {})).toEqual(["SenderId"]);
  });

  test("is invisible while a consumer has it, and gone once it is deleted", async () => {
    const QueueUrl = await target.newQueue();
    await send(QueueUrl, "work");
    const [first] = await receive(QueueUrl);
    expect(await receive(QueueUrl, now)).toEqual([]);
    const ReceiptHandle = first?.ReceiptHandle;
    await target.sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: 0 }));
    const [second] = await receive(QueueUrl, { MessageSystemAttributeNames: ["ApproximateReceiveCount"] });
    expect(second).toMatchObject({ Body: "work", Attributes: { ApproximateReceiveCount: "2" } });
    await target.sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: second?.ReceiptHandle }));
    await target.sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: second?.ReceiptHandle }));
    const late = new ChangeMessageVisibilityCommand({
      QueueUrl,
      ReceiptHandle: second?.ReceiptHandle,
      VisibilityTimeout: 5,
    });
    expect(await refusal(target.sqs.send(late))).toMatchObject({ name: "InvalidParameterValue", status: 400 });
  });

  test("may have 1 MiB, and not a byte more", async () => {
    const QueueUrl = await target.newQueue();
    const largest = "x".repeat(1_048_576);
    await send(QueueUrl, largest);
    const [message] = await receive(QueueUrl);
    expect(message?.Body === largest).toBe(true);
    expect(await refusal(send(QueueUrl, `${largest}x`))).toEqual({
      name: "InvalidParameterValue",
      status: 400,
      message: "One or more parameters are invalid. Reason: Message must be shorter than 1048576 bytes.",
    });
  });

  test.for<[string, Partial<SendMessageCommandInput>, string, RegExp]>([
    ["an empty body", { MessageBody: "" }, "MissingParameter", /must contain the parameter MessageBody/],
    ["a control character", { MessageBody: "a\u0001" }, "InvalidMessageContents", /Invalid characters found/],
    ["a delay of 901 s", { DelaySeconds: 901 }, "InvalidParameterValue", /^Value 901 for parameter DelaySeconds/],
    [
      "an id for deduplication",
      { MessageDeduplicationId: "a" },
      "InvalidParameterValue",
      /not valid for this queue type/,
    ],
    [
      "an attribute of no type",
      { MessageAttributes: { a: { DataType: "Text", StringValue: "x" } } },
      "InvalidParameterValue",
      /Binary, Number, and String/,
    ],
    [
      "an empty attribute",
      { MessageAttributes: { a: { DataType: "String", StringValue: "" } } },
      "InvalidParameterValue",
      /non-empty/,
    ],
  ])("with %s is refused", async ([, input, name, message]) => {
    const QueueUrl = await target.newQueue();
    expect(await refusal(send(QueueUrl, "body", input))).toEqual({
      name,
      status: 400,
      message: expect.stringMatching(message),
    });
  });

  test("goes to the dead-letter queue after maxReceiveCount receives", async () => {
    const dead = await target.newQueue();
    const { Attributes } = await target.sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: dead, AttributeNames: ["QueueArn"] }),
    );
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: Attributes?.["QueueArn"], maxReceiveCount: 1 });
    const QueueUrl = await target.newQueue({ Attributes: { RedrivePolicy } });
    await send(QueueUrl, "poison");
    expect(await receive(QueueUrl, { VisibilityTimeout: 0 })).toHaveLength(1);
    expect(await receive(QueueUrl, now)).toEqual([]);
    const [message] = await receive(dead, { MessageSystemAttributeNames: ["All"] });
    expect(message?.Body).toBe("poison");
    expect(message?.Attributes?.["DeadLetterQueueSourceArn"]).toMatch(/^arn:aws[a-z-]*:sqs:/);
  });
});

describe("a consumer that waits", () => {
  test("gets a message when it is sent", async () => {
    const QueueUrl = await target.newQueue();
    const waiting = receive(QueueUrl, { WaitTimeSeconds: 20 });
    await send(QueueUrl, "news");
    expect(await waiting).toMatchObject([{ Body: "news" }]);
  });

  test("gets a delayed message when its delay is over", async () => {
    const QueueUrl = await target.newQueue({ Attributes: { ReceiveMessageWaitTimeSeconds: "20" } });
    await send(QueueUrl, "later", { DelaySeconds: 1 });
    expect(await receive(QueueUrl, now)).toEqual([]);
    expect(await receive(QueueUrl, { WaitTimeSeconds: undefined })).toMatchObject([{ Body: "later" }]);
  });
});

describe("a batch", () => {
  test("is answered entry by entry: one that is refused fails alone", async () => {
    const QueueUrl = await target.newQueue();
    const Entries = [
      { Id: "a", MessageBody: "one" },
      { Id: "b", MessageBody: "two", DelaySeconds: 1000 },
      { Id: "c", MessageBody: "three" },
    ];
    const sent = await target.sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
    expect(sent.Successful?.map(({ Id }) => Id)).toEqual(["a", "c"]);
    expect(sent.Failed).toEqual([
      { Id: "b", SenderFault: true, Code: "InvalidParameterValue", Message: expect.stringContaining("1000") },
    ]);
    const messages = [...(await receive(QueueUrl)), ...(await receive(QueueUrl, now))];
    expect(messages.map(({ Body = "" }) => Body).toSorted()).toEqual(["one", "three"]);
    const [first, second] = messages.map(({ ReceiptHandle }) => ReceiptHandle);
    const shown = await target.sqs.send(
      new ChangeMessageVisibilityBatchCommand({
        QueueUrl,
        Entries: [
          { Id: "1", ReceiptHandle: first, VisibilityTimeout: 60 },
          { Id: "2", ReceiptHandle: "no handle", VisibilityTimeout: 60 },
        ],
      }),
    );
    expect(shown.Failed).toMatchObject([{ Id: "2", Code: "ReceiptHandleIsInvalid", SenderFault: true }]);
    const deleted = await target.sqs.send(
      new DeleteMessageBatchCommand({
        QueueUrl,
        Entries: [
          { Id: "1", ReceiptHandle: first },
          { Id: "2", ReceiptHandle: second },
        ],
      }),
    );
    expect([deleted.Successful, deleted.Failed]).toEqual([[{ Id: "1" }, { Id: "2" }], undefined]);
  });

  test.for<[string, { Id: string; MessageBody: string }[], string, string]>([
    [
      "without entries",
      [],
      "EmptyBatchRequest",
      "There should be at least one SendMessageBatchRequestEntry in the request.",
    ],
    [
      "with 11 entries",
      Array.from({ length: 11 }, (_, at) => ({ Id: String(at), MessageBody: "x" })),
      "TooManyEntriesInBatchRequest",
      "Maximum number of entries per request are 10. You have sent 11.",
    ],
    [
      "with an id twice",
      [
        { Id: "a", MessageBody: "x" },
        { Id: "a", MessageBody: "x" },
      ],
      "BatchEntryIdsNotDistinct",
      "Id a repeated.",
    ],
    [
      "with a bad id",
      [{ Id: "a b", MessageBody: "x" }],
      "InvalidBatchEntryId",
      "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.",
    ],
    [
      "of more than 1 MiB",
      Array.from({ length: 2 }, (_, at) => ({ Id: String(at), MessageBody: "x".repeat(600_000) })),
      "BatchRequestTooLong",
      "Batch requests cannot be longer than 1048576 bytes. You have sent 1200000 bytes.",
    ],
  ])("%s is refused as a whole", async ([, Entries, name, message]) => {
    const QueueUrl = await target.newQueue();
    const refused = await refusal(target.sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries })));
    expect(refused.name.split(".").at(-1)).toBe(name);
    expect(refused).toMatchObject({ status: 400, message });
  });
});

describe("a FIFO queue", () => {
  test("keeps the order within a group, and gives a group to one consumer at a time", async () => {
    const QueueUrl = await target.newFifoQueue({ ContentBasedDeduplication: "true" });
    const Entries = ["a1", "a2", "b1", "a3"].map((MessageBody, at) => ({
      Id: String(at),
      MessageBody,
      MessageGroupId: MessageBody.slice(0, 1),
    }));
    const { Successful = [] } = await target.sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
    const numbers = Successful.map(({ SequenceNumber = "" }) => SequenceNumber);
    expect(numbers).toEqual(numbers.toSorted());
    expect(numbers[0]).toMatch(/^\d{20}$/);
    const [first] = await receive(QueueUrl, { MaxNumberOfMessages: 1, MessageSystemAttributeNames: ["All"] });
    expect(first).toMatchObject({
      Body: "a1",
      Attributes: {
        MessageGroupId: "a",
        SequenceNumber: numbers[0],
        MessageDeduplicationId: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
    });
    expect((await receive(QueueUrl)).map(({ Body }) => Body)).toEqual(["b1"]);
    await target.sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: first?.ReceiptHandle }));
    expect((await receive(QueueUrl)).map(({ Body }) => Body)).toEqual(["a2", "a3"]);
  });

  test("accepts a message once, by its id, in a group where the queue says so", async () => {
    const QueueUrl = await target.newFifoQueue({
      DeduplicationScope: "messageGroup",
      FifoThroughputLimit: "perMessageGroupId",
    });
    const sent = [
      await send(QueueUrl, "1", { MessageGroupId: "a", MessageDeduplicationId: "x" }),
      await send(QueueUrl, "2", { MessageGroupId: "a", MessageDeduplicationId: "x" }),
      await send(QueueUrl, "3", { MessageGroupId: "b", MessageDeduplicationId: "x" }),
    ];
    const ids = sent.map(({ MessageId }) => MessageId);
    expect([ids[1] === ids[0], ids[2] === ids[0]]).toEqual([true, false]);
    expect(sent[1]?.SequenceNumber).toBe(sent[0]?.SequenceNumber);
    expect((await receive(QueueUrl)).map(({ Body = "" }) => Body).toSorted()).toEqual(["1", "3"]);
  });

  test.for<[string, Partial<SendMessageCommandInput>, string, string]>([
    [
      "without a group",
      { MessageDeduplicationId: "x" },
      "MissingParameter",
      "The request must contain the parameter MessageGroupId.",
    ],
    [
      "without an id where its body is none",
      { MessageGroupId: "g" },
      "InvalidParameterValue",
      "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly",
    ],
    [
      "with a delay of its own",
      { MessageGroupId: "g", MessageDeduplicationId: "x", DelaySeconds: 5 },
      "InvalidParameterValue",
      "Value 5 for parameter DelaySeconds is invalid. Reason: The request include parameter that is not valid for this queue type.",
    ],
  ])("refuses a message %s", async ([, input, name, message]) => {
    const QueueUrl = await target.newFifoQueue();
    expect(await refusal(send(QueueUrl, "body", input))).toEqual({ name, status: 400, message });
  });
});
