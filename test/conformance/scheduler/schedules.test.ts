import {
  CreateScheduleCommand,
  type CreateScheduleCommandInput,
  CreateScheduleGroupCommand,
  DeleteScheduleCommand,
  DeleteScheduleGroupCommand,
  GetScheduleCommand,
  GetScheduleGroupCommand,
  ListScheduleGroupsCommand,
  ListSchedulesCommand,
  ListTagsForResourceCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateScheduleCommand,
} from "@aws-sdk/client-scheduler";
import { afterAll, beforeAll, expect, test } from "vitest";
import { refusal } from "../refusal.ts";
import { type SchedulerTarget, schedulerTarget } from "./schedulerTarget.ts";

let target: SchedulerTarget;
let RoleArn: string;
let queue: string;
beforeAll(async () => {
  target = await schedulerTarget();
  RoleArn = await target.newRole();
  queue = (await target.newQueue()).arn;
});
afterAll(async () => await target[Symbol.asyncDispose]());

const inputOf = (more: Partial<CreateScheduleCommandInput> = {}): CreateScheduleCommandInput => ({
  Name: target.newName(),
  ScheduleExpression: "cron(0 10 1 1 ? *)",
  FlexibleTimeWindow: { Mode: "OFF" },
  Target: { Arn: queue, RoleArn },
  ...more,
});
const create = async (input: CreateScheduleCommandInput) =>
  await target.scheduler.send(new CreateScheduleCommand(input));
const refused = async (more: Partial<CreateScheduleCommandInput>) => await refusal(create(inputOf(more)));

test("a schedule has AWS's defaults", async () => {
  const Name = await target.newSchedule({ Arn: queue, RoleArn });
  const { $metadata, CreationDate, LastModificationDate, ...found } = await target.scheduler.send(
    new GetScheduleCommand({ Name }),
  );
  expect($metadata.httpStatusCode).toBe(200);
  expect(CreationDate).toBeInstanceOf(Date);
  expect(LastModificationDate?.getTime()).toBe(CreationDate?.getTime());
  expect(found).toEqual({
    Arn: `arn:aws:scheduler:${target.region}:${target.accountId}:schedule/default/${Name}`,
    GroupName: "default",
    Name,
    State: "ENABLED",
    ScheduleExpression: "rate(1 day)",
    ScheduleExpressionTimezone: "UTC",
    FlexibleTimeWindow: { Mode: "OFF" },
    ActionAfterCompletion: "NONE",
    Target: {
      Arn: queue,
      RoleArn,
      RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 },
    },
  });
});

test("every setting is kept, and an update replaces all of them", async () => {
  const StartDate = new Date(Math.ceil(Date.now() / 1000) * 1000 + 86_400_000);
  const EndDate = new Date(StartDate.getTime() + 86_400_000);
  const dead = (await target.newQueue()).arn;
  const whole = {
    Description: "all of it",
    ScheduleExpressionTimezone: "America/New_York",
    StartDate,
    EndDate,
    FlexibleTimeWindow: { Mode: "FLEXIBLE", MaximumWindowInMinutes: 15 },
    ActionAfterCompletion: "DELETE",
    State: "DISABLED",
    Target: {
      Arn: queue,
      RoleArn,
      Input: "hello",
      DeadLetterConfig: { Arn: dead },
      RetryPolicy: { MaximumEventAgeInSeconds: 60, MaximumRetryAttempts: 0 },
    },
  } as const;
  const input = inputOf(whole);
  await create(input);
  const { Name } = input;
  expect(await target.scheduler.send(new GetScheduleCommand({ Name }))).toMatchObject(whole);
  const changed = inputOf({ Name, Target: { Arn: queue, RoleArn } });
  await target.scheduler.send(new UpdateScheduleCommand(changed));
  const after = await target.scheduler.send(new GetScheduleCommand({ Name }));
  expect(after).toMatchObject({ State: "ENABLED", ScheduleExpressionTimezone: "UTC", ActionAfterCompletion: "NONE" });
  expect([after.Description, after.StartDate, after.Target?.Input, after.Target?.DeadLetterConfig]).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
  await target.scheduler.send(new DeleteScheduleCommand({ Name }));
  const gone = { name: "ResourceNotFoundException", status: 404, message: `Schedule ${Name} does not exist.` };
  expect(await refusal(target.scheduler.send(new GetScheduleCommand({ Name })))).toEqual(gone);
  expect(await refusal(target.scheduler.send(new DeleteScheduleCommand({ Name })))).toEqual(gone);
  expect(await refusal(target.scheduler.send(new UpdateScheduleCommand(changed)))).toEqual(gone);
});

test("a request with the token of the first one is answered as the first one, another conflicts", async () => {
  const input = inputOf({ ClientToken: target.newName() });
  const first = await create(input);
  expect((await create(input)).ScheduleArn).toBe(first.ScheduleArn);
  const conflict = { name: "ConflictException", status: 409, message: `Schedule ${input.Name} already exists.` };
  expect(await refusal(create({ ...input, ClientToken: target.newName() }))).toEqual(conflict);
  expect(await refusal(create({ ...input, ScheduleExpression: "rate(2 days)" }))).toEqual(conflict);
  await target.scheduler.send(new DeleteScheduleCommand({ Name: input.Name }));
});

test("expressions and time zones that are wrong are refused", async () => {
  for (const ScheduleExpression of ["cron(0 10 * * * *)", "rate(0 minutes)", "at(2026-13-01T00:00:00)", "every day"]) {
    expect(await refused({ ScheduleExpression })).toEqual({
      name: "ValidationException",
      status: 400,
      message: `Invalid Schedule Expression ${ScheduleExpression}.`,
    });
  }
  expect((await refused({ ScheduleExpressionTimezone: "Mars/Olympus" })).name).toBe("ValidationException");
  expect((await refused({ ScheduleExpression: "x".repeat(257) })).message).toContain(
    "at 'scheduleExpression' failed to satisfy constraint: Member must have length less than or equal to 256",
  );
});

test("dates and windows that contradict each other are refused", async () => {
  const now = Date.now();
  expect((await refused({ StartDate: new Date(now - 600_000) })).message).toBe(
    "The StartDate you specify cannot be earlier than 5 minutes ago.",
  );
  const dates = { StartDate: new Date(now + 7_200_000), EndDate: new Date(now + 3_600_000) };
  expect((await refused(dates)).name).toBe("ValidationException");
  expect((await refused({ EndDate: new Date(now - 3_600_000) })).name).toBe("ValidationException");
  expect((await refused({ FlexibleTimeWindow: { Mode: "FLEXIBLE" } })).name).toBe("ValidationException");
  const off = { Mode: "OFF", MaximumWindowInMinutes: 5 } as const;
  expect((await refused({ FlexibleTimeWindow: off })).name).toBe("ValidationException");
});

test("targets that cannot be sent to are refused with a reason", async () => {
  const fifo = (await target.newQueue({ FifoQueue: "true" })).arn;
  const lambda = `arn:aws:lambda:${target.region}:${target.accountId}:function:f`;
  const reasons = async (Target: Partial<CreateScheduleCommandInput["Target"]>) =>
    (await refused({ Target: { Arn: queue, RoleArn, ...Target } })).message;
  expect(await reasons({ Arn: "nonsense" })).toBe("Provided Arn is not in correct format.");
  expect(await reasons({ Arn: fifo })).toContain("MessageGroupId");
  expect(await reasons({ Arn: lambda, Input: "{" })).toContain("JSON");
  expect(await reasons({ EventBridgeParameters: { DetailType: "a", Source: "b" } })).toContain("EventBridgeParameters");
  expect(await reasons({ Arn: "arn:aws:scheduler:::aws-sdk:lambda:invoke", Input: "{}" })).toContain("FunctionName");
  if (target.isAws) return;
  expect(await reasons({ Arn: `arn:aws:ecs:${target.region}:${target.accountId}:cluster/c` })).toContain(
    "does not send",
  );
  expect(await reasons({ Arn: "arn:aws:scheduler:::aws-sdk:ec2:startInstances" })).toContain("ec2:startInstances");
});

test("a role that the scheduler may not assume is refused", async () => {
  const other = await target.newRole([], "lambda.amazonaws.com");
  expect(await refused({ Target: { Arn: queue, RoleArn: other } })).toEqual({
    name: "ValidationException",
    status: 400,
    message: "The execution role you provide must allow AWS EventBridge Scheduler to assume the role.",
  });
});

test("groups hold schedules, have tags, and are deleted with their schedules", async () => {
  const GroupName = target.newName();
  const Tags = [{ Key: "team", Value: "a" }];
  const { ScheduleGroupArn: ResourceArn } = await target.scheduler.send(
    new CreateScheduleGroupCommand({ Name: GroupName, Tags }),
  );
  expect(ResourceArn).toBe(`arn:aws:scheduler:${target.region}:${target.accountId}:schedule-group/${GroupName}`);
  expect(await refusal(target.scheduler.send(new CreateScheduleGroupCommand({ Name: GroupName })))).toMatchObject({
    name: "ConflictException",
    status: 409,
  });
  const group = await target.scheduler.send(new GetScheduleGroupCommand({ Name: GroupName }));
  expect(group).toMatchObject({ Arn: ResourceArn, Name: GroupName, State: "ACTIVE", CreationDate: expect.any(Date) });
  await target.scheduler.send(new TagResourceCommand({ ResourceArn, Tags: [{ Key: "stage", Value: "test" }] }));
  await target.scheduler.send(new UntagResourceCommand({ ResourceArn, TagKeys: ["team"] }));
  const tags = await target.scheduler.send(new ListTagsForResourceCommand({ ResourceArn }));
  expect(tags.Tags).toEqual([{ Key: "stage", Value: "test" }]);
  const elsewhere = [
    ResourceArn?.replace(target.region, "eu-south-2"),
    ResourceArn?.replace(target.accountId, "999999999999"),
  ];
  for (const arn of elsewhere) {
    const found = await refusal(target.scheduler.send(new ListTagsForResourceCommand({ ResourceArn: arn })));
    expect(found.name).toMatch(/ResourceNotFoundException|AccessDeniedException/);
  }
  const names = [await target.newSchedule({ Arn: queue, RoleArn }, { GroupName })];
  names.push(await target.newSchedule({ Arn: queue, RoleArn }, { GroupName, State: "DISABLED" }));
  names.sort();
  const one = await target.scheduler.send(new ListSchedulesCommand({ GroupName, MaxResults: 1 }));
  expect(one.Schedules).toEqual([
    expect.objectContaining({ Name: names[0], GroupName, Target: { Arn: queue }, CreationDate: expect.any(Date) }),
  ]);
  const two = await target.scheduler.send(
    new ListSchedulesCommand({ GroupName, MaxResults: 1, NextToken: one.NextToken }),
  );
  expect([two.Schedules?.[0]?.Name, two.NextToken]).toEqual([names[1], undefined]);
  const off = await target.scheduler.send(new ListSchedulesCommand({ GroupName, State: "DISABLED" }));
  expect(off.Schedules).toHaveLength(1);
  const listed = await target.scheduler.send(new ListScheduleGroupsCommand({ NamePrefix: GroupName }));
  expect(listed.ScheduleGroups?.map(({ Name }) => Name)).toEqual([GroupName]);
  const all = await target.scheduler.send(new ListScheduleGroupsCommand({ NamePrefix: "default" }));
  expect(all.ScheduleGroups?.map(({ Name }) => Name)).toContain("default");
  await target.scheduler.send(new DeleteScheduleGroupCommand({ Name: GroupName }));
  if (target.isAws) return;
  const missing = await refusal(target.scheduler.send(new GetScheduleCommand({ Name: names[0], GroupName })));
  expect(missing.name).toBe("ResourceNotFoundException");
  expect((await refused({ GroupName })).message).toBe(`Schedule group ${GroupName} does not exist.`);
});
