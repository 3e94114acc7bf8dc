import {
  CloudWatchLogsClient,
  DescribeLogGroupsCommand,
  DescribeQueryDefinitionsCommand,
  FilterLogEventsCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import {
  awsEnvironment,
  findProgram,
  noTerraform,
  type RunningHearth,
  runProgram,
  skipReason,
  startHearth,
  zipOf,
} from "@hearth/testkit";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { TerraformProject } from "../support/terraformProject.ts";

/** A function that is called for the errors of a group, and a metric of the same. */
const configuration = (pattern: string, days: number): string => `
provider "aws" {}

resource "aws_cloudwatch_log_group" "app" {
  name              = "/app"
  retention_in_days = ${days}
  tags              = { stage = "test" }
}

resource "aws_cloudwatch_log_stream" "one" {
  name           = "one"
  log_group_name = aws_cloudwatch_log_group.app.name
}

resource "aws_cloudwatch_log_group" "reader" {
  name = "/aws/lambda/reader"
}

resource "aws_lambda_function" "reader" {
  function_name = "reader"
  role          = "arn:aws:iam::000000000000:role/any"
  runtime       = "nodejs22.x"
  handler       = "index.handler"
  filename      = "reader.zip"
  depends_on    = [aws_cloudwatch_log_group.reader]
}

resource "aws_lambda_permission" "logs" {
  statement_id  = "logs"
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.reader.function_name
  principal     = "logs.us-east-1.amazonaws.com"
  source_arn    = "\${aws_cloudwatch_log_group.app.arn}:*"
}

resource "aws_cloudwatch_log_subscription_filter" "errors" {
  name            = "errors"
  log_group_name  = aws_cloudwatch_log_group.app.name
  filter_pattern  = "${pattern}"
  destination_arn = aws_lambda_function.reader.arn
  depends_on      = [aws_lambda_permission.logs]
}

resource "aws_cloudwatch_log_metric_filter" "errors" {
  name           = "errors"
  log_group_name = aws_cloudwatch_log_group.app.name
  pattern        = "{ $.level = \\"error\\" }"
  metric_transformation {
    name       = "Errors"
    namespace  = "app"
    value      = "$.ms"
    dimensions = { User = "$.user" }
  }
}

resource "aws_cloudwatch_log_metric_filter" "lines" {
  name           = "lines"
  log_group_name = aws_cloudwatch_log_group.app.name
  pattern        = "${pattern}"
  metric_transformation {
    name          = "Lines"
    namespace     = "app"
    value         = "1"
    default_value = "0"
    unit          = "Count"
  }
}

resource "aws_cloudwatch_query_definition" "errors" {
  name            = "app/errors"
  log_group_names = [aws_cloudwatch_log_group.app.name]
  query_string    = "fields @timestamp, @message | filter @message like /${pattern}/ | limit 20"
}

data "aws_iam_policy_document" "events" {
  statement {
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["arn:aws:logs:*:*:log-group:/aws/events/*:*"]
    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }
  }
}

resource "aws_cloudwatch_log_resource_policy" "events" {
  policy_name     = "events"
  policy_document = data.aws_iam_policy_document.events.json
}
`;

const BOTO3 = `
import boto3, json, time
from botocore.config import Config
logs = boto3.client("logs", config=Config(inject_host_prefix=False))
group = "/boto"
logs.create_log_group(logGroupName=group)
logs.create_log_stream(logGroupName=group, logStreamName="s")
def put(*messages):
    now = int(time.time() * 1000)
    logs.put_log_events(logGroupName=group, logStreamName="s", logEvents=[{"timestamp": now, "message": m} for m in messages])
put(json.dumps({"level": "error", "ms": 5}), json.dumps({"level": "info", "ms": 7}))
now = int(time.time())
query = logs.start_query(logGroupName=group, startTime=now - 600, endTime=now + 60, queryString="stats sum(ms) as total by level | sort level")["queryId"]
while True:
    answer = logs.get_query_results(queryId=query)
    if answer["status"] == "Complete": break
    time.sleep(0.1)
rows = [[field["value"] for field in row] for row in answer["results"]]
arn = logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"][0]["logGroupArn"]
seen = []
for event in logs.start_live_tail(logGroupIdentifiers=[arn], logEventFilterPattern="{ $.ms > 10 }")["responseStream"]:
    if "sessionStart" in event: put(json.dumps({"ms": 3}), json.dumps({"ms": 30}))
    seen += [result["message"] for result in event.get("sessionUpdate", {}).get("sessionResults", [])]
    if seen: break
try:
    logs.start_query(logGroupName=group, startTime=now, endTime=now, queryString="nonsense")
except logs.exceptions.MalformedQueryException as error:
    place = error.response["queryCompileError"]["location"]
found = [event["message"] for page in logs.get_paginator("filter_log_events").paginate(logGroupName=group, filterPattern="{ $.level = error }") for event in page["events"]]
print(json.dumps([rows, seen, place, found]))
`;

let hearth: RunningHearth;
let logs: CloudWatchLogsClient;
beforeAll(async () => {
  hearth = await startHearth();
  logs = new CloudWatchLogsClient(hearth.clientConfig);
});
afterAll(async () => {
  logs?.destroy();
  await hearth?.[Symbol.asyncDispose]();
});

async function run(program: string, args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runProgram(program, args, { env: awsEnvironment(hearth.clientConfig) });
  expect(code, `${program} ${args.join(" ")}\n${stdout}\n${stderr}`).toBe(0);
  return stdout;
}

test(
  "log groups with filters of Terraform have no drift, call a function, change and go",
  skipReason(noTerraform()),
  async () => {
    await using project = await TerraformProject.open(hearth.clientConfig);
    const source = "export const handler = async (event) => console.log('CALLED', event.awslogs.data.length);\n";
    await project.write("reader.zip", await zipOf({ "index.mjs": source }));
    await project.write("main.tf", configuration("ERROR", 7));
    await project.apply();

    const events = JSON.stringify([{ timestamp: Date.now(), message: "ERROR of the app" }]);
    await run("aws", [
      "logs",
      "put-log-events",
      "--log-group-name",
      "/app",
      "--log-stream-name",
      "one",
      "--log-events",
      events,
    ]);
    await vi.waitFor(
      async () => {
        const filter = { logGroupName: "/aws/lambda/reader", filterPattern: "CALLED" };
        expect((await logs.send(new FilterLogEventsCommand(filter))).events).toHaveLength(1);
      },
      { timeout: 60_000, interval: 250 },
    );

    await project.write("main.tf", configuration("FATAL", 14));
    await project.change();
    await project.destroy();
    const { logGroups } = await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: "/app" }));
    expect(logGroups).toEqual([]);
    const { queryDefinitions } = await logs.send(new DescribeQueryDefinitionsCommand({}));
    expect(queryDefinitions).toEqual([]);
  },
);

test("boto3 queries, follows a live tail and understands refusals", skipReason(await noBoto3()), async () => {
  expect(JSON.parse(await run("python3", ["-c", BOTO3]))).toEqual([
    [
      ["error", "5"],
      ["info", "7"],
    ],
    ['{"ms": 30}'],
    { startCharOffset: 0, endCharOffset: 8 },
    ['{"level": "error", "ms": 5}'],
  ]);
});

async function noBoto3(): Promise<string | undefined> {
  if (findProgram("python3") === undefined) return "python3 is not installed";
  return (await runProgram("python3", ["-c", "import boto3"])).code === 0 ? undefined : "boto3 is not installed";
}
