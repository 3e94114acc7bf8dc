import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type AwsCli,
  awsCli,
  awsEnvironment,
  findProgram,
  noProgram,
  type RunningHearth,
  runProgram,
  skipReason,
  startHearth,
} from "@hearth/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const ACCOUNT = "us-east-1:000000000000";
const STORY = `
import json, boto3
from botocore.exceptions import ClientError

events, sqs = boto3.client("events"), boto3.client("sqs")
url = sqs.create_queue(QueueName="python")["QueueUrl"]
queue = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
statement = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": queue}
sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps({"Version": "2012-10-17", "Statement": [statement]})})
events.create_event_bus(Name="python", Tags=[{"Key": "a", "Value": "1"}])
for n in range(3):
    rule = events.put_rule(Name=f"r{n}", EventBusName="python", EventPattern=json.dumps({"detail": {"n": [n]}}))["RuleArn"]
put = events.put_targets(Rule="r1", EventBusName="python", Targets=[{"Id": "1", "Arn": queue, "InputPath": "$.detail"}])
sent = events.put_events(Entries=[
    {"EventBusName": "python", "Source": "app", "DetailType": "d", "Detail": json.dumps({"n": n})} for n in range(3)] + [{"Source": "app"}])
got = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20)["Messages"]
def refused(call, **asked):
    try:
        call(**asked)
    except ClientError as error:
        return [error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"], error.response["Error"]["Message"]]
said = {
    "rule": rule,
    "put": put["FailedEntryCount"],
    "failed": [sent["FailedEntryCount"], sent["Entries"][3]["ErrorCode"]],
    "got": [json.loads(one["Body"]) for one in got],
    "rules": [one["Name"] for page in events.get_paginator("list_rules").paginate(EventBusName="python", PaginationConfig={"PageSize": 2}) for one in page["Rules"]],
    "created": events.describe_event_bus(Name="python")["CreationTime"].year > 2000,
    "missing": refused(events.describe_rule, Name="none", EventBusName="python"),
    "pattern": refused(events.put_rule, Name="x", EventPattern='{"a": 1}')[:2],
    "busy": refused(events.delete_rule, Name="r1", EventBusName="python"),
}
events.delete_event_bus(Name="python")
said["gone"] = refused(events.list_rules, EventBusName="python")
print(json.dumps(said))
`;

const python = findProgram("python3");
const noBoto3 =
  python && (await runProgram(python, ["-c", "import boto3"], { cwd: tmpdir(), env: process.env })).code === 0
    ? undefined
    : "python3 has no boto3";

describe("clients of EventBridge", () => {
  let hearth: RunningHearth;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "hearth-events-"));
    hearth = await startHearth();
  });
  afterAll(async () => {
    await hearth?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  test("boto3 puts rules, targets and events, pages and understands every refusal", skipReason(noBoto3), async () => {
    await writeFile(join(folder, "story.py"), STORY);
    const env = { ...process.env, ...awsEnvironment(hearth.clientConfig) };
    const { code, stdout, stderr } = await runProgram(python ?? "", ["story.py"], { cwd: folder, env });
    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      rule: `arn:aws:events:${ACCOUNT}:rule/python/r2`,
      put: 0,
      failed: [1, "InvalidArgument"],
      got: [{ n: 1 }],
      rules: ["r0", "r1", "r2"],
      created: true,
      missing: ["ResourceNotFoundException", 400, "Rule none does not exist on EventBus python."],
      pattern: ["InvalidEventPatternException", 400],
      busy: ["ValidationException", 400, "Rule can't be deleted since it has targets."],
      gone: ["ResourceNotFoundException", 400, "Event bus python does not exist."],
    });
  });

  test("the aws command puts a rule and an event, and cleans up", skipReason(noProgram("aws")), async () => {
    const plain = await awsCli(hearth.clientConfig, folder);
    const aws = async (...args: Parameters<AwsCli>) =>
      JSON.parse((await plain("--endpoint-url", hearth.endpoint, ...args)) || "{}") as Record<string, unknown>;
    const queue = `arn:aws:sqs:${ACCOUNT}:cli`;
    const Statement = [{ Effect: "Allow", Principal: "*", Action: "sqs:SendMessage", Resource: queue }];
    const attributes = JSON.stringify({ Policy: JSON.stringify({ Version: "2012-10-17", Statement }) });
    const { QueueUrl } = await aws("sqs", "create-queue", "--queue-name", "cli", "--attributes", attributes);
    const pattern = JSON.stringify({ source: ["cli"] });
    expect(await aws("events", "put-rule", "--name", "cli", "--event-pattern", pattern)).toEqual({
      RuleArn: `arn:aws:events:${ACCOUNT}:rule/cli`,
    });
    await aws("events", "put-targets", "--rule", "cli", "--targets", `Id=1,Arn=${queue}`);
    const Entries = [{ Source: "cli", DetailType: "hello", Detail: '{"n":1}' }];
    const sent = await aws("events", "put-events", "--entries", JSON.stringify(Entries));
    expect(sent).toMatchObject({ FailedEntryCount: 0 });
    const received = await aws(
      ...["sqs", "receive-message", "--queue-url", String(QueueUrl), "--wait-time-seconds", "20"],
    );
    const [message] = received["Messages"] as { readonly Body: string }[];
    expect(JSON.parse(message?.Body ?? "")).toMatchObject({ source: "cli", "detail-type": "hello", detail: { n: 1 } });
    const event =
      '{"id":"1","account":"1","source":"cli","time":"2024-01-01T00:00:00Z","region":"r","resources":[],"detail-type":"t"}';
    const tested = await aws("events", "test-event-pattern", "--event-pattern", pattern, "--event", event);
    expect(tested).toEqual({ Result: true });
    await aws("events", "remove-targets", "--rule", "cli", "--ids", "1");
    await aws("events", "delete-rule", "--name", "cli");
    expect(await aws("events", "list-rules")).toEqual({ Rules: [] });
  });
});
