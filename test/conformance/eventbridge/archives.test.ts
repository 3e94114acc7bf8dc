import {
  CancelReplayCommand,
  CreateArchiveCommand,
  DeleteArchiveCommand,
  DescribeArchiveCommand,
  DescribeReplayCommand,
  ListArchivesCommand,
  ListReplaysCommand,
  StartReplayCommand,
  UpdateArchiveCommand,
} from "@aws-sdk/client-eventbridge";
import { afterAll, beforeAll, expect, test } from "vitest";
import { refusal } from "../refusal.ts";
import { type EventBridgeTarget, eventBridgeTarget, eventsIn } from "./eventbridgeTarget.ts";

let target: EventBridgeTarget;
beforeAll(async () => void (target = await eventBridgeTarget()));
afterAll(async () => await target[Symbol.asyncDispose]());

const busArn = (name: string) => `arn:aws:events:${target.region}:${target.accountId}:event-bus/${name}`;
const HOUR_MS = 3_600_000;

test("an archive keeps the events that its pattern matches, and a replay sends them to the bus again", async () => {
  const { bus, QueueUrl, RuleArn } = await target.newRoute({ source: ["app"] });
  const other = await target.newOpenQueue();
  const { Rule } = await target.newRule(bus);
  await target.putTarget(bus, Rule, { Arn: other.QueueArn });
  const ArchiveName = target.newName();
  const { ArchiveArn = "", State } = await target.events.send(
    new CreateArchiveCommand({
      ArchiveName,
      EventSourceArn: busArn(bus),
      EventPattern: JSON.stringify({ detail: { keep: [true] } }),
      RetentionDays: 7,
    }),
  );
  expect(State).toBe("ENABLED");
  const ids = [await target.put(bus, { keep: true, n: 1 }), await target.put(bus, { keep: true, n: 2 })];
  await target.put(bus, { keep: false });
  const first = [];
  while (first.length < 3) first.push(...(await target.received(QueueUrl)));
  const described = await target.events.send(new DescribeArchiveCommand({ ArchiveName }));
  expect(described).toMatchObject({ ArchiveArn, EventCount: 2, RetentionDays: 7, EventSourceArn: busArn(bus) });
  expect(described.SizeBytes).toBeGreaterThan(200);

  const ReplayName = target.newName();
  const window = { EventStartTime: new Date(Date.now() - HOUR_MS), EventEndTime: new Date(Date.now() + HOUR_MS) };
  const start = { ReplayName, EventSourceArn: ArchiveArn, ...window };
  const elsewhere = target.events.send(new StartReplayCommand({ ...start, Destination: { Arn: busArn("default") } }));
  expect(await refusal(elsewhere)).toMatchObject({
    name: "ValidationException",
    message: "Parameter Destination.Arn is not valid. Reason: Cross event bus replay is not permitted.",
  });
  const Destination = { Arn: busArn(bus), FilterArns: [RuleArn] };
  const started = await target.events.send(new StartReplayCommand({ ...start, Destination }));
  expect(started.State).toBe("STARTING");
  const again = [];
  while (again.length < 2) again.push(...(await target.received(QueueUrl)));
  expect(new Set(eventsIn(again).map(({ id }) => id))).toEqual(new Set(ids));
  expect(eventsIn(again)).toMatchObject([{ "replay-name": ReplayName }, { "replay-name": ReplayName }]);
  await expect
    .poll(async () => (await target.events.send(new DescribeReplayCommand({ ReplayName }))).State, { timeout: 30_000 })
    .toBe("COMPLETED");
  expect(await target.events.send(new DescribeReplayCommand({ ReplayName }))).toMatchObject({
    ReplayArn: started.ReplayArn,
    EventSourceArn: ArchiveArn,
    Destination,
    EventLastReplayedTime: expect.any(Date),
    ReplayEndTime: expect.any(Date),
  });
  // What was replayed is not archived again, and only the rule of the filter got it.
  expect(await target.events.send(new DescribeArchiveCommand({ ArchiveName }))).toMatchObject({ EventCount: 2 });
  expect(eventsIn(await target.received(other.QueueUrl)).filter((event) => "replay-name" in event)).toEqual([]);
  expect(await refusal(target.events.send(new CancelReplayCommand({ ReplayName })))).toMatchObject({
    name: "IllegalStatusException",
  });
  const { Replays } = await target.events.send(new ListReplaysCommand({ EventSourceArn: ArchiveArn }));
  expect(Replays?.map((one) => one.ReplayName)).toEqual([ReplayName]);
  await target.events.send(new DeleteArchiveCommand({ ArchiveName }));
  expect(await refusal(target.events.send(new DescribeArchiveCommand({ ArchiveName })))).toMatchObject({
    name: "ResourceNotFoundException",
    message: `Archive ${ArchiveName} does not exist.`,
  });
});

test("archives are changed and listed, and wrong ones refused", async () => {
  const bus = await target.newBus();
  const ArchiveName = target.newName();
  const create = async (more: object) =>
    await target.events.send(new CreateArchiveCommand({ ArchiveName, EventSourceArn: busArn(bus), ...more }));
  expect(await refusal(create({ EventPattern: "{" }))).toMatchObject({ name: "InvalidEventPatternException" });
  expect(await refusal(create({ EventSourceArn: busArn("no-such-bus") }))).toMatchObject({
    name: "ResourceNotFoundException",
  });
  await create({ Description: "first" });
  expect(await refusal(create({}))).toMatchObject({ name: "ResourceAlreadyExistsException" });
  await target.events.send(new UpdateArchiveCommand({ ArchiveName, RetentionDays: 3 }));
  const { Archives } = await target.events.send(new ListArchivesCommand({ EventSourceArn: busArn(bus) }));
  expect(Archives).toMatchObject([{ ArchiveName, RetentionDays: 3, EventCount: 0 }]);
  const described = await target.events.send(new DescribeArchiveCommand({ ArchiveName }));
  expect(described).toMatchObject({ Description: "first", RetentionDays: 3 });
  await target.events.send(new DeleteArchiveCommand({ ArchiveName }));
});
