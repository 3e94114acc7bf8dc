import { PublishBatchCommand, PublishCommand, type PublishCommandInput } from "@aws-sdk/client-sns";
import { SetQueueAttributesCommand } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { refusal } from "../refusal.ts";
import { policyFor, type SnsTarget, snsTarget } from "./snsTarget.ts";

let target: SnsTarget;
beforeAll(async () => void (target = await snsTarget()));
afterAll(async () => await target[Symbol.asyncDispose]());

const publish = async (TopicArn: string, Message: string, more: Partial<PublishCommandInput> = {}) =>
  await target.sns.send(new PublishCommand({ TopicArn, Message, ...more }));
const bodyOf = async (QueueUrl: string) => (await target.received(QueueUrl))[0]?.Body ?? "";
const messageOf = async (QueueUrl: string) => (JSON.parse(await bodyOf(QueueUrl)) as { Message: string }).Message;
const attribute = (StringValue: string, DataType = "String") => ({ DataType, StringValue });

test("a queue gets AWS's envelope, in AWS's layout", async () => {
  const TopicArn = await target.newTopic();
  const { QueueUrl, SubscriptionArn } = await target.newSubscribedQueue(TopicArn);
  const { MessageId } = await publish(TopicArn, 'a "quoted" message', {
    Subject: "A subject",
    MessageAttributes: { one: attribute("x"), two: { DataType: "Binary", BinaryValue: Buffer.from([1, 2]) } },
  });
  const body = await bodyOf(QueueUrl);
  const pattern = [
    "{",
    '  "Type" : "Notification",',
    `  "MessageId" : "${MessageId}",`,
    `  "TopicArn" : "${TopicArn}",`,
    '  "Subject" : "A subject",',
    '  "Message" : "a \\\\"quoted\\\\" message",',
    String.raw`  "Timestamp" : "\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z",`,
    '  "SignatureVersion" : "1",',
    '  "Signature" : "[A-Za-z0-9+/=]+",',
    String.raw`  "SigningCertURL" : "https?://[^"]+/SimpleNotificationService-[0-9a-f]{32}\.pem",`,
    String.raw`  "UnsubscribeURL" : "https?://[^"]+/\?Action=Unsubscribe&SubscriptionArn=${SubscriptionArn}",`,
    '  "MessageAttributes" : \\{',
    '    "one" : {"Type":"String","Value":"x"},',
    '    "two" : {"Type":"Binary","Value":"AQI="}',
    "  }",
    "}",
  ].join("\n");
  expect(body).toMatch(new RegExp(`^${pattern.replaceAll(/(?<!\\)\{(?!\d|32)/g, "\\{")}$`));
});

test("a raw queue gets the message itself, with its attributes", async () => {
  const TopicArn = await target.newTopic();
  const { QueueUrl } = await target.newSubscribedQueue(TopicArn, { RawMessageDelivery: "true" });
  await publish(TopicArn, "plain", {
    MessageAttributes: { n: attribute("1.5", "Number"), l: attribute('["a"]', "String.Array") },
  });
  const [message] = await target.received(QueueUrl);
  expect(message?.Body).toBe("plain");
  expect(message?.MessageAttributes).toEqual({ n: attribute("1.5", "Number"), l: attribute('["a"]', "String.Array") });
});

test("a message may have a text for each protocol", async () => {
  const TopicArn = await target.newTopic();
  const { QueueUrl } = await target.newSubscribedQueue(TopicArn);
  const send = async (message: object) =>
    await publish(TopicArn, JSON.stringify(message), { MessageStructure: "json" });
  await send({ default: "all", sqs: "queues" });
  expect(await messageOf(QueueUrl)).toBe("queues");
  await send({ default: "all", lambda: "functions" });
  expect(await messageOf(QueueUrl)).toBe("all");
  expect(await refusal(send({ sqs: "x" }))).toMatchObject({
    message: "Invalid parameter: Message Structure - No default entry in JSON message body",
  });
  expect(await refusal(publish(TopicArn, "x", { MessageStructure: "json" }))).toMatchObject({
    message: "Invalid parameter: Message Structure - JSON message body failed to parse",
  });
});

test("a topic sends only to queues whose policy lets it", async () => {
  const TopicArn = await target.newTopic();
  const { QueueUrl } = await target.newSubscribedQueue(TopicArn, { RawMessageDelivery: "true" });
  const closed = await target.newSubscribedQueue(TopicArn, { RawMessageDelivery: "true" });
  await target.sqs.send(new SetQueueAttributesCommand({ QueueUrl: closed.QueueUrl, Attributes: { Policy: "" } }));
  const other = await target.newTopic();
  const ofOther = await target.newSubscribedQueue(other, { RawMessageDelivery: "true" });
  await target.sqs.send(
    new SetQueueAttributesCommand({
      QueueUrl: ofOther.QueueUrl,
      Attributes: { Policy: policyFor(TopicArn, ofOther.QueueArn) },
    }),
  );
  await publish(TopicArn, "one");
  await publish(other, "two");
  expect(await bodyOf(QueueUrl)).toBe("one");
  for (const url of [closed.QueueUrl, ofOther.QueueUrl]) expect(await target.waitingIn(url)).toBe("0");
});

describe("filter policies", () => {
  test("choose by attributes, or by the body", async () => {
    const TopicArn = await target.newTopic();
    const raw = { RawMessageDelivery: "true" };
    const byAttribute = await target.newSubscribedQueue(TopicArn, {
      ...raw,
      FilterPolicy: JSON.stringify({ store: ["a"], price: [{ numeric: [">=", 100] }] }),
    });
    const byBody = await target.newSubscribedQueue(TopicArn, {
      ...raw,
      FilterPolicyScope: "MessageBody",
      FilterPolicy: JSON.stringify({ order: { state: [{ prefix: "pa" }] } }),
    });
    const cheap = { MessageAttributes: { store: attribute("a"), price: attribute("99", "Number") } };
    const dear = { MessageAttributes: { store: attribute("a"), price: attribute("100", "Number") } };
    await publish(TopicArn, '{"order":{"state":"new"}}', cheap);
    await publish(TopicArn, '{"order":{"state":"paid"}}', cheap);
    await publish(TopicArn, '{"order":{"state":"old"}}', dear);
    expect(await bodyOf(byAttribute.QueueUrl)).toBe('{"order":{"state":"old"}}');
    expect(await bodyOf(byBody.QueueUrl)).toBe('{"order":{"state":"paid"}}');
    for (const { QueueUrl } of [byAttribute, byBody]) expect(await target.waitingIn(QueueUrl)).toBe("0");
  });

  test.for<[object | string, RegExp]>([
    ["{", /^Invalid parameter: Attributes Reason: FilterPolicy: failed to parse JSON/],
    [{ a: { b: ["x"] } }, /nested filter policy/],
    [{ a: "x" }, /"a" must be an object or an array/],
  ])("%j is refused", async ([policy, message]) => {
    const TopicArn = await target.newTopic();
    const FilterPolicy = typeof policy === "string" ? policy : JSON.stringify(policy);
    expect(await refusal(target.newSubscribedQueue(TopicArn, { FilterPolicy }))).toEqual({
      name: "InvalidParameterException",
      status: 400,
      message: expect.stringMatching(message),
    });
  });
});

test.for<[string, Partial<PublishCommandInput>, string, RegExp]>([
  ["an empty message", { Message: "" }, "InvalidParameterException", /^Invalid parameter: Empty message$/],
  [
    "262145 bytes",
    { Message: "x".repeat(262_145) },
    "InvalidParameterException",
    /^Invalid parameter: Message too long$/,
  ],
  [
    "a subject of 101 characters",
    { Subject: "x".repeat(101) },
    "InvalidParameterException",
    /^Invalid parameter: Subject$/,
  ],
  ["a subject of two lines", { Subject: "a\nb" }, "InvalidParameterException", /^Invalid parameter: Subject$/],
  [
    "an empty attribute",
    { MessageAttributes: { a: attribute("") } },
    "InvalidParameterValueException",
    /must contain non-empty message attribute value/,
  ],
  [
    "an attribute of no type",
    { MessageAttributes: { a: attribute("x", "Text") } },
    "InvalidParameterValueException",
    /invalid message attribute type/,
  ],
  [
    "a text as number",
    { MessageAttributes: { a: attribute("x", "Number") } },
    "InvalidParameterValueException",
    /number/,
  ],
  [
    "a deduplication id at a standard topic",
    { MessageDeduplicationId: "x" },
    "InvalidParameterException",
    /MessageDeduplicationId/,
  ],
])("Publish refuses %s", async ([, input, name, message]) => {
  const TopicArn = await target.newTopic();
  expect(await refusal(publish(TopicArn, "x", input))).toEqual({
    name,
    status: 400,
    message: expect.stringMatching(message),
  });
});

test("a message of 262144 bytes arrives", async () => {
  const TopicArn = await target.newTopic();
  const { QueueUrl } = await target.newSubscribedQueue(TopicArn, { RawMessageDelivery: "true" });
  const message = "ä".repeat(131_072);
  await publish(TopicArn, message);
  expect(await bodyOf(QueueUrl)).toBe(message);
});

describe("batches", () => {
  const batch = async (TopicArn: string, ...entries: object[]) =>
    await target.sns.send(new PublishBatchCommand({ TopicArn, PublishBatchRequestEntries: entries as [] }));

  test("are answered entry by entry", async () => {
    const TopicArn = await target.newTopic();
    const { QueueUrl } = await target.newSubscribedQueue(TopicArn, { RawMessageDelivery: "true" });
    const { Successful, Failed } = await batch(
      TopicArn,
      { Id: "a", Message: "one" },
      { Id: "b", Message: "two", Subject: "x".repeat(101) },
    );
    expect(Successful).toEqual([{ Id: "a", MessageId: expect.stringMatching(/^[0-9a-f-]{36}$/) }]);
    expect(Failed).toEqual([
      { Id: "b", Code: "InvalidParameter", Message: "Invalid parameter: Subject", SenderFault: true },
    ]);
    expect(await bodyOf(QueueUrl)).toBe("one");
  });

  test.for<[string, object[], string]>([
    ["no entries", [], "EmptyBatchRequestException"],
    [
      "11 entries",
      Array.from({ length: 11 }, (_none, at) => ({ Id: String(at), Message: "x" })),
      "TooManyEntriesInBatchRequestException",
    ],
    ["an id twice", [1, 2].map(() => ({ Id: "a", Message: "x" })), "BatchEntryIdsNotDistinctException"],
    ["a bad id", [{ Id: "a b", Message: "x" }], "InvalidBatchEntryIdException"],
    ["too many bytes", ["a", "b"].map((Id) => ({ Id, Message: "x".repeat(150_000) })), "BatchRequestTooLongException"],
  ])("with %s are refused", async ([, entries, name]) => {
    expect(await refusal(batch(await target.newTopic(), ...entries))).toMatchObject({ name, status: 400 });
  });
});

describe("FIFO topics", () => {
  test("keep the order of a group, and take a duplicate once", async () => {
    const TopicArn = await target.newFifoTopic();
    const { QueueUrl } = await target.newSubscribedQueue(TopicArn, {}, true);
    const send = async (Message: string, MessageDeduplicationId: string) =>
      await publish(TopicArn, Message, { MessageGroupId: "g", MessageDeduplicationId });
    const first = await send("1", "a");
    expect(first.SequenceNumber).toMatch(/^\d{20}$/);
    expect(await send("1 again", "a")).toMatchObject({
      MessageId: first.MessageId,
      SequenceNumber: first.SequenceNumber,
    });
    const others = await Promise.all(["2", "3", "4"].map(async (id) => await send(id, id)));
    const numbers = [first, ...others].map(({ SequenceNumber = "" }) => SequenceNumber);
    expect(numbers).toEqual(numbers.toSorted());
    const messages = (await target.received(QueueUrl)).map(
      ({ Body = "" }) => JSON.parse(Body) as Record<string, string>,
    );
    expect(messages.map(({ Message }) => Message)).toEqual(["1", "2", "3", "4"]);
    expect(messages.map(({ SequenceNumber }) => SequenceNumber)).toEqual(numbers);
  });

  test("recognise duplicates by the message where they are told to", async () => {
    const TopicArn = await target.newFifoTopic({ ContentBasedDeduplication: "true" });
    const { QueueUrl } = await target.newSubscribedQueue(TopicArn, { RawMessageDelivery: "true" }, true);
    for (const Message of ["x", "x", "y"]) await publish(TopicArn, Message, { MessageGroupId: "g" });
    const messages = await target.received(QueueUrl);
    expect(messages.map(({ Body }) => Body)).toEqual(["x", "y"]);
    expect(messages[0]?.Attributes?.["MessageGroupId"]).toBe("g");
  });

  test("need a group, and an id for duplicates", async () => {
    const TopicArn = await target.newFifoTopic();
    expect(await refusal(publish(TopicArn, "x"))).toMatchObject({
      message: "Invalid parameter: The MessageGroupId parameter is required for FIFO topics",
    });
    expect(await refusal(publish(TopicArn, "x", { MessageGroupId: "g" }))).toMatchObject({
      message: expect.stringContaining(
        "ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly",
      ),
    });
  });
});

test("more than ten subscriptions get the message too", async () => {
  const TopicArn = await target.newTopic();
  const queues = await Promise.all(
    Array.from({ length: 12 }, async () => await target.newSubscribedQueue(TopicArn, { RawMessageDelivery: "true" })),
  );
  await publish(TopicArn, "to all", { MessageAttributes: { a: attribute("x") } });
  const received = await Promise.all(queues.map(async ({ QueueUrl }) => await target.received(QueueUrl)));
  expect(received.map(([message]) => message?.Body)).toEqual(queues.map(() => "to all"));
  expect(received[11]?.[0]?.MessageAttributes).toEqual({ a: attribute("x") });
});
