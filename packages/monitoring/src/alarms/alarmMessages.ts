import type { Random } from "@hearth/kit";
import { arn, type OutgoingMessage } from "@hearth/model";
import type { AlarmMetric, AlarmRecord, AlarmState } from "@hearth/store";
import { alarmArn } from "./alarmArn.ts";
import { longTime } from "./alarmTexts.ts";
import { regionName } from "./regionName.ts";

/** A state that an alarm is in or was in. */
export interface AlarmStateText {
  readonly state: AlarmState;
  readonly reason: string;
  readonly reasonData: string | null | undefined;
  readonly at: number;
}

/** The actions that an alarm has for a state. */
export function actionsFor({ actionsEnabled, settings }: AlarmRecord, state: AlarmState): readonly string[] {
  if (!actionsEnabled) return [];
  const { OKActions, AlarmActions, InsufficientDataActions } = settings;
  return { OK: OKActions, ALARM: AlarmActions, INSUFFICIENT_DATA: InsufficientDataActions }[state] ?? [];
}

/** What actions get when an alarm has gone from its state to `next`. */
export function actionMessages(alarm: AlarmRecord, next: AlarmStateText, random: Random): readonly OutgoingMessage[] {
  return actionsFor(alarm, next.state).map((TargetArn) => {
    const isFunction = TargetArn.split(":")[2] === "lambda";
    const { accountId, region } = alarm;
    return {
      id: random.uuid(),
      sender: {
        ...{ kind: "service" as const, accountId, region, sourceArn: alarmArn(alarm) },
        principal: isFunction ? "lambda.alarms.cloudwatch.amazonaws.com" : "cloudwatch.amazonaws.com",
      },
      purpose: "AlarmAction",
      TargetArn,
      body: Buffer.from(JSON.stringify(isFunction ? functionEvent(alarm, next) : topicMessage(alarm, next))),
      attributes: {},
      hops: 1,
      parameters: { subject: subjectOf(alarm, next.state) },
    };
  });
}

/** What the account's default event bus gets. */
export function stateChangeEvent(alarm: AlarmRecord, next: AlarmStateText, random: Random): OutgoingMessage {
  const { accountId, region, AlarmName } = alarm;
  return {
    id: random.uuid(),
    sender: { kind: "service", accountId, region, principal: "cloudwatch.amazonaws.com", sourceArn: alarmArn(alarm) },
    purpose: "AlarmAction",
    TargetArn: arn({ service: "events", accountId, region, resource: "event-bus/default" }),
    body: Buffer.from(JSON.stringify({ alarmName: AlarmName, ...alarmData(alarm, next) })),
    attributes: {},
    hops: 1,
    parameters: { Source: "aws.cloudwatch", DetailType: "CloudWatch Alarm State Change" },
  };
}

/** A subject has at most 100 characters. */
function subjectOf({ AlarmName, region }: AlarmRecord, state: AlarmState): string {
  return `${state}: "${AlarmName}" in ${regionName(region)}`.replaceAll(/[^\x20-\x7E]/g, "?").slice(0, 100);
}

function functionEvent(alarm: AlarmRecord, next: AlarmStateText) {
  return {
    source: "aws.cloudwatch",
    alarmArn: alarmArn(alarm),
    accountId: alarm.accountId,
    time: longTime(next.at),
    region: alarm.region,
    alarmData: { alarmName: alarm.AlarmName, ...alarmData(alarm, next) },
  };
}

function alarmData(alarm: AlarmRecord, next: AlarmStateText) {
  const { settings } = alarm;
  const previous = {
    state: alarm.state,
    reason: alarm.stateReason,
    reasonData: alarm.stateReasonData,
    at: alarm.stateUpdatedAt,
  };
  const description = settings.AlarmDescription;
  return {
    state: stateOf(next),
    previousState: stateOf(previous),
    configuration: {
      ...(description !== undefined && { description }),
      ...(alarm.kind === "CompositeAlarm" ? { alarmRule: settings.AlarmRule } : { metrics: metricsOf(alarm) }),
    },
  };
}

function stateOf({ state, reason, reasonData, at }: AlarmStateText) {
  return { value: state, reason, ...(reasonData && { reasonData }), timestamp: longTime(at) };
}

function metricsOf({ settings, id }: AlarmRecord) {
  const { Namespace, MetricName, Dimensions, Period, Statistic, ExtendedStatistic, Unit } = settings;
  if (settings.Metrics) return settings.Metrics.map(metricOf);
  const Metric = { Namespace, MetricName, Dimensions };
  const MetricStat = { Metric, Period: Period ?? 0, Stat: Statistic ?? ExtendedStatistic ?? "", Unit };
  return [metricOf({ Id: `metric-${id}`, MetricStat })];
}

function metricOf({ Id, Label, Expression, MetricStat, ReturnData = true }: AlarmMetric) {
  return {
    id: Id,
    ...(Label !== undefined && { label: Label }),
    ...(Expression !== undefined && { expression: Expression }),
    ...(MetricStat && {
      metricStat: {
        metric: {
          namespace: MetricStat.Metric.Namespace,
          name: MetricStat.Metric.MetricName,
          dimensions: Object.fromEntries((MetricStat.Metric.Dimensions ?? []).map(({ Name, Value }) => [Name, Value])),
        },
        period: MetricStat.Period,
        stat: MetricStat.Stat,
        ...(MetricStat.Unit !== undefined && { unit: MetricStat.Unit }),
      },
    }),
    returnData: ReturnData,
  };
}

function topicMessage(alarm: AlarmRecord, next: AlarmStateText) {
  const { settings, accountId, region, AlarmName } = alarm;
  const { OKActions = [], AlarmActions = [], InsufficientDataActions = [] } = settings;
  return {
    AlarmName,
    AlarmDescription: settings.AlarmDescription ?? null,
    AWSAccountId: accountId,
    AlarmConfigurationUpdatedTimestamp: longTime(alarm.configuredAt),
    NewStateValue: next.state,
    NewStateReason: next.reason,
    ...(alarm.kind === "CompositeAlarm" && { NewStateReasonData: next.reasonData ?? null }),
    StateChangeTime: longTime(next.at),
    Region: regionName(region),
    AlarmArn: alarmArn(alarm),
    OldStateValue: alarm.state,
    OKActions,
    AlarmActions,
    InsufficientDataActions,
    ...(alarm.kind === "CompositeAlarm" ? { AlarmRule: settings.AlarmRule } : { Trigger: triggerOf(alarm) }),
  };
}

const STATISTICS: Readonly<Record<string, string>> = {
  Average: "AVERAGE",
  Maximum: "MAXIMUM",
  Minimum: "MINIMUM",
  SampleCount: "SAMPLE_COUNT",
  Sum: "SUM",
};

const named = (dimensions: AlarmRecord["settings"]["Dimensions"]) =>
  (dimensions ?? []).map(({ Name, Value }) => ({ value: Value, name: Name }));

function triggerOf({ settings }: AlarmRecord) {
  const { MetricName, Namespace, Statistic, ExtendedStatistic, Metrics, Period } = settings;
  const rest = {
    EvaluationPeriods: settings.EvaluationPeriods,
    ...(settings.DatapointsToAlarm !== undefined && { DatapointsToAlarm: settings.DatapointsToAlarm }),
    ComparisonOperator: settings.ComparisonOperator,
    Threshold: settings.Threshold,
    TreatMissingData: settings.TreatMissingData ?? "",
    EvaluateLowSampleCountPercentile: settings.EvaluateLowSampleCountPercentile ?? "",
  };
  if (Metrics) {
    const queries = Metrics.map(({ MetricStat, ReturnData = true, ...query }) => ({
      ...query,
      ...(MetricStat && {
        MetricStat: {
          ...MetricStat,
          Metric: { ...MetricStat.Metric, Dimensions: named(MetricStat.Metric.Dimensions) },
        },
      }),
      ReturnData,
    }));
    return { Period: Metrics.find(({ MetricStat }) => MetricStat)?.MetricStat?.Period, ...rest, Metrics: queries };
  }
  return {
    MetricName,
    Namespace,
    ...(ExtendedStatistic === undefined
      ? { StatisticType: "Statistic", Statistic: STATISTICS[Statistic ?? ""] }
      : { StatisticType: "ExtendedStatistic", ExtendedStatistic }),
    Unit: settings.Unit ?? null,
    Dimensions: named(settings.Dimensions),
    Period,
    ...rest,
  };
}
