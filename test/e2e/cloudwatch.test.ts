import {
  CloudWatchClient,
  DescribeAlarmsCommand,
  ListDashboardsCommand,
  SetAlarmStateCommand,
} from "@aws-sdk/client-cloudwatch";
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from "@aws-sdk/client-eventbridge";
import { CreateTopicCommand, SNSClient, SubscribeCommand } from "@aws-sdk/client-sns";
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import {
  awsEnvironment,
  findProgram,
  noTerraform,
  type RunningHearth,
  runProgram,
  skipReason,
  startHearth,
} from "@hearth/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { TerraformProject } from "../support/terraformProject.ts";

const TOPIC = "arn:aws:sns:us-east-1:000000000000:alarms";
const QUEUE = "arn:aws:sqs:us-east-1:000000000000:alarms";

const configuration = (threshold: number, tag: string): string => `
provider "aws" {}

resource "aws_cloudwatch_metric_alarm" "errors" {
  alarm_name          = "errors"
  alarm_description   = "too many"
  namespace           = "AWS/Lambda"
  metric_name         = "Errors"
  dimensions          = { FunctionName = "f" }
  statistic           = "Sum"
  period              = 60
  evaluation_periods  = 3
  datapoints_to_alarm = 2
  threshold           = ${threshold}
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "ignore"
  alarm_actions       = ["${TOPIC}"]
  tags                = { stage = "${tag}" }
}

resource "aws_cloudwatch_metric_alarm" "rate" {
  alarm_name          = "rate"
  comparison_operator = "GreaterThanOrEqualToThreshold"
  evaluation_periods  = 2
  threshold           = ${threshold}
  metric_query {
    id          = "rate"
    expression  = "errors / calls * 100"
    label       = "error rate"
    return_data = true
  }
  metric_query {
    id = "errors"
    metric {
      namespace   = "AWS/Lambda"
      metric_name = "Errors"
      period      = 60
      stat        = "Sum"
      unit        = "Count"
      dimensions  = { FunctionName = "f" }
    }
  }
  metric_query {
    id = "calls"
    metric {
      namespace   = "AWS/Lambda"
      metric_name = "Invocations"
      period      = 60
      stat        = "Sum"
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "slow" {
  alarm_name                            = "slow"
  namespace                             = "AWS/Lambda"
  metric_name                           = "Duration"
  extended_statistic                    = "p99"
  evaluate_low_sample_count_percentiles = "ignore"
  period                                = 300
  evaluation_periods                    = 1
  threshold                             = 1000
  comparison_operator                   = "GreaterThanThreshold"
}

resource "aws_cloudwatch_composite_alarm" "any" {
  alarm_name    = "any"
  alarm_rule    = "ALARM(\${aws_cloudwatch_metric_alarm.errors.alarm_name}) OR ALARM(\${aws_cloudwatch_metric_alarm.slow.alarm_name})"
  alarm_actions = ["${TOPIC}"]
  tags          = { stage = "${tag}" }
}

resource "aws_cloudwatch_dashboard" "overview" {
  dashboard_name = "overview"
  dashboard_body = jsonencode({ widgets = [{ type = "text", x = 0, y = 0, width = 3, height = 3, properties = { markdown = "${tag}" } }] })
}
`;

const BOTO3 = `
import datetime, json, boto3
cw = boto3.client("cloudwatch")
now = datetime.datetime.now(datetime.timezone.utc)
data = [{"MetricName": "size", "Dimensions": [{"Name": "kind", "Value": str(n % 2)}], "Value": n, "Unit": "Bytes"} for n in range(400)]
cw.put_metric_data(Namespace="boto", MetricData=data)
day = datetime.timedelta(days=1)
query = {"Id": "m", "MetricStat": {"Metric": {"Namespace": "boto", "MetricName": "size", "Dimensions": [{"Name": "kind", "Value": "1"}]}, "Period": 86400, "Stat": "Sum"}}
pages = cw.get_paginator("get_metric_data").paginate(MetricDataQueries=[query], StartTime=now - day, EndTime=now + day)
total = sum(sum(one["Values"]) for page in pages for one in page["MetricDataResults"])
listed = sum(len(page["Metrics"]) for page in cw.get_paginator("list_metrics").paginate(Namespace="boto"))
try:
    cw.get_dashboard(DashboardName="none")
except cw.exceptions.ResourceNotFound as error:
    code = error.response["Error"]["Code"]
print(json.dumps([total, listed, code]))
`;

let hearth: RunningHearth;
let sqs: SQSClient;
beforeAll(async () => {
  hearth = await startHearth();
  const { clientConfig } = hearth;
  sqs = new SQSClient(clientConfig);
  const policy = {
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: "*", Action: "sqs:*", Resource: "*" }],
  };
  const Attributes = { Policy: JSON.stringify(policy) };
  for (const QueueName of ["alarms", "events"]) await sqs.send(new CreateQueueCommand({ QueueName, Attributes }));
  const sns = new SNSClient(clientConfig);
  await sns.send(new CreateTopicCommand({ Name: "alarms" }));
  await sns.send(new SubscribeCommand({ TopicArn: TOPIC, Protocol: "sqs", Endpoint: QUEUE }));
  const events = new EventBridgeClient(clientConfig);
  const EventPattern = JSON.stringify({
    source: ["aws.cloudwatch"],
    detail: { alarmName: ["errors"], state: { value: ["ALARM"] } },
  });
  await events.send(new PutRuleCommand({ Name: "alarms", EventPattern }));
  const Targets = [{ Id: "q", Arn: QUEUE.replace(/alarms$/, "events") }];
  await events.send(new PutTargetsCommand({ Rule: "alarms", Targets }));
});
afterAll(async () => {
  await hearth?.[Symbol.asyncDispose]();
});

async function received(queue: string, count: number): Promise<readonly Record<string, unknown>[]> {
  const bodies: Record<string, unknown>[] = [];
  const QueueUrl = `${hearth.endpoint}/000000000000/${queue}`;
  for (let look = 0; look < 5 && bodies.length < count; look++) {
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 10 }));
    bodies.push(...Messages.map(({ Body = "" }) => JSON.parse(Body) as Record<string, unknown>));
  }
  return bodies;
}

async function run(program: string, args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runProgram(program, args, { env: awsEnvironment(hearth.clientConfig) });
  expect(code, `${program} ${args.join(" ")}\n${stdout}\n${stderr}`).toBe(0);
  return stdout;
}

test(
  "alarms and dashboards of Terraform have no drift, tell a topic and the default bus, change and go",
  skipReason(noTerraform()),
  async () => {
    await using project = await TerraformProject.open(hearth.clientConfig);
    await project.write("main.tf", configuration(5, "a"));
    await project.apply();

    const cloudwatch = new CloudWatchClient(hearth.clientConfig);
    const state = { AlarmName: "errors", StateValue: "ALARM", StateReason: "a test" } as const;
    await cloudwatch.send(new SetAlarmStateCommand(state));
    const told = (await received("alarms", 2)).map(({ Message, Subject }) => ({
      ...(JSON.parse(String(Message)) as object),
      Subject,
    }));
    expect(told).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          ...{ AlarmName: "errors", NewStateValue: "ALARM", NewStateReason: "a test", AWSAccountId: "000000000000" },
          ...{ Region: "US East (N. Virginia)", Subject: 'ALARM: "errors" in US East (N. Virginia)' },
          Trigger: expect.objectContaining({
            MetricName: "Errors",
            Statistic: "SUM",
            Threshold: 5,
            Dimensions: [{ value: "f", name: "FunctionName" }],
          }) as unknown,
        }),
        expect.objectContaining({ AlarmName: "any", NewStateValue: "ALARM" }),
      ]),
    );
    expect(await received("events", 1)).toEqual([
      expect.objectContaining({
        ...{ source: "aws.cloudwatch", "detail-type": "CloudWatch Alarm State Change", account: "000000000000" },
        resources: ["arn:aws:cloudwatch:us-east-1:000000000000:alarm:errors"],
      }),
    ]);

    await project.write("main.tf", configuration(7, "b"));
    await project.change();
    await project.destroy();
    const { MetricAlarms, CompositeAlarms } = await cloudwatch.send(
      new DescribeAlarmsCommand({ AlarmTypes: ["MetricAlarm", "CompositeAlarm"] }),
    );
    expect([MetricAlarms, CompositeAlarms]).toEqual([[], []]);
    expect((await cloudwatch.send(new ListDashboardsCommand({}))).DashboardEntries).toEqual([]);
  },
);

test("boto3 puts, reads page by page and understands refusals", skipReason(await noBoto3()), async () => {
  expect(JSON.parse(await run("python3", ["-c", BOTO3]))).toEqual([40_000, 2, "ResourceNotFound"]);
});

const noAws = findProgram("aws") === undefined ? "the aws command is not installed" : undefined;
test("the aws command puts a metric, an alarm and a state", skipReason(noAws), async () => {
  const aws = async (...args: string[]) => await run("aws", ["cloudwatch", ...args, "--output", "json"]);
  await aws("put-metric-data", "--namespace", "cli", "--metric-name", "m", "--value", "7", "--dimensions", "a=1,b=2");
  expect(JSON.parse(await aws("list-metrics", "--namespace", "cli"))).toMatchObject({
    Metrics: [{ Namespace: "cli", MetricName: "m" }],
  });
  const alarm = [
    "--namespace",
    "cli",
    "--metric-name",
    "m",
    "--period",
    "60",
    "--statistic",
    "Sum",
    "--evaluation-periods",
    "1",
  ];
  const threshold = [
    "--threshold",
    "5",
    "--comparison-operator",
    "GreaterThanThreshold",
    "--treat-missing-data",
    "ignore",
  ];
  await aws("put-metric-alarm", "--alarm-name", "from-cli", ...alarm, ...threshold);
  await aws("set-alarm-state", "--alarm-name", "from-cli", "--state-value", "OK", "--state-reason", "fine");
  expect(JSON.parse(await aws("describe-alarms", "--alarm-names", "from-cli"))).toMatchObject({
    MetricAlarms: [{ AlarmName: "from-cli", StateValue: "OK", StateReason: "fine" }],
  });
  await aws("delete-alarms", "--alarm-names", "from-cli");
});

async function noBoto3(): Promise<string | undefined> {
  if (findProgram("python3") === undefined) return "python3 is not installed";
  return (await runProgram("python3", ["-c", "import boto3"])).code === 0 ? undefined : "boto3 is not installed";
}
