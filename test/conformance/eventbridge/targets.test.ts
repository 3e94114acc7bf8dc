import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  DeleteLogGroupCommand,
  DeleteResourcePolicyCommand,
  FilterLogEventsCommand,
  PutResourcePolicyCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { PutRuleCommand, PutTargetsCommand } from "@aws-sdk/client-eventbridge";
import { AddPermissionCommand, PutFunctionEventInvokeConfigCommand } from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type LambdaTarget, lambdaTarget } from "../lambda/lambdaTarget.ts";
import { refusal } from "../refusal.ts";
import { type EventBridgeTarget, eventBridgeTarget, eventsIn } from "./eventbridgeTarget.ts";

let target: EventBridgeTarget;
let lambda: LambdaTarget;
beforeAll(async () => {
  target = await eventBridgeTarget();
  lambda = await lambdaTarget();
});
afterAll(async () => {
  await lambda[Symbol.asyncDispose]();
  await target[Symbol.asyncDispose]();
});

const busArn = (name: string) => `arn:aws:events:${target.region}:${target.accountId}:event-bus/${name}`;

test("a function runs with the event, and its result is an event on the bus that is its destination", async () => {
  const results = await target.newRoute({ source: ["lambda"] });
  const Role = await lambda.newRole(["events:PutEvents", "logs:*"]);
  const { FunctionName, FunctionArn = "" } = await lambda.newFunction({ Role });
  await lambda.client.send(
    new PutFunctionEventInvokeConfigCommand({
      FunctionName,
      DestinationConfig: { OnSuccess: { Destination: busArn(results.bus) } },
    }),
  );
  const bus = await target.newBus();
  const { Rule, RuleArn } = await target.newRule(bus);
  const dead = await target.newOpenQueue();
  await target.putTarget(bus, Rule, { Arn: FunctionArn, DeadLetterConfig: { Arn: dead.QueueArn } });

  const refused = await target.put(bus, { n: 1 });
  const [letter] = await target.received(dead.QueueUrl);
  expect(JSON.parse(letter?.Body ?? "")).toMatchObject({ id: refused });
  expect(letter?.MessageAttributes?.["ERROR_CODE"]?.StringValue).toBe("NO_PERMISSIONS");

  await lambda.client.send(
    new AddPermissionCommand({
      FunctionName,
      StatementId: "rule",
      Action: "lambda:InvokeFunction",
      Principal: "events.amazonaws.com",
      SourceArn: RuleArn,
    }),
  );
  const EventId = await target.put(bus, { n: 2 });
  expect(eventsIn(await target.received(results.QueueUrl))).toEqual([
    expect.objectContaining({
      source: "lambda",
      "detail-type": "Lambda Function Invocation Result - Success",
      account: target.accountId,
      resources: [busArn(results.bus), `${FunctionArn}:$LATEST`],
      detail: expect.objectContaining({
        version: "1.0",
        requestContext: expect.objectContaining({ condition: "Success" }),
        requestPayload: expect.objectContaining({ id: EventId, detail: { n: 2 } }),
      }),
    }),
  ]);
});

test("an event stays what it is on another bus, where the target's role may send it", async () => {
  const there = await target.newRoute({ source: ["app"] });
  const here = await target.newBus();
  const { Rule } = await target.newRule(here);
  expect(await refusal(target.putTarget(here, Rule, { Arn: busArn(there.bus) }))).toMatchObject({
    name: "ValidationException",
    message: `RoleArn is required for target ${busArn(there.bus)}.`,
  });
  const RoleArn = await target.newEventsRole(["events:PutEvents"]);
  await target.putTarget(here, Rule, { Arn: busArn(there.bus), RoleArn });
  const id = await target.put(here, { n: 1 }, { Resources: ["r"] });
  expect(eventsIn(await target.received(there.QueueUrl))).toEqual([
    expect.objectContaining({ id, source: "app", resources: ["r"], detail: { n: 1 } }),
  ]);
});

test("buses that send to each other stop after a number of hops", async () => {
  const RoleArn = await target.newEventsRole(["events:PutEvents"]);
  const loop = await target.newBus();
  const { Rule } = await target.newRule(loop);
  const dead = await target.newOpenQueue();
  await target.putTarget(loop, Rule, { Arn: busArn(loop), RoleArn, DeadLetterConfig: { Arn: dead.QueueArn } });
  await target.put(loop, {});
  let letters = await target.received(dead.QueueUrl);
  while (letters.length === 0) letters = await target.received(dead.QueueUrl);
  expect(letters[0]?.MessageAttributes?.["ERROR_MESSAGE"]?.StringValue).toContain("without a run of a function");
});

test("a log group gets events as log events, where a resource policy lets EventBridge write them", async () => {
  const logGroupName = `/aws/events/${target.newName()}`;
  const logs = new CloudWatchLogsClient({ ...target.config, maxAttempts: 1 });
  await logs.send(new CreateLogGroupCommand({ logGroupName }));
  const bus = await target.newBus();
  const { Rule } = await target.newRule(bus);
  const dead = await target.newOpenQueue();
  const Arn = `arn:aws:logs:${target.region}:${target.accountId}:log-group:${logGroupName}`;
  await target.putTarget(bus, Rule, { Arn, DeadLetterConfig: { Arn: dead.QueueArn } });
  await target.put(bus, { n: 1 });
  expect(eventsIn(await target.received(dead.QueueUrl))).toMatchObject([{ detail: { n: 1 } }]);
  const policyName = target.newName();
  const statement = {
    Effect: "Allow",
    Principal: { Service: ["events.amazonaws.com", "delivery.logs.amazonaws.com"] },
    Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
    Resource: `${Arn}:*`,
  };
  const policyDocument = JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
  await logs.send(new PutResourcePolicyCommand({ policyName, policyDocument }));
  const read = async (): Promise<readonly unknown[]> => {
    // Another process may take 2 seconds to see the policy.
    await target.put(bus, { n: 2 });
    const { events = [] } = await logs.send(new FilterLogEventsCommand({ logGroupName }));
    return events.map(({ message = "" }) => JSON.parse(message) as unknown);
  };
  await expect
    .poll(read, { timeout: 30_000, interval: 300 })
    .toContainEqual(expect.objectContaining({ detail: { n: 2 } }));
  await logs.send(new DeleteResourcePolicyCommand({ policyName }));
  await logs.send(new DeleteLogGroupCommand({ logGroupName }));
  logs.destroy();
});

test("a disabled rule gets nothing until it is enabled", async () => {
  const { bus, RuleArn, QueueUrl } = await target.newRoute({ source: ["app"] });
  const Name = RuleArn.split("/").at(-1) ?? "";
  const EventPattern = JSON.stringify({ source: ["app"] });
  const put = async (State: "ENABLED" | "DISABLED") =>
    await target.events.send(new PutRuleCommand({ Name, EventBusName: bus, EventPattern, State }));
  await put("DISABLED");
  await target.put(bus, { n: 1 });
  await put("ENABLED");
  await target.put(bus, { n: 2 });
  expect(eventsIn(await target.received(QueueUrl))).toMatchObject([{ detail: { n: 2 } }]);
});

test("targets that cannot work are refused", async () => {
  const bus = await target.newBus();
  const { Rule } = await target.newRule(bus);
  const put = async (one: object) =>
    await target.events.send(
      new PutTargetsCommand({
        EventBusName: bus,
        Rule,
        Targets: [{ Id: "1", Arn: "arn:aws:sqs:us-east-1:000000000000:q", ...one }],
      }),
    );
  const template = (InputTemplate: string) => ({
    InputTransformer: { InputTemplate, InputPathsMap: { a: "$.detail" } },
  });
  for (const [one, message] of [
    [{ Arn: "queue" }, "Parameter queue is not valid. Reason: Provided Arn is not in correct format."],
    [{ Arn: "arn:aws:ecs:us-east-1:000000000000:cluster/x" }, "Hearth does not send events to ecs yet."],
    [
      { Input: "{", InputPath: "$" },
      "Only one of Input, InputPath, or InputTransformer must be provided for target 1.",
    ],
    [{ Input: "{" }, "JSON syntax error in input for target 1"],
    [{ InputPath: "detail" }, "detail is not a JSON path"],
    [template('"<b>"'), "InputTemplate for target 1 contains invalid placeholder b."],
    [template('{"x": <a>'), "Invalid InputTemplate for target 1"],
  ] as const) {
    expect(await refusal(put(one))).toMatchObject({
      name: "ValidationException",
      message: expect.stringContaining(message),
    });
  }
  await put({});
  const six = ["1", "2", "3", "4", "5", "6"].map((Id) => ({ Id, Arn: "arn:aws:sqs:us-east-1:000000000000:q" }));
  const more = target.events.send(new PutTargetsCommand({ EventBusName: bus, Rule, Targets: six }));
  expect(await refusal(more)).toMatchObject({ name: "LimitExceededException" });
});
