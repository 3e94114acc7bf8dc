import { bool, choice, double, integer, structure, text, ValidationException } from "@hearth/model";
import { periodOfAlarm, statisticNamed } from "@hearth/monitoring";
import type { AlarmSettings } from "@hearth/store";
import { z } from "zod";
import { toDimensions } from "./dimensions.ts";
import { toQueries } from "./queries.ts";
import * as words from "./words.ts";

const COMPARISONS = [
  "GreaterThanOrEqualToThreshold",
  "GreaterThanThreshold",
  "LessThanThreshold",
  "LessThanOrEqualToThreshold",
  "LessThanLowerOrGreaterThanUpperThreshold",
  "LessThanLowerThreshold",
  "GreaterThanUpperThreshold",
] as const;

/** What both kinds of alarms have. */
export const CommonMembers = {
  AlarmName: words.AlarmName,
  AlarmDescription: text({ max: 1024 }).optional(),
  ActionsEnabled: bool().optional(),
  OKActions: words.Actions.optional(),
  AlarmActions: words.Actions.optional(),
  InsufficientDataActions: words.Actions.optional(),
  Tags: words.TagList.optional(),
};

export const MetricAlarmInput = structure({
  ...CommonMembers,
  MetricName: words.MetricName.optional(),
  Namespace: words.Namespace.optional(),
  Statistic: choice(["SampleCount", "Average", "Sum", "Minimum", "Maximum"]).optional(),
  ExtendedStatistic: text().optional(),
  Dimensions: words.DimensionList.optional(),
  Period: words.Period.optional(),
  Unit: words.Unit.optional(),
  EvaluationPeriods: integer({ min: 1 }).optional(),
  DatapointsToAlarm: integer({ min: 1 }).optional(),
  Threshold: double().optional(),
  ComparisonOperator: choice(COMPARISONS).optional(),
  TreatMissingData: text({ min: 1, max: 255 }).optional(),
  EvaluateLowSampleCountPercentile: text({ min: 1, max: 255 }).optional(),
  Metrics: words.MetricDataQueries.optional(),
  ThresholdMetricId: text({ min: 1, max: 255 }).optional(),
  EvaluationCriteria: z.unknown().optional(),
  EvaluationInterval: integer().optional(),
  EvaluationWindow: z.unknown().optional(),
  WarmUpConfiguration: z.unknown().optional(),
  ActionConfiguration: z.unknown().optional(),
});
type Input = z.output<typeof MetricAlarmInput>;

const NOT_SUPPORTED = [
  "ThresholdMetricId",
  "EvaluationCriteria",
  "EvaluationInterval",
  "EvaluationWindow",
  "WarmUpConfiguration",
  "ActionConfiguration",
] as const;

const DAY_S = 86_400;

/** The settings of a metric alarm, checked. */
export function toMetricAlarmSettings(input: Input): AlarmSettings {
  const { AlarmName: _name, ActionsEnabled: _enabled, Tags: _tags, ...rest } = input;
  for (const member of NOT_SUPPORTED)
    if (input[member] !== undefined) throw new ValidationException(`${member} is not supported.`);
  checkActions(input);
  const { EvaluationPeriods, DatapointsToAlarm = 1, Threshold, ComparisonOperator, Metrics } = input;
  const { TreatMissingData = "missing", EvaluateLowSampleCountPercentile = "evaluate" } = input;
  if (ComparisonOperator === undefined) throw new ValidationException("The parameter ComparisonOperator is required.");
  if (COMPARISONS.indexOf(ComparisonOperator) > 3) {
    throw new ValidationException(
      `Anomaly detection, and so the ComparisonOperator ${ComparisonOperator}, is not supported.`,
    );
  }
  if (Threshold === undefined) throw new ValidationException("The parameter Threshold is required.");
  if (EvaluationPeriods === undefined) throw new ValidationException("The parameter EvaluationPeriods is required.");
  if (DatapointsToAlarm > EvaluationPeriods) {
    throw new ValidationException("DatapointsToAlarm must be less than or equal to EvaluationPeriods.");
  }
  if (!["missing", "ignore", "breaching", "notBreaching"].includes(TreatMissingData)) {
    throw new ValidationException(
      `The value ${TreatMissingData} is not supported for TreatMissingData parameter. Supported values are [breaching, notBreaching, ignore, missing].`,
    );
  }
  if (!["evaluate", "ignore"].includes(EvaluateLowSampleCountPercentile)) {
    throw new ValidationException(
      `Option ${EvaluateLowSampleCountPercentile} is not supported. Supported options for parameter EvaluateLowSampleCountPercentile are evaluate and ignore.`,
    );
  }
  if (Metrics) checkMetrics(input, Metrics);
  else checkMetric(input);
  const settings = withoutAbsent(rest);
  const period = periodOfAlarm(settings);
  const seconds = period * EvaluationPeriods;
  if (seconds > (period >= 3600 ? 7 * DAY_S : DAY_S)) {
    throw new ValidationException(
      `Metrics cannot be checked across more than ${period >= 3600 ? "7 days" : "a day"} (EvaluationPeriods * Period must be <= ${period >= 3600 ? 7 * DAY_S : DAY_S}).`,
    );
  }
  return settings;
}

function checkMetric({ MetricName, Namespace, Period, Statistic, ExtendedStatistic, Dimensions }: Input): void {
  if (MetricName === undefined || Namespace === undefined) {
    throw new ValidationException("The parameters MetricName and Namespace, or Metrics, are required.");
  }
  if (Period === undefined) throw new ValidationException("The parameter Period is required.");
  checkPeriod(Period);
  if ((Statistic === undefined) === (ExtendedStatistic === undefined)) {
    throw new ValidationException("Exactly one of the parameters Statistic and ExtendedStatistic must be specified.");
  }
  if (ExtendedStatistic !== undefined && !statisticNamed(ExtendedStatistic)?.needsBuckets) {
    throw new ValidationException(`The value ${ExtendedStatistic} for parameter ExtendedStatistic is not supported.`);
  }
  toDimensions(Dimensions, "Dimensions");
}

function checkMetrics(input: Input, Metrics: NonNullable<Input["Metrics"]>): void {
  for (const member of [
    "MetricName",
    "Namespace",
    "Period",
    "Statistic",
    "ExtendedStatistic",
    "Dimensions",
    "Unit",
  ] as const) {
    const given = input[member];
    if (given === undefined || (Array.isArray(given) && given.length === 0)) continue;
    throw new ValidationException(`The parameters Metrics and ${member} are mutually exclusive.`);
  }
  const queries = toQueries(Metrics, "Metrics");
  if (queries.filter(({ ReturnData = true }) => ReturnData).length !== 1) {
    throw new ValidationException("Exactly one element of the metrics list should return data.");
  }
  const periods = new Set(queries.flatMap(({ MetricStat }) => MetricStat?.Period ?? []));
  if (periods.size !== 1) throw new ValidationException("All metrics of an alarm must have the same Period.");
  for (const period of periods) checkPeriod(period);
}

function checkPeriod(period: number): void {
  if ([10, 20, 30].includes(period) || period % 60 === 0) return;
  throw new ValidationException("The parameter Period must be 10, 20, 30 or a multiple of 60.");
}

/** Topics and functions can be told. */
const ACTION =
  /^arn:aws[a-z-]*:(sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]+(\.fifo)?|lambda:[a-z0-9-]+:\d{12}:function:[A-Za-z0-9_-]+(:[A-Za-z0-9_$-]+)?)$/;

export function checkActions(
  input: Pick<AlarmSettings, "OKActions" | "AlarmActions" | "InsufficientDataActions">,
): void {
  for (const action of [input.OKActions, input.AlarmActions, input.InsufficientDataActions].flatMap(
    (some) => some ?? [],
  )) {
    if (!action.startsWith("arn:")) throw new ValidationException(`Invalid arn syntax: ${action}`);
    if (!ACTION.test(action)) {
      throw new ValidationException(
        `The action ${action} is not supported: alarms can tell SNS topics and Lambda functions.`,
      );
    }
  }
}

export function withoutAbsent<T extends object>(members: T): T {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as T;
}
