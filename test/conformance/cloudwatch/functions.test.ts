import {
  CloudWatchClient,
  GetMetricStatisticsCommand,
  ListMetricsCommand,
  PutMetricAlarmCommand,
  SetAlarmStateCommand,
} from "@aws-sdk/client-cloudwatch";
import { AddPermissionCommand } from "@aws-sdk/client-lambda";
import { CreateTopicCommand, PublishCommand, SNSClient, SubscribeCommand } from "@aws-sdk/client-sns";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type LogsTarget, logsTarget } from "../logs/logsTarget.ts";

let target: LogsTarget;
let cloudwatch: CloudWatchClient;
beforeAll(async () => {
  target = await logsTarget();
  cloudwatch = new CloudWatchClient(await target.config());
});
afterAll(async () => {
  cloudwatch?.destroy();
  await target?.[Symbol.asyncDispose]();
});

/** Logs what an alarm says as a metric, in embedded metric format. */
const SOURCE = `export const handler = async ({ source, accountId, alarmData }) => {
  const { alarmName, state, previousState, configuration } = alarmData;
  const metric = configuration.metrics[0].metricStat;
  console.log(JSON.stringify({
    _aws: { Timestamp: Date.now(), CloudWatchMetrics: [{ Namespace: alarmName, Dimensions: [["source", "change", "stat"]], Metrics: [{ Name: "changes" }] }] },
    source, change: previousState.value + " " + state.value, stat: metric.stat + " of " + metric.metric.name, changes: 1,
  }));
};`;

test("an alarm invokes a function that allows it, and what the function logs in embedded metric format is a metric", async () => {
  const FunctionArn = await target.newFunction(SOURCE);
  const AlarmName = target.newName();
  await target.lambda.client.send(
    new AddPermissionCommand({
      ...{ FunctionName: FunctionArn, StatementId: "alarm", Action: "lambda:InvokeFunction" },
      Principal: "lambda.alarms.cloudwatch.amazonaws.com",
    }),
  );
  await cloudwatch.send(
    new PutMetricAlarmCommand({
      ...{
        AlarmName,
        Namespace: "n",
        MetricName: "m",
        Period: 60,
        Statistic: "Sum",
        EvaluationPeriods: 1,
        Threshold: 1,
      },
      ...{ ComparisonOperator: "GreaterThanThreshold", TreatMissingData: "ignore", AlarmActions: [FunctionArn] },
    }),
  );
  await cloudwatch.send(new SetAlarmStateCommand({ AlarmName, StateValue: "ALARM", StateReason: "a test" }));
  await vi.waitFor(
    async () => {
      const { Metrics = [] } = await cloudwatch.send(new ListMetricsCommand({ Namespace: AlarmName }));
      const values = Object.fromEntries((Metrics[0]?.Dimensions ?? []).map(({ Name, Value }) => [Name ?? "", Value]));
      expect(values).toEqual({ source: "aws.cloudwatch", change: "INSUFFICIENT_DATA ALARM", stat: "Sum of m" });
    },
    { timeout: 60_000, interval: 250 },
  );
});

test("what a topic publishes, delivers, filters out and cannot deliver is in its metrics", async () => {
  const sns = new SNSClient({ ...(await target.config()), maxAttempts: 1 });
  const TopicName = target.newName();
  const { TopicArn = "" } = await sns.send(new CreateTopicCommand({ Name: TopicName }));
  const allowed = await target.newFunction("export const handler = () => undefined;");
  await target.lambda.client.send(
    new AddPermissionCommand({
      ...{ FunctionName: allowed, StatementId: "topic", Action: "lambda:InvokeFunction", SourceArn: TopicArn },
      Principal: "sns.amazonaws.com",
    }),
  );
  const subscribe = async (Endpoint: string, FilterPolicy: object) => {
    const Attributes = { FilterPolicy: JSON.stringify(FilterPolicy) };
    await sns.send(new SubscribeCommand({ TopicArn, Protocol: "lambda", Endpoint, Attributes }));
  };
  await subscribe(allowed, { kind: ["a"] });
  await subscribe(`${allowed}-gone`, { kind: ["b"] });
  for (const StringValue of ["a", "a", "b"]) {
    const MessageAttributes = { kind: { DataType: "String", StringValue } };
    await sns.send(new PublishCommand({ TopicArn, Message: "12345", MessageAttributes }));
  }
  sns.destroy();
  const sum = async (MetricName: string) => {
    const now = Date.now();
    const range = { StartTime: new Date(now - 600_000), EndTime: new Date(now + 60_000), Period: 3600 };
    const Dimensions = [{ Name: "TopicName", Value: TopicName }];
    const { Datapoints = [] } = await cloudwatch.send(
      new GetMetricStatisticsCommand({ Namespace: "AWS/SNS", MetricName, Dimensions, Statistics: ["Sum"], ...range }),
    );
    return Datapoints.reduce((total, { Sum = 0 }) => total + Sum, 0);
  };
  await vi.waitFor(
    async () =>
      expect({
        published: await sum("NumberOfMessagesPublished"),
        bytes: await sum("PublishSize"),
        delivered: await sum("NumberOfNotificationsDelivered"),
        filteredOut: await sum("NumberOfNotificationsFilteredOut"),
        failed: await sum("NumberOfNotificationsFailed"),
      }).toEqual({
        published: 3,
        bytes: 3 * ("12345".length + "kindStringa".length),
        delivered: 2,
        filteredOut: 3,
        failed: 1,
      }),
    { timeout: 60_000, interval: 500 },
  );
});
