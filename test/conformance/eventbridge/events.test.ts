import { PutEventsCommand, PutTargetsCommand, TestEventPatternCommand } from "@aws-sdk/client-eventbridge";
import { afterAll, beforeAll, expect, test } from "vitest";
import { refusal } from "../refusal.ts";
import { type EventBridgeTarget, eventBridgeTarget, eventsIn } from "./eventbridgeTarget.ts";

let target: EventBridgeTarget;
beforeAll(async () => void (target = await eventBridgeTarget()));
afterAll(async () => await target[Symbol.asyncDispose]());

test("a queue gets the events that the rule's pattern matches, as AWS writes them", async () => {
  const { bus, QueueUrl } = await target.newRoute({ source: ["app"], detail: { state: [{ prefix: "run" }] } });
  await target.put(bus, { state: "stopped" });
  const Time = new Date("2024-05-01T12:00:00Z");
  const EventId = await target.put(bus, { state: "running" }, { Time, Resources: ["arn:aws:x:::y"] });
  expect(eventsIn(await target.received(QueueUrl))).toEqual([
    {
      version: "0",
      id: EventId,
      "detail-type": "test",
      source: "app",
      account: target.accountId,
      time: "2024-05-01T12:00:00Z",
      region: target.region,
      resources: ["arn:aws:x:::y"],
      detail: { state: "running" },
    },
  ]);
});

test("numbers of an event keep all of their digits", async () => {
  const { bus, QueueUrl } = await target.newRoute({ source: ["app"] });
  await target.put(bus, undefined, { Detail: '{"n": 9223372036854775807}' });
  const [message] = await target.received(QueueUrl);
  expect(message?.Body).toContain("9223372036854775807");
});

test("entries that are wrong fail alone", async () => {
  const { bus, QueueUrl } = await target.newRoute({ source: ["app"] });
  const entry = { EventBusName: bus, Source: "app", DetailType: "t", Detail: "{}" };
  const { FailedEntryCount, Entries } = await target.events.send(
    new PutEventsCommand({
      Entries: [
        { ...entry, Source: undefined },
        { ...entry, DetailType: "" },
        { ...entry, Detail: undefined },
        { ...entry, Detail: "[]" },
        { ...entry, Detail: "{" },
        { ...entry, Source: "aws.ec2" },
        entry,
      ],
    }),
  );
  expect(FailedEntryCount).toBe(6);
  const reason = (name: string) => `Parameter ${name} is not valid. Reason: ${name} is a required argument.`;
  expect(Entries).toEqual([
    { ErrorCode: "InvalidArgument", ErrorMessage: reason("Source") },
    { ErrorCode: "InvalidArgument", ErrorMessage: reason("DetailType") },
    { ErrorCode: "InvalidArgument", ErrorMessage: reason("Detail") },
    { ErrorCode: "MalformedDetail", ErrorMessage: "Detail is malformed." },
    { ErrorCode: "MalformedDetail", ErrorMessage: "Detail is malformed." },
    { ErrorCode: "NotAuthorizedForSourceException", ErrorMessage: "Not authorized for the source." },
    { EventId: expect.stringMatching(/^[0-9a-f-]{36}$/) },
  ]);
  expect(await target.received(QueueUrl)).toHaveLength(1);
});

test("a request has at most 10 entries, and 1 MB of them", async () => {
  const entry = { Source: "app", DetailType: "t", Detail: "{}" };
  const put = async (entries: object[]) => await target.events.send(new PutEventsCommand({ Entries: entries }));
  expect(await refusal(put(Array.from({ length: 11 }, () => entry)))).toMatchObject({ name: "ValidationException" });
  const large = { ...entry, Detail: JSON.stringify({ x: "x".repeat(600_000) }) };
  expect(await refusal(put([large, large]))).toMatchObject({
    name: "ValidationException",
    message: "Total size of the entries in the request is over the limit.",
  });
});

test("an event for a bus that does not exist is dropped without an error, as on AWS", async () => {
  expect(await target.put("there-is-no-such-bus", {})).toMatch(/^[0-9a-f-]{36}$/);
});

test("a FIFO queue gets events with the message group of the target", async () => {
  const bus = await target.newBus();
  const { Rule } = await target.newRule(bus);
  const { QueueUrl, QueueArn } = await target.newOpenQueue(true);
  expect(await refusal(target.putTarget(bus, Rule, { Arn: QueueArn }))).toMatchObject({ name: "ValidationException" });
  await target.putTarget(bus, Rule, { Arn: QueueArn, SqsParameters: { MessageGroupId: "group" } });
  await target.put(bus, {});
  const [message] = await target.received(QueueUrl);
  expect(message?.Attributes?.["MessageGroupId"]).toBe("group");
});

test("targets get their constant, a part of the event, or a template", async () => {
  const { bus, QueueUrl, RuleArn } = await target.newRoute({ source: ["app"] }, { Input: '{"constant":1}' });
  const Rule = RuleArn.split("/").at(-1) ?? "";
  const { QueueArn } = { QueueArn: `arn:aws:sqs:${target.region}:${target.accountId}:${QueueUrl.split("/").at(-1)}` };
  const template = (InputTemplate: string) => ({
    InputTransformer: {
      InputPathsMap: { who: "$.detail.who", list: "$.detail.list", no: "$.detail.missing", one: "$.detail.list[1]" },
      InputTemplate,
    },
  });
  await target.events.send(
    new PutTargetsCommand({
      EventBusName: bus,
      Rule,
      Targets: [
        { Id: "path", Arn: QueueArn, InputPath: "$.detail.list" },
        { Id: "text", Arn: QueueArn, ...template('"<who> by <aws.events.rule-name>, <no>."') },
        {
          Id: "json",
          Arn: QueueArn,
          ...template('{"who": <who>, "quoted": "<who>!", "list": <list>, "one": <one>, "arn": <aws.events.rule-arn>}'),
        },
        { Id: "whole", Arn: QueueArn, ...template('{"event": <aws.events.event>, "all": <aws.events.event.json>}') },
      ],
    }),
  );
  await target.put(bus, { who: 'a "b"', list: [1, 2] });
  const bodies: string[] = [];
  while (bodies.length < 5) bodies.push(...(await target.received(QueueUrl)).map(({ Body = "" }) => Body));
  const parsed = bodies.map((body) => JSON.parse(body) as unknown);
  expect(parsed).toContainEqual({ constant: 1 });
  expect(parsed).toContainEqual([1, 2]);
  expect(parsed).toContainEqual(`a "b" by ${Rule}, .`);
  expect(parsed).toContainEqual({ who: 'a "b"', quoted: 'a "b"!', list: [1, 2], one: 2, arn: RuleArn });
  expect(parsed).toContainEqual({
    event: expect.not.objectContaining({ detail: expect.anything() }),
    all: expect.objectContaining({ detail: { who: 'a "b"', list: [1, 2] } }),
  });
});

test("an event with more targets than one transaction takes reaches them all", async () => {
  const bus = await target.newBus();
  const { QueueUrl, QueueArn } = await target.newOpenQueue();
  for (let i = 0; i < 3; i++) {
    const { Rule } = await target.newRule(bus);
    const Targets = ["a", "b", "c", "d", "e"].map((Id) => ({ Id, Arn: QueueArn, Input: JSON.stringify(`${i}${Id}`) }));
    await target.events.send(new PutTargetsCommand({ EventBusName: bus, Rule, Targets }));
  }
  await target.put(bus, {});
  const bodies = new Set<string>();
  while (bodies.size < 15) for (const { Body = "" } of await target.received(QueueUrl)) bodies.add(Body);
  expect([...bodies].sort()).toEqual(
    [0, 1, 2].flatMap((i) => ["a", "b", "c", "d", "e"].map((Id) => JSON.stringify(`${i}${Id}`))),
  );
});

test("a rule may send only where the queue's policy lets it; its dead-letter queue says why it did not", async () => {
  const bus = await target.newBus();
  const { Rule, RuleArn } = await target.newRule(bus);
  const closed = `arn:aws:sqs:${target.region}:${target.accountId}:${(await target.newQueue()).split("/").at(-1)}`;
  const dead = await target.newOpenQueue();
  await target.putTarget(bus, Rule, { Arn: closed, DeadLetterConfig: { Arn: dead.QueueArn } });
  const EventId = await target.put(bus, { n: 1 });
  const messages = await target.received(dead.QueueUrl);
  expect(eventsIn(messages)).toMatchObject([{ id: EventId, detail: { n: 1 } }]);
  const attributes = messages[0]?.MessageAttributes ?? {};
  const valueOf = (name: string) => attributes[name]?.StringValue;
  expect(valueOf("RULE_ARN")).toBe(RuleArn);
  expect(valueOf("TARGET_ARN")).toBe(closed);
  expect(valueOf("ERROR_CODE")).toBe("NO_PERMISSIONS");
  expect(valueOf("ERROR_MESSAGE")).toMatch(/is not authorized to perform: sqs:SendMessage/);
});

test("TestEventPattern says whether an event matches, and wants a whole event", async () => {
  const whole = {
    ...{ id: "1", account: "000000000000", source: "app", time: "2024-05-01T12:00:00Z", region: "us-east-1" },
    ...{ resources: [], "detail-type": "t", detail: { n: 5 } },
  };
  const ask = async (pattern: object, event: object) =>
    await target.events.send(
      new TestEventPatternCommand({ EventPattern: JSON.stringify(pattern), Event: JSON.stringify(event) }),
    );
  expect((await ask({ detail: { n: [{ numeric: [">", 4] }] } }, whole)).Result).toBe(true);
  expect((await ask({ detail: { n: [{ numeric: [">", 5] }] } }, whole)).Result).toBe(false);
  expect(await refusal(ask({ source: ["app"] }, { source: "app" }))).toMatchObject({ name: "ValidationException" });
  expect(await refusal(ask({ source: "app" }, whole))).toMatchObject({
    name: "InvalidEventPatternException",
    message: expect.stringContaining('Event pattern is not valid. Reason: "source" must be an object or an array'),
  });
});
