import { structure } from "@hearth/model";
import { alarmArn } from "@hearth/monitoring";
import type { AlarmRecord } from "@hearth/store";
import { z } from "zod";
import { Dimension, MetricDataQueries } from "./words.ts";

const Text = z.string().optional();
const Figure = z.number().optional();

const common = {
  AlarmName: z.string(),
  AlarmArn: z.string(),
  AlarmDescription: Text,
  AlarmConfigurationUpdatedTimestamp: z.date(),
  ActionsEnabled: z.boolean(),
  OKActions: z.array(z.string()),
  AlarmActions: z.array(z.string()),
  InsufficientDataActions: z.array(z.string()),
  StateValue: z.string(),
  StateReason: z.string(),
  StateReasonData: Text,
  StateUpdatedTimestamp: z.date(),
  StateTransitionedTimestamp: z.date(),
};

export const MetricAlarmShape = structure({
  ...common,
  MetricName: Text,
  Namespace: Text,
  Statistic: Text,
  ExtendedStatistic: Text,
  Dimensions: z.array(Dimension),
  Period: Figure,
  Unit: Text,
  EvaluationPeriods: Figure,
  DatapointsToAlarm: Figure,
  Threshold: Figure,
  ComparisonOperator: Text,
  TreatMissingData: Text,
  EvaluateLowSampleCountPercentile: Text,
  Metrics: MetricDataQueries.optional(),
});

export const CompositeAlarmShape = structure({ ...common, AlarmRule: Text });

/** An alarm of either kind as answers show it. */
export function toAlarm(alarm: AlarmRecord) {
  const { settings, kind } = alarm;
  return {
    AlarmName: alarm.AlarmName,
    AlarmArn: alarmArn(alarm),
    AlarmConfigurationUpdatedTimestamp: new Date(alarm.configuredAt),
    ActionsEnabled: alarm.actionsEnabled,
    OKActions: [],
    AlarmActions: [],
    InsufficientDataActions: [],
    StateValue: alarm.state,
    StateReason: alarm.stateReason,
    ...(alarm.stateReasonData !== null && { StateReasonData: alarm.stateReasonData }),
    StateUpdatedTimestamp: new Date(alarm.stateUpdatedAt),
    StateTransitionedTimestamp: new Date(alarm.stateTransitionedAt),
    ...(kind === "MetricAlarm" && { Dimensions: [] }),
    ...settings,
  };
}
