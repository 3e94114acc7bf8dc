import {
  type AlarmHistoryItem,
  DeleteAlarmsCommand,
  DescribeAlarmHistoryCommand,
  DescribeAlarmsCommand,
  DescribeAlarmsForMetricCommand,
  DisableAlarmActionsCommand,
  EnableAlarmActionsCommand,
  ListTagsForResourceCommand,
  type MetricAlarm,
  PutCompositeAlarmCommand,
  PutMetricAlarmCommand,
  type PutMetricAlarmCommandInput,
  PutMetricDataCommand,
  SetAlarmStateCommand,
  TagResourceCommand,
} from "@aws-sdk/client-cloudwatch";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { refusal } from "../refusal.ts";
import { type CloudWatchTarget, cloudwatchTarget } from "./cloudwatchTarget.ts";

let target: CloudWatchTarget;
beforeAll(async () => void (target = await cloudwatchTarget()));
afterAll(async () => await target[Symbol.asyncDispose]());

/** A period of 10 seconds is evaluated every 10 seconds. */
const WAIT = { timeout: 45_000, interval: 250 };
const topicOf = (name: string): string => `arn:aws:sns:${target.region}:${target.accountId}:${name}`;
const arnOf = (name: string): string => `arn:aws:cloudwatch:${target.region}:${target.accountId}:alarm:${name}`;

async function put(input: Partial<PutMetricAlarmCommandInput> = {}): Promise<string> {
  const AlarmName = target.newName();
  await target.cloudwatch.send(
    new PutMetricAlarmCommand({
      ...{
        AlarmName,
        Namespace: target.newName(),
        MetricName: "m",
        Period: 60,
        Statistic: "Sum",
        EvaluationPeriods: 1,
      },
      ...{ Threshold: 5, ComparisonOperator: "GreaterThanThreshold" },
      ...input,
    }),
  );
  return input.AlarmName ?? AlarmName;
}

async function alarm(name: string): Promise<MetricAlarm> {
  const { MetricAlarms, CompositeAlarms } = await target.cloudwatch.send(
    new DescribeAlarmsCommand({ AlarmNames: [name], AlarmTypes: ["MetricAlarm", "CompositeAlarm"] }),
  );
  return MetricAlarms?.[0] ?? CompositeAlarms?.[0] ?? {};
}

async function history(AlarmName: string): Promise<readonly AlarmHistoryItem[]> {
  const { AlarmHistoryItems } = await target.cloudwatch.send(
    new DescribeAlarmHistoryCommand({
      AlarmName,
      AlarmTypes: ["MetricAlarm", "CompositeAlarm"],
      ScanBy: "TimestampAscending",
    }),
  );
  return AlarmHistoryItems ?? [];
}

const setState = async (AlarmName: string, StateValue: "OK" | "ALARM" | "INSUFFICIENT_DATA") =>
  await target.cloudwatch.send(new SetAlarmStateCommand({ AlarmName, StateValue, StateReason: "a test" }));

test("an alarm is shown as it was put, and begins without data", async () => {
  const topic = topicOf("t");
  const name = await put({
    ...{ AlarmDescription: "about m", Dimensions: [{ Name: "a", Value: "1" }], Unit: "Count", DatapointsToAlarm: 1 },
    ...{ AlarmActions: [topic], TreatMissingData: "ignore", Tags: [{ Key: "k", Value: "v" }] },
  });
  expect(await alarm(name)).toEqual({
    ...{ AlarmName: name, AlarmArn: arnOf(name), AlarmDescription: "about m", ActionsEnabled: true },
    ...{ OKActions: [], AlarmActions: [topic], InsufficientDataActions: [] },
    ...{ StateValue: "INSUFFICIENT_DATA", StateReason: "Unchecked: Initial alarm creation" },
    ...{ Namespace: expect.any(String), MetricName: "m", Dimensions: [{ Name: "a", Value: "1" }], Unit: "Count" },
    ...{ Period: 60, Statistic: "Sum", EvaluationPeriods: 1, DatapointsToAlarm: 1, TreatMissingData: "ignore" },
    ...{ Threshold: 5, ComparisonOperator: "GreaterThanThreshold" },
    StateUpdatedTimestamp: expect.any(Date),
    StateTransitionedTimestamp: expect.any(Date),
    AlarmConfigurationUpdatedTimestamp: expect.any(Date),
  });
  const ResourceARN = arnOf(name);
  await target.cloudwatch.send(new TagResourceCommand({ ResourceARN, Tags: [{ Key: "k2", Value: "v2" }] }));
  const { Tags } = await target.cloudwatch.send(new ListTagsForResourceCommand({ ResourceARN }));
  expect(Tags).toEqual([
    { Key: "k", Value: "v" },
    { Key: "k2", Value: "v2" },
  ]);
});

test.concurrent("a breached threshold is an alarm with AWS's reasons", { timeout: 100_000 }, async () => {
  const Namespace = target.newName();
  const isShort = { Namespace, Period: 10, Dimensions: [{ Name: "a", Value: "1" }] };
  const name = await put({ ...isShort, EvaluationPeriods: 2, DatapointsToAlarm: 1, TreatMissingData: "notBreaching" });
  await vi.waitFor(async () => expect((await alarm(name)).StateValue).toBe("OK"), WAIT);
  const before = await alarm(name);
  expect(before.StateReason).toBe(
    "Threshold Crossed: no datapoints were received for 2 periods and 2 missing datapoints were treated as [NonBreaching].",
  );
  const Timestamp = new Date();
  await target.cloudwatch.send(
    new PutMetricDataCommand({
      Namespace,
      MetricData: [{ MetricName: "m", Value: 6.5, Dimensions: isShort.Dimensions, StorageResolution: 1, Timestamp }],
    }),
  );
  await vi.waitFor(async () => expect((await alarm(name)).StateValue).toBe("ALARM"), WAIT);
  const found = await alarm(name);
  expect(found.StateReason).toMatch(
    /^Threshold Crossed: 1 out of the last 2 datapoints \[6\.5 \(\d\d\/\d\d\/\d\d \d\d:\d\d:\d0\)\] was greater than the threshold \(5\.0\) \(minimum 1 datapoint for OK -> ALARM transition\)\.$/,
  );
  expect(JSON.parse(found.StateReasonData ?? "")).toMatchObject({
    ...{ version: "1.0", statistic: "Sum", period: 10, threshold: 5, recentDatapoints: [6.5] },
    evaluatedDatapoints: expect.arrayContaining([expect.objectContaining({ sampleCount: 1, value: 6.5 })]),
  });
  const items = await history(name);
  expect(items.map(({ HistorySummary }) => HistorySummary)).toEqual([
    `Alarm "${name}" created`,
    "Alarm updated from INSUFFICIENT_DATA to OK",
    "Alarm updated from OK to ALARM",
  ]);
  expect(JSON.parse(items[2]?.HistoryData ?? "")).toMatchObject({
    ...{ version: "1.0", oldState: { stateValue: "OK" } },
    newState: { stateValue: "ALARM", stateReasonData: { recentDatapoints: [6.5] } },
  });
});

test.concurrent("an alarm of an expression compares what it returns", { timeout: 60_000 }, async () => {
  const Namespace = target.newName();
  const stat = (MetricName: string) => ({
    ...{ MetricStat: { Metric: { Namespace, MetricName }, Period: 10, Stat: "Sum" }, ReturnData: false },
  });
  const AlarmName = target.newName();
  const Metrics = [
    { Id: "rate", Expression: "errors / calls * 100", Label: "error rate" },
    { Id: "errors", ...stat("e") },
    { Id: "calls", ...stat("c") },
  ];
  await target.cloudwatch.send(
    new PutMetricAlarmCommand({
      ...{
        AlarmName,
        Metrics,
        EvaluationPeriods: 1,
        Threshold: 25,
        ComparisonOperator: "GreaterThanOrEqualToThreshold",
      },
    }),
  );
  expect((await alarm(AlarmName)).Metrics).toEqual([Metrics[0], ...Metrics.slice(1)]);
  const datum = (MetricName: string, Value: number) => ({ MetricName, Value, StorageResolution: 1 });
  await target.cloudwatch.send(new PutMetricDataCommand({ Namespace, MetricData: [datum("e", 1), datum("c", 4)] }));
  await vi.waitFor(async () => expect((await alarm(AlarmName)).StateValue).toBe("ALARM"), WAIT);
  expect((await alarm(AlarmName)).StateReason).toContain("[25.0 (");
});

test("a state that is set runs the actions of that state, until they are disabled", async () => {
  const topic = topicOf(target.newName());
  const name = await put({ OKActions: [topic], TreatMissingData: "ignore" });
  await setState(name, "OK");
  const enable = { AlarmNames: [name] };
  await target.cloudwatch.send(new DisableAlarmActionsCommand(enable));
  expect((await alarm(name)).ActionsEnabled).toBe(false);
  await setState(name, "ALARM");
  await setState(name, "OK");
  await target.cloudwatch.send(new EnableAlarmActionsCommand(enable));
  expect(await alarm(name)).toMatchObject({ ActionsEnabled: true, StateValue: "OK", StateReason: "a test" });
  const actions = (await history(name)).filter(({ HistoryItemType }) => HistoryItemType === "Action");
  expect(actions).toHaveLength(1);
  expect(actions[0]?.HistorySummary).toContain(topic);
});

test.concurrent("a composite alarm follows the alarms in its rule", { timeout: 60_000 }, async () => {
  const [first, second] = [await put({ TreatMissingData: "ignore" }), await put({ TreatMissingData: "ignore" })];
  const AlarmName = target.newName();
  const AlarmRule = `ALARM("${first}") AND NOT (OK(${arnOf(second)}) OR FALSE)`;
  await target.cloudwatch.send(new PutCompositeAlarmCommand({ AlarmName, AlarmRule, AlarmDescription: "both" }));
  await vi.waitFor(async () => expect((await alarm(AlarmName)).StateValue).toBe("OK"), WAIT);
  await setState(first, "ALARM");
  await vi.waitFor(async () => expect((await alarm(AlarmName)).StateValue).toBe("ALARM"), WAIT);
  expect((await alarm(AlarmName)).StateReason).toContain(`${arnOf(first)} transitioned to ALARM at `);
  await setState(second, "OK");
  await vi.waitFor(async () => expect((await alarm(AlarmName)).StateValue).toBe("OK"), WAIT);
  const { cloudwatch } = target;
  const children = await cloudwatch.send(new DescribeAlarmsCommand({ ChildrenOfAlarmName: AlarmName }));
  expect(children.MetricAlarms?.map((child) => child.AlarmName).toSorted()).toEqual([first, second].toSorted());
  const parents = await cloudwatch.send(new DescribeAlarmsCommand({ ParentsOfAlarmName: first }));
  expect(parents.CompositeAlarms?.map((parent) => parent.AlarmName)).toEqual([AlarmName]);
  const kept = await refusal(cloudwatch.send(new DeleteAlarmsCommand({ AlarmNames: [first] })));
  expect(kept.message).toContain(AlarmName);
  await cloudwatch.send(new DeleteAlarmsCommand({ AlarmNames: [AlarmName, first, second] }));
  expect(await alarm(AlarmName)).toEqual({});
});

test.for<[string, RegExp]>([
  ["ALARM(no-such-alarm)", /do not exist/],
  ["ALARM(", /cannot be read/],
  ["MAYBE(x)", /cannot be read/],
  [`${"(".repeat(100)}TRUE${")".repeat(100)}`, /nested/],
])("the rule %s is refused", async ([AlarmRule, message]) => {
  const found = await refusal(target.cloudwatch.send(new PutCompositeAlarmCommand({ AlarmName: "x", AlarmRule })));
  expect(found).toMatchObject({ status: 400, message: expect.stringMatching(message) });
});

test.for<[Partial<PutMetricAlarmCommandInput>, RegExp]>([
  [{ Period: 15 }, /Period must be 10, 20, 30/],
  [{ DatapointsToAlarm: 2 }, /DatapointsToAlarm/],
  [{ TreatMissingData: "perhaps" }, /not supported for TreatMissingData/],
  [{ ExtendedStatistic: "p90" }, /Exactly one/],
  [{ Statistic: undefined, ExtendedStatistic: "tm90" }, /tm90/],
  [{ EvaluationPeriods: 1441 }, /more than a day/],
  [{ AlarmActions: ["nothing"] }, /Invalid arn syntax/],
  [{ AlarmActions: ["arn:aws:automate:us-east-1:ec2:stop"] }, /is not supported/],
  [{ ComparisonOperator: "GreaterThanUpperThreshold" }, /Anomaly detection/],
  [{ Metrics: [{ Id: "e", Expression: "1 + 1" }] }, /mutually exclusive/],
])("the alarm %j is refused", async ([input, message]) => {
  expect(await refusal(put(input))).toMatchObject({ status: 400, message: expect.stringMatching(message) });
});

test("alarms are found by metric, prefix, state and action, in pages", async () => {
  const Namespace = target.newName();
  const prefix = target.newName();
  const topic = topicOf(target.newName());
  const names = ["a", "b", "c"].map((letter) => `${prefix}-${letter}`);
  for (const AlarmName of names) await put({ AlarmName, Namespace, AlarmActions: [topic], TreatMissingData: "ignore" });
  const { cloudwatch } = target;
  const first = await cloudwatch.send(new DescribeAlarmsCommand({ AlarmNamePrefix: prefix, MaxRecords: 2 }));
  expect(first.MetricAlarms?.map(({ AlarmName }) => AlarmName)).toEqual(names.slice(0, 2));
  const NextToken = first.NextToken;
  const rest = await cloudwatch.send(new DescribeAlarmsCommand({ AlarmNamePrefix: prefix, MaxRecords: 2, NextToken }));
  expect(rest.MetricAlarms?.map(({ AlarmName }) => AlarmName)).toEqual(names.slice(2));
  expect((await cloudwatch.send(new DescribeAlarmsCommand({ ActionPrefix: topic }))).MetricAlarms).toHaveLength(3);
  const inAlarm = new DescribeAlarmsCommand({ AlarmNamePrefix: prefix, StateValue: "ALARM" });
  expect((await cloudwatch.send(inAlarm)).MetricAlarms).toEqual([]);
  const metric = { Namespace, MetricName: "m" };
  expect((await cloudwatch.send(new DescribeAlarmsForMetricCommand(metric))).MetricAlarms).toHaveLength(3);
  const other = { ...metric, Dimensions: [{ Name: "a", Value: "b" }] };
  expect((await cloudwatch.send(new DescribeAlarmsForMetricCommand(other))).MetricAlarms).toEqual([]);
  await cloudwatch.send(new DeleteAlarmsCommand({ AlarmNames: names }));
  const gone = await refusal(cloudwatch.send(new DeleteAlarmsCommand({ AlarmNames: names.slice(0, 1) })));
  expect(gone).toMatchObject({ status: 404, message: `Alarm ${names[0]} does not exist` });
});
