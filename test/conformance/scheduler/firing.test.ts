import {
  DeleteRuleCommand,
  EventBridgeClient,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
} from "@aws-sdk/client-eventbridge";
import { GetScheduleCommand, UpdateScheduleCommand } from "@aws-sdk/client-scheduler";
import { CreateTopicCommand, DeleteTopicCommand, SNSClient, SubscribeCommand } from "@aws-sdk/client-sns";
import { SetQueueAttributesCommand } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { newFunction } from "./newFunction.ts";
import { type SchedulerTarget, schedulerTarget } from "./schedulerTarget.ts";

let target: SchedulerTarget;
let RoleArn: string;
beforeAll(async () => {
  target = await schedulerTarget();
  RoleArn = await target.newRole(["sqs:SendMessage", "lambda:InvokeFunction"]);
});
afterAll(async () => await target[Symbol.asyncDispose]());

const inSeconds = (seconds: number): string => new Date(Date.now() + seconds * 1000).toISOString().slice(0, 19);
const at = (time: string): string => `at(${time})`;
const arnOf = (Name: string): string =>
  `arn:aws:scheduler:${target.region}:${target.accountId}:schedule/default/${Name}`;

test("a one-time schedule sends its input, with what it says of the occurrence, and is deleted when that is wanted", async () => {
  const { arn: Arn, url } = await target.newQueue();
  const Input = JSON.stringify({
    schedule: "<aws.scheduler.schedule-arn>",
    time: "<aws.scheduler.scheduled-time>",
    id: "<aws.scheduler.execution-id>",
    attempt: "<aws.scheduler.attempt-number>",
  });
  const time = inSeconds(1);
  const more = { ScheduleExpression: at(time), ActionAfterCompletion: "DELETE" } as const;
  const Name = await target.newSchedule({ Arn, RoleArn, Input }, more);
  const message = await target.receive(url);
  const body = JSON.parse(message?.Body ?? "{}") as Record<string, string>;
  expect(body).toEqual({ schedule: arnOf(Name), time: `${time}Z`, id: expect.stringMatching(/./), attempt: "1" });
  const gone = () =>
    target.scheduler.send(new GetScheduleCommand({ Name })).then(
      () => "there",
      ({ name }: Error) => name,
    );
  await expect.poll(gone).toBe("ResourceNotFoundException");
});

test("a rate begins at once; without input, the target gets AWS's event", async () => {
  const { arn: Arn, url } = await target.newQueue();
  const Name = await target.newSchedule({ Arn, RoleArn }, { ScheduleExpression: "rate(1 hour)" });
  const message = await target.receive(url);
  expect(JSON.parse(message?.Body ?? "{}")).toEqual({
    version: "0",
    id: expect.stringMatching(/./),
    "detail-type": "Scheduled Event",
    source: "aws.scheduler",
    account: target.accountId,
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
    region: target.region,
    resources: [arnOf(Name)],
    detail: "{}",
  });
});

test("a FIFO queue gets the group of the message", async () => {
  const { arn: Arn, url } = await target.newQueue({ FifoQueue: "true", ContentBasedDeduplication: "true" });
  const SqsParameters = { MessageGroupId: "group-1" };
  await target.newSchedule({ Arn, RoleArn, Input: "x", SqsParameters }, { ScheduleExpression: at(inSeconds(0)) });
  expect((await target.receive(url))?.Attributes).toMatchObject({ MessageGroupId: "group-1" });
});

test("universal targets call SQS and Lambda", async () => {
  const { url } = await target.newQueue();
  await using lambda = await newFunction(target);
  const now = at(inSeconds(0));
  const call = { FunctionName: lambda.FunctionName, InvocationType: "Event", Payload: '{"word":"hello"}' };
  const universal = { Arn: "arn:aws:scheduler:::aws-sdk:lambda:invoke", RoleArn, Input: JSON.stringify(call) };
  await target.newSchedule(universal, { ScheduleExpression: now });
  expect(await lambda.nextEvent()).toEqual({ word: "hello" });
  const Input = JSON.stringify({ QueueUrl: url, MessageBody: "at <aws.scheduler.scheduled-time>" });
  const sends = { Arn: "arn:aws:scheduler:::aws-sdk:sqs:sendMessage", RoleArn, Input };
  await target.newSchedule(sends, { ScheduleExpression: now });
  expect((await target.receive(url))?.Body).toMatch(/^at \d{4}-/);
});

test("an event bus gets an event, by its own target and by a universal one, and a topic a message", async () => {
  const [events, sns] = [new EventBridgeClient(target.config), new SNSClient(target.config)];
  const { arn: Arn, url } = await target.newQueue();
  const allow = { Effect: "Allow", Principal: "*", Action: "sqs:SendMessage", Resource: Arn };
  const Policy = JSON.stringify({ Version: "2012-10-17", Statement: [allow] });
  await target.sqs.send(new SetQueueAttributesCommand({ QueueUrl: url, Attributes: { Policy } }));
  const sends = await target.newRole(["events:PutEvents", "sns:Publish"]);
  const Name = target.newName();
  const Source = `app.${Name}`;
  const EventPattern = JSON.stringify({ source: [Source] });
  await events.send(new PutRuleCommand({ Name, EventPattern }));
  await events.send(new PutTargetsCommand({ Rule: Name, Targets: [{ Id: "queue", Arn }] }));
  const { TopicArn } = await sns.send(new CreateTopicCommand({ Name }));
  const Attributes = { RawMessageDelivery: "true" };
  await sns.send(new SubscribeCommand({ TopicArn, Protocol: "sqs", Endpoint: Arn, Attributes }));
  const bus = `arn:aws:events:${target.region}:${target.accountId}:event-bus/default`;
  const now = { ScheduleExpression: at(inSeconds(0)) };
  const EventBridgeParameters = { DetailType: "templated", Source };
  const schedule = await target.newSchedule({ Arn: bus, RoleArn: sends, Input: '{"n":1}', EventBridgeParameters }, now);
  const next = async () => JSON.parse((await target.receive(url))?.Body ?? "{}") as unknown;
  const common = { source: Source, account: target.accountId, region: target.region, resources: [arnOf(schedule)] };
  expect(await next()).toMatchObject({ ...common, "detail-type": "templated", detail: { n: 1 } });
  const Entries = [{ Source, DetailType: "universal", Detail: '{"n":2}' }];
  const call = { Arn: "arn:aws:scheduler:::aws-sdk:eventbridge:putEvents", Input: JSON.stringify({ Entries }) };
  await target.newSchedule({ ...call, RoleArn: sends }, now);
  expect(await next()).toMatchObject({ source: Source, "detail-type": "universal", detail: { n: 2 } });
  await target.newSchedule({ Arn: TopicArn, RoleArn: sends, Input: '{"n":3}' }, now);
  expect(await next()).toEqual({ n: 3 });
  await events.send(new RemoveTargetsCommand({ Rule: Name, Ids: ["queue"] }));
  await events.send(new DeleteRuleCommand({ Name }));
  await sns.send(new DeleteTopicCommand({ TopicArn }));
  events.destroy();
  sns.destroy();
});

test("what cannot be delivered goes to the dead-letter queue, with the reason", async () => {
  const { arn, url } = await target.newQueue();
  const Arn = `arn:aws:lambda:${target.region}:${target.accountId}:function:${target.newName()}`;
  const missing = { Arn, RoleArn, DeadLetterConfig: { Arn: arn }, Input: '{"a":1}' };
  const Name = await target.newSchedule(missing, { ScheduleExpression: at(inSeconds(0)) });
  const message = await target.receive(url);
  expect(message?.Body).toBe('{"a":1}');
  expect(message?.MessageAttributes).toMatchObject({
    ERROR_CODE: { StringValue: expect.stringMatching(/./) },
    ERROR_MESSAGE: { StringValue: expect.stringMatching(/./) },
    SCHEDULE_ARN: { StringValue: arnOf(Name) },
    TARGET_ARN: { StringValue: Arn },
  });
});

test("a role that may not send any more sends nothing", async () => {
  const { arn: Arn, url } = await target.newQueue();
  const powerless = await target.newRole(["lambda:InvokeFunction"]);
  await target.newSchedule({ Arn, RoleArn: powerless, Input: "refused" }, { ScheduleExpression: at(inSeconds(0)) });
  await target.newSchedule({ Arn, RoleArn, Input: "sent" }, { ScheduleExpression: at(inSeconds(1)) });
  expect((await target.receive(url))?.Body).toBe("sent");
  expect(await target.receive(url, 1)).toBeUndefined();
});

test("a schedule that is disabled does not fire, and fires when it is enabled", async () => {
  const { arn: Arn, url } = await target.newQueue();
  const Target = { Arn, RoleArn, Input: "x" };
  const more = { ScheduleExpression: "rate(1 hour)", State: "DISABLED" } as const;
  const Name = await target.newSchedule(Target, more);
  expect(await target.receive(url, 1)).toBeUndefined();
  const FlexibleTimeWindow = { Mode: "OFF" } as const;
  const ScheduleExpression = at(inSeconds(0));
  await target.scheduler.send(new UpdateScheduleCommand({ Name, ScheduleExpression, FlexibleTimeWindow, Target }));
  expect((await target.receive(url))?.Body).toBe("x");
});
