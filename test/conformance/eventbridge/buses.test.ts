import {
  CreateApiDestinationCommand,
  CreateConnectionCommand,
  CreateEventBusCommand,
  DeauthorizeConnectionCommand,
  DeleteApiDestinationCommand,
  DeleteConnectionCommand,
  DeleteEventBusCommand,
  DeleteRuleCommand,
  DescribeApiDestinationCommand,
  DescribeConnectionCommand,
  DescribeEventBusCommand,
  DescribeRuleCommand,
  DisableRuleCommand,
  EnableRuleCommand,
  ListApiDestinationsCommand,
  ListConnectionsCommand,
  ListEventBusesCommand,
  ListRuleNamesByTargetCommand,
  ListRulesCommand,
  ListTagsForResourceCommand,
  ListTargetsByRuleCommand,
  PutPermissionCommand,
  PutRuleCommand,
  RemovePermissionCommand,
  RemoveTargetsCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateApiDestinationCommand,
  UpdateConnectionCommand,
  UpdateEventBusCommand,
} from "@aws-sdk/client-eventbridge";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { refusal } from "../refusal.ts";
import { type EventBridgeTarget, eventBridgeTarget } from "./eventbridgeTarget.ts";

let target: EventBridgeTarget;
beforeAll(async () => void (target = await eventBridgeTarget()));
afterAll(async () => await target[Symbol.asyncDispose]());

const arnOf = (resource: string) => `arn:aws:events:${target.region}:${target.accountId}:${resource}`;

describe("buses", () => {
  test("the default bus is there without being made, and cannot be deleted", async () => {
    const described = await target.events.send(new DescribeEventBusCommand({}));
    expect(described).toMatchObject({ Name: "default", Arn: arnOf("event-bus/default") });
    const { EventBuses } = await target.events.send(new ListEventBusesCommand({ NamePrefix: "default" }));
    expect(EventBuses).toMatchObject([{ Name: "default" }]);
    expect(await refusal(target.events.send(new DeleteEventBusCommand({ Name: "default" })))).toMatchObject({
      name: "ValidationException",
    });
  });

  test("a bus is made once, changed, tagged and deleted", async () => {
    const Name = await target.newBus();
    expect(await refusal(target.events.send(new CreateEventBusCommand({ Name })))).toMatchObject({
      name: "ResourceAlreadyExistsException",
      message: `Event bus ${Name} already exists.`,
    });
    const ResourceARN = arnOf(`event-bus/${Name}`);
    await target.events.send(new UpdateEventBusCommand({ Name, Description: "about it" }));
    await target.events.send(
      new TagResourceCommand({
        ResourceARN,
        Tags: [
          { Key: "a", Value: "1" },
          { Key: "b", Value: "2" },
        ],
      }),
    );
    await target.events.send(new UntagResourceCommand({ ResourceARN, TagKeys: ["a"] }));
    expect(await target.events.send(new DescribeEventBusCommand({ Name: ResourceARN }))).toMatchObject({
      Name,
      Description: "about it",
      CreationTime: expect.any(Date),
    });
    const { Tags } = await target.events.send(new ListTagsForResourceCommand({ ResourceARN }));
    expect(Tags).toEqual([{ Key: "b", Value: "2" }]);
    await target.events.send(new DeleteEventBusCommand({ Name }));
    expect(await refusal(target.events.send(new DescribeEventBusCommand({ Name })))).toMatchObject({
      name: "ResourceNotFoundException",
      message: `Event bus ${Name} does not exist.`,
    });
  });

  test("permissions are statements of the bus's policy", async () => {
    const EventBusName = await target.newBus();
    const policy = async () =>
      JSON.parse(
        (await target.events.send(new DescribeEventBusCommand({ Name: EventBusName }))).Policy ?? "null",
      ) as unknown;
    const put = async (more: object) => await target.events.send(new PutPermissionCommand({ EventBusName, ...more }));
    await put({ Action: "events:PutEvents", Principal: "111122223333", StatementId: "one" });
    expect(await policy()).toEqual({
      Version: "2012-10-17",
      Statement: [
        {
          Sid: "one",
          Effect: "Allow",
          Principal: { AWS: "arn:aws:iam::111122223333:root" },
          Action: "events:PutEvents",
          Resource: arnOf(`event-bus/${EventBusName}`),
        },
      ],
    });
    await put({ Action: "events:PutEvents", Principal: "*", StatementId: "two" });
    await target.events.send(new RemovePermissionCommand({ EventBusName, StatementId: "one" }));
    expect(await policy()).toMatchObject({ Statement: [{ Sid: "two", Principal: "*" }] });
    const remove = async (StatementId: string) =>
      await refusal(target.events.send(new RemovePermissionCommand({ EventBusName, StatementId })));
    expect(await remove("three")).toMatchObject({
      name: "ResourceNotFoundException",
      message: "Statement with the provided id does not exist.",
    });
    await target.events.send(new RemovePermissionCommand({ EventBusName, RemoveAllPermissions: true }));
    expect(await policy()).toBeNull();
    expect(await remove("two")).toMatchObject({ message: "EventBus does not have a policy." });
    expect(await refusal(put({ Policy: "{" }))).toMatchObject({ name: "ValidationException" });
    const tooLong = Array.from({ length: 200 }, (_, i) => ({
      Sid: `s${i}`,
      Effect: "Allow",
      Principal: "*",
      Action: "*",
      Resource: "*",
    }));
    expect(await refusal(put({ Policy: JSON.stringify({ Statement: tooLong }) }))).toMatchObject({
      name: "PolicyLengthExceededException",
    });
  });
});

describe("rules", () => {
  test("a rule is described, listed, disabled, enabled and tagged", async () => {
    const EventBusName = await target.newBus();
    const { Rule: Name, RuleArn } = await target.newRule(EventBusName, {
      Description: "about it",
      Tags: [{ Key: "a", Value: "1" }],
    });
    expect(RuleArn).toBe(arnOf(`rule/${EventBusName}/${Name}`));
    const whole = {
      Name,
      Arn: RuleArn,
      EventPattern: '{"source":["app"]}',
      State: "ENABLED",
      Description: "about it",
      EventBusName,
    };
    const described = async () => await target.events.send(new DescribeRuleCommand({ Name, EventBusName }));
    expect(await described()).toMatchObject({ ...whole, CreatedBy: target.accountId });
    await target.events.send(new DisableRuleCommand({ Name, EventBusName }));
    expect(await described()).toMatchObject({ State: "DISABLED" });
    await target.events.send(new EnableRuleCommand({ Name, EventBusName }));
    const { Rules } = await target.events.send(new ListRulesCommand({ EventBusName }));
    expect(Rules).toEqual([whole]);
    const { Tags } = await target.events.send(new ListTagsForResourceCommand({ ResourceARN: RuleArn }));
    expect(Tags).toEqual([{ Key: "a", Value: "1" }]);
    expect(await refusal(target.events.send(new DescribeRuleCommand({ Name: "no", EventBusName })))).toMatchObject({
      name: "ResourceNotFoundException",
      message: `Rule no does not exist on EventBus ${EventBusName}.`,
    });
  });

  test("a rule needs a pattern or a schedule, and a schedule the default bus", async () => {
    const EventBusName = await target.newBus();
    const put = async (more: object) =>
      await refusal(target.events.send(new PutRuleCommand({ Name: "x", EventBusName, ...more })));
    expect(await put({})).toMatchObject({ name: "ValidationException" });
    expect(await put({ EventPattern: '{"a": "b"}' })).toMatchObject({
      name: "InvalidEventPatternException",
      message:
        'Event pattern is not valid. Reason: "a" must be an object or an array\n at [Source: (String)"{"a": "b"}"; line: 1, column: 8]',
    });
    expect(await put({ ScheduleExpression: "rate(1 minute)" })).toMatchObject({
      message: "ScheduleExpression is supported only on the default event bus.",
    });
    expect(await put({ ScheduleExpression: "rate(1 minutes)", EventBusName: "default" })).toMatchObject({
      message: "Parameter ScheduleExpression is not valid.",
    });
    expect(await put({ EventPattern: "{}", EventBusName: "no-such-bus" })).toMatchObject({
      name: "InvalidEventPatternException",
    });
    expect(await put({ EventPattern: '{"a":[1]}', EventBusName: "no-such-bus" })).toMatchObject({
      name: "ResourceNotFoundException",
      message: "Event bus no-such-bus does not exist.",
    });
  });

  test("targets are listed as they were put; a rule with targets is not deleted", async () => {
    const EventBusName = await target.newBus();
    const { Rule } = await target.newRule(EventBusName);
    const { QueueArn: Arn } = await target.newOpenQueue();
    const one = {
      Id: "one",
      Arn,
      InputTransformer: { InputPathsMap: { a: "$.detail" }, InputTemplate: '{"a": <a>}' },
      RetryPolicy: { MaximumRetryAttempts: 2, MaximumEventAgeInSeconds: 60 },
    };
    await target.putTarget(EventBusName, Rule, one);
    await target.putTarget(EventBusName, Rule, { Id: "two", Arn });
    const { Targets, NextToken } = await target.events.send(
      new ListTargetsByRuleCommand({ Rule, EventBusName, Limit: 1 }),
    );
    expect(Targets).toEqual([one]);
    const rest = await target.events.send(new ListTargetsByRuleCommand({ Rule, EventBusName, NextToken }));
    expect(rest).toMatchObject({ Targets: [{ Id: "two", Arn }] });
    expect(rest.NextToken).toBeUndefined();
    const { RuleNames } = await target.events.send(new ListRuleNamesByTargetCommand({ TargetArn: Arn, EventBusName }));
    expect(RuleNames).toEqual([Rule]);
    expect(await refusal(target.events.send(new DeleteRuleCommand({ Name: Rule, EventBusName })))).toMatchObject({
      name: "ValidationException",
      message: "Rule can't be deleted since it has targets.",
    });
    const removed = await target.events.send(
      new RemoveTargetsCommand({ Rule, EventBusName, Ids: ["one", "two", "six"] }),
    );
    expect(removed).toMatchObject({ FailedEntryCount: 1, FailedEntries: [{ TargetId: "six" }] });
    await target.events.send(new DeleteRuleCommand({ Name: Rule, EventBusName }));
    // Deleting it again is no error.
    await target.events.send(new DeleteRuleCommand({ Name: Rule, EventBusName }));
  });
});

describe("connections and API destinations", () => {
  test("a connection never shows its secrets", async () => {
    const Name = target.newName();
    const { ConnectionArn = "", ConnectionState } = await target.events.send(
      new CreateConnectionCommand({
        Name,
        AuthorizationType: "OAUTH_CLIENT_CREDENTIALS",
        AuthParameters: {
          OAuthParameters: {
            ClientParameters: { ClientID: "client", ClientSecret: "hidden-1" },
            AuthorizationEndpoint: "https://example.com/token",
            HttpMethod: "POST",
          },
          InvocationHttpParameters: {
            HeaderParameters: [
              { Key: "open", Value: "shown", IsValueSecret: false },
              { Key: "closed", Value: "hidden-2", IsValueSecret: true },
            ],
          },
        },
      }),
    );
    expect(ConnectionState).toBe("AUTHORIZED");
    expect(ConnectionArn).toMatch(new RegExp(`^${arnOf(`connection/${Name}/`)}[0-9a-f-]{36}$`));
    const described = await target.events.send(new DescribeConnectionCommand({ Name }));
    expect(described.AuthParameters).toEqual({
      OAuthParameters: {
        ClientParameters: { ClientID: "client" },
        AuthorizationEndpoint: "https://example.com/token",
        HttpMethod: "POST",
      },
      InvocationHttpParameters: {
        HeaderParameters: [
          { Key: "open", Value: "shown", IsValueSecret: false },
          { Key: "closed", IsValueSecret: true },
        ],
      },
    });
    await target.events.send(new UpdateConnectionCommand({ Name, Description: "about it" }));
    const { Connections } = await target.events.send(new ListConnectionsCommand({ NamePrefix: Name }));
    expect(Connections).toMatchObject([{ Name, ConnectionArn, AuthorizationType: "OAUTH_CLIENT_CREDENTIALS" }]);
    const again = new CreateConnectionCommand({
      Name,
      AuthorizationType: "BASIC",
      AuthParameters: { BasicAuthParameters: { Username: "u", Password: "p" } },
    });
    expect(await refusal(target.events.send(again))).toMatchObject({ name: "ResourceAlreadyExistsException" });

    const destination = {
      Name: target.newName(),
      ConnectionArn,
      InvocationEndpoint: "https://example.com/orders/*",
      HttpMethod: "POST" as const,
      InvocationRateLimitPerSecond: 10,
    };
    const { ApiDestinationArn, ApiDestinationState } = await target.events.send(
      new CreateApiDestinationCommand(destination),
    );
    expect(ApiDestinationState).toBe("ACTIVE");
    await target.events.send(new UpdateApiDestinationCommand({ Name: destination.Name, HttpMethod: "PUT" }));
    const { ApiDestinations } = await target.events.send(new ListApiDestinationsCommand({ ConnectionArn }));
    expect(ApiDestinations).toMatchObject([{ ...destination, HttpMethod: "PUT", ApiDestinationArn }]);
    expect(await refusal(target.events.send(new DeleteConnectionCommand({ Name })))).toMatchObject({
      name: "ValidationException",
    });
    await target.events.send(new DeauthorizeConnectionCommand({ Name }));
    const inactive = await target.events.send(new DescribeApiDestinationCommand({ Name: destination.Name }));
    expect(inactive.ApiDestinationState).toBe("INACTIVE");
    await target.events.send(new DeleteApiDestinationCommand({ Name: destination.Name }));
    await target.events.send(new DeleteConnectionCommand({ Name }));
    expect(await refusal(target.events.send(new DescribeConnectionCommand({ Name })))).toMatchObject({
      name: "ResourceNotFoundException",
      message: `Failed to describe the connection(s). Connection '${Name}' does not exist.`,
    });
  });
});
