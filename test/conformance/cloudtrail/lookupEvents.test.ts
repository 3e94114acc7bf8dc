import {
  CloudTrailClient,
  type Event,
  DescribeTrailsCommand,
  LookupEventsCommand,
  type LookupEventsCommandInput,
} from "@aws-sdk/client-cloudtrail";
import { CreateLogGroupCommand, CloudWatchLogsClient, DescribeLogGroupsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { CreateAccessKeyCommand, CreateUserCommand } from "@aws-sdk/client-iam";
import { CreateFunctionCommand, DeleteFunctionCommand, GetFunctionCommand } from "@aws-sdk/client-lambda";
import { AssumeRoleCommand } from "@aws-sdk/client-sts";
import { zipOf } from "@hearth/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type AccessTarget, accessTarget, type Credentials } from "../access/accessTarget.ts";

const ACCOUNT = "000000000000";
const OWNER: Credentials = { accessKeyId: "test", secretAccessKey: "test" };
const HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS";

let target: AccessTarget;
let trail: CloudTrailClient;
beforeAll(async () => {
  target = await accessTarget();
  trail = new CloudTrailClient(target.config);
});
afterAll(async () => {
  trail?.destroy();
  await target?.[Symbol.asyncDispose]();
});

async function lookup(input: LookupEventsCommandInput, client = trail): Promise<Event[]> {
  return (await client.send(new LookupEventsCommand(input))).Events ?? [];
}

const by = (AttributeKey: "EventName" | "Username" | "ResourceName" | "EventId", AttributeValue: string) => ({
  LookupAttributes: [{ AttributeKey, AttributeValue }],
});

const recordOf = ({ CloudTrailEvent = "" }: Event) => JSON.parse(CloudTrailEvent) as Record<string, unknown>;

/** Events of refused calls are written within a second. */
async function eventually(input: LookupEventsCommandInput, count = 1): Promise<Event[]> {
  await expect.poll(async () => (await lookup(input)).length).toBeGreaterThanOrEqual(count);
  return await lookup(input);
}

test("a call that changed something is in the trail when it is answered, in CloudTrail's form, without secrets", async () => {
  const { lambda } = target.as(OWNER);
  const FunctionName = "audited";
  const { $metadata } = await lambda.send(
    new CreateFunctionCommand({
      FunctionName,
      Role: `arn:aws:iam::${ACCOUNT}:role/r`,
      Runtime: "nodejs22.x",
      Handler: "index.handler",
      Code: { ZipFile: await zipOf({ "index.mjs": "export const handler = () => 1;" }) },
      Environment: { Variables: { TOKEN: "hunter2" } },
      Tags: { Team: "blue" },
    }),
  );
  const [event, ...others] = await lookup(by("ResourceName", FunctionName));
  expect(others).toEqual([]);
  const arn = `arn:aws:lambda:us-east-1:${ACCOUNT}:function:${FunctionName}`;
  expect(event).toMatchObject({
    EventName: "CreateFunction",
    EventSource: "lambda.amazonaws.com",
    ReadOnly: "false",
    Username: "root",
    AccessKeyId: "test",
    EventTime: expect.any(Date),
    Resources: expect.arrayContaining([{ ResourceType: "AWS::Lambda::Function", ResourceName: arn }]),
  });
  expect(recordOf(event!)).toMatchObject({
    userIdentity: { type: "Root", accountId: ACCOUNT, accessKeyId: "test" },
    eventSource: "lambda.amazonaws.com",
    eventName: "CreateFunction",
    awsRegion: "us-east-1",
    sourceIPAddress: "127.0.0.1",
    userAgent: expect.stringContaining("aws-sdk-js"),
    requestParameters: {
      functionName: FunctionName,
      code: { zipFile: HIDDEN },
      environment: { variables: { TOKEN: HIDDEN } },
      tags: { Team: "blue" },
    },
    requestID: $metadata.requestId,
    eventID: event?.EventId,
    readOnly: false,
    managementEvent: true,
    recipientAccountId: ACCOUNT,
  });
  expect(event?.CloudTrailEvent).not.toContain("hunter2");
  expect(await lookup(by("EventId", event?.EventId ?? ""))).toHaveLength(1);
  expect(await lookup(by("EventName", "CreateFunction20150331"))).toHaveLength(1);
});

test("a call that only reads is not recorded; one that is denied is, with its error", async () => {
  const { UserName, credentials } = await target.newUser();
  const { lambda } = target.as(credentials);
  await target.as(OWNER).lambda.send(new GetFunctionCommand({ FunctionName: "audited" }));
  await expect(lambda.send(new GetFunctionCommand({ FunctionName: "audited" }))).rejects.toThrow("not authorized");
  const [event, ...others] = await eventually(by("Username", UserName));
  expect(others).toEqual([]);
  expect(event).toMatchObject({ EventName: "GetFunction", ReadOnly: "true", AccessKeyId: credentials.accessKeyId });
  expect(recordOf(event!)).toMatchObject({
    userIdentity: { type: "IAMUser", userName: UserName },
    errorCode: "AccessDeniedException",
    errorMessage: expect.stringContaining("lambda:GetFunction"),
  });
  expect((await lookup(by("EventName", "GetFunction"))).length).toBe(1);
});

test("a call that failed is recorded with its error", async () => {
  const { lambda } = target.as(OWNER);
  await expect(lambda.send(new DeleteFunctionCommand({ FunctionName: "no-such" }))).rejects.toThrow();
  const [event] = await eventually(by("EventName", "DeleteFunction"));
  expect(recordOf(event!)).toMatchObject({ errorCode: "ResourceNotFoundException" });
});

test("the trail has the ids of new keys and who assumed a role, and none of their secrets", async () => {
  const UserName = "keyed";
  await target.iam.send(new CreateUserCommand({ UserName }));
  const { AccessKey } = await target.iam.send(new CreateAccessKeyCommand({ UserName }));
  const [made] = await lookup(by("ResourceName", AccessKey?.AccessKeyId ?? ""));
  expect(made).toMatchObject({ EventName: "CreateAccessKey" });
  const RoleArn = await target.newRole({ Principal: { AWS: ACCOUNT } });
  const { sts } = target.as(OWNER);
  const { Credentials } = await sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: "audit" }));
  const [assumed] = await lookup(by("EventName", "AssumeRole"));
  expect(assumed?.Resources).toContainEqual({ ResourceType: "AWS::IAM::Role", ResourceName: RoleArn });
  const text = JSON.stringify(await lookup({}));
  for (const secret of [AccessKey?.SecretAccessKey, Credentials?.SecretAccessKey, Credentials?.SessionToken]) {
    expect(secret).toBeTruthy();
    expect(text).not.toContain(secret);
  }
});

test("a user reads the trail only with a permission, and an account only its own", async () => {
  const { UserName, credentials } = await target.newUser();
  const client = new CloudTrailClient({ ...target.config, credentials });
  await expect(lookup({}, client)).rejects.toMatchObject({ name: "AccessDeniedException" });
  expect(await eventually(by("Username", UserName))).toMatchObject([{ EventName: "LookupEvents" }]);
  const reader = await target.newUser([{ Effect: "Allow", Action: "cloudtrail:LookupEvents", Resource: "*" }]);
  const allowed = new CloudTrailClient({ ...target.config, credentials: reader.credentials });
  expect((await lookup({}, allowed)).length).toBeGreaterThan(0);
});

test("pages, times and attributes are checked and honoured", async () => {
  const logs = new CloudWatchLogsClient(target.config);
  const StartTime = new Date(Date.now() - 1000);
  for (let at = 0; at < 5; at++) await logs.send(new CreateLogGroupCommand({ logGroupName: `audit-${at}` }));
  await logs.send(new DescribeLogGroupsCommand({}));
  const seen: string[] = [];
  let NextToken: string | undefined;
  do {
    const page = await trail.send(
      new LookupEventsCommand({ ...by("EventName", "CreateLogGroup"), StartTime, MaxResults: 2, NextToken }),
    );
    expect(page.Events?.length).toBeLessThanOrEqual(2);
    seen.push(...(page.Events ?? []).map(({ EventId = "" }) => EventId));
    ({ NextToken } = page);
  } while (NextToken !== undefined);
  expect(new Set(seen).size).toBe(5);
  expect(seen).toHaveLength(5);
  expect(await lookup({ EndTime: new Date(0) })).toEqual([]);
  const wrong: [string, LookupEventsCommandInput][] = [
    ["InvalidMaxResultsException", { MaxResults: 51 }],
    ["InvalidMaxResultsException", { MaxResults: 0 }],
    ["InvalidTimeRangeException", { StartTime, EndTime: new Date(0) }],
    ["InvalidNextTokenException", { NextToken: "nonsense" }],
    ["InvalidLookupAttributesException", { LookupAttributes: [{ AttributeKey: "ReadOnly", AttributeValue: "x" }] }],
    [
      "InvalidLookupAttributesException",
      { LookupAttributes: [{ AttributeKey: "constructor" as "EventId", AttributeValue: "x" }] },
    ],
    [
      "InvalidLookupAttributesException",
      { LookupAttributes: [...by("EventName", "a").LookupAttributes, ...by("EventId", "b").LookupAttributes] },
    ],
  ];
  for (const [name, input] of wrong) await expect(lookup(input), name).rejects.toMatchObject({ name });
  await expect(trail.send(new DescribeTrailsCommand({}))).rejects.toMatchObject({ name: "NotImplementedException" });
  logs.destroy();
});
