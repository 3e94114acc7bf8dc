import type { Dimensions, MetricUnit } from "@hearth/model";
import type { AlarmDimension, AlarmMetric, AlarmRecord, AlarmSettings, AlarmState } from "@hearth/store";
import type { MetricQuery } from "../metricQuery.ts";
import type { MetricReader } from "../metricReader.ts";
import { type AlarmDatapoint, type AlarmFindings, stateReason, stateReasonData } from "./alarmTexts.ts";
import { decideState, EXTRA_PERIODS, type TreatMissingData } from "./decideState.ts";

/** The state that an alarm should have, and why. */
export interface AlarmOutcome {
  readonly state: AlarmState;
  readonly reason: string;
  readonly reasonData: string | undefined;
}

const BREACHES: Readonly<Record<string, (value: number, threshold: number) => boolean>> = {
  GreaterThanOrEqualToThreshold: (value, threshold) => value >= threshold,
  GreaterThanThreshold: (value, threshold) => value > threshold,
  LessThanThreshold: (value, threshold) => value < threshold,
  LessThanOrEqualToThreshold: (value, threshold) => value <= threshold,
};

/** The period of an alarm in seconds: of its metric, or of the metrics in its expression. */
export function periodOfAlarm({ Period, Metrics = [] }: AlarmSettings): number {
  if (Period !== undefined) return Period;
  return Metrics.reduce((longest, query) => Math.max(longest, query.MetricStat?.Period ?? query.Period ?? 0), 0) || 60;
}

/** How often an alarm is evaluated, in seconds. */
export function evaluationIntervalOf(settings: AlarmSettings): number {
  return periodOfAlarm(settings) < 60 ? 10 : 60;
}

/** `undefined`: the alarm stays in its state. */
export async function evaluateMetricAlarm(
  alarm: AlarmRecord,
  reader: Pick<MetricReader, "evaluate">,
  now: number,
): Promise<AlarmOutcome | undefined> {
  const { settings } = alarm;
  const { EvaluationPeriods = 1, Threshold = 0, ComparisonOperator = "", TreatMissingData = "missing" } = settings;
  const { DatapointsToAlarm = EvaluationPeriods } = settings;
  const period = periodOfAlarm(settings);
  const interval = evaluationIntervalOf(settings);
  const until = Math.floor(now / 1000 / interval) * interval;
  const times = Array.from({ length: EvaluationPeriods + EXTRA_PERIODS }, (_, at) => until - (at + 1) * period);
  const { values, counts } = await read(alarm, reader, {
    from: times.at(-1) as number,
    until,
    now: Math.floor(now / 1000),
  });
  const breaches = BREACHES[ComparisonOperator];
  if (!breaches) return undefined;
  const points = new Map<number, AlarmDatapoint>();
  for (const at of times) {
    const value = values.get(at);
    const sampleCount = counts.get(at);
    if (value === undefined) continue;
    points.set(at, {
      at,
      value,
      breaches: breaches(value, Threshold),
      ...(sampleCount !== undefined && { sampleCount }),
    });
  }
  const latest = [...points.values()].slice(0, EvaluationPeriods);
  if (isTooFewSamples(settings, latest)) return undefined;
  const { state, filled } = decideState({
    slots: times.toReversed().map((at) => points.get(at)?.breaches),
    evaluationPeriods: EvaluationPeriods,
    datapointsToAlarm: DatapointsToAlarm,
    treatMissingData: TreatMissingData as TreatMissingData,
  });
  if (state === undefined || state === alarm.state) return undefined;
  const findings: AlarmFindings = {
    ...{ from: alarm.state, to: state, operator: ComparisonOperator, threshold: Threshold, filled },
    ...{
      evaluationPeriods: EvaluationPeriods,
      datapointsToAlarm: DatapointsToAlarm,
      treatMissingData: TreatMissingData,
    },
    datapoints: latest,
  };
  const reasonData = stateReasonData(findings, {
    queryDate: now,
    statistic: settings.Statistic ?? settings.ExtendedStatistic,
    unit: settings.Unit,
    period,
    evaluated: latest.length < EvaluationPeriods ? times.slice(0, EvaluationPeriods) : latest.map(({ at }) => at),
  });
  return { state, reason: stateReason(findings), reasonData };
}

/** The values by time, and the numbers of samples where they are needed. */
async function read(
  alarm: AlarmRecord,
  reader: Pick<MetricReader, "evaluate">,
  range: { readonly from: number; readonly until: number; readonly now: number },
) {
  const queries = queriesOf(alarm.settings);
  const values = await reader.evaluate(alarm, queries, { ...range, isAnchored: true });
  const seriesOf = (Id: string): ReadonlyMap<number, number> => {
    const value = values.get(Id);
    return value?.kind === "series" ? value.series.points : new Map();
  };
  const shown = queries.find(({ ReturnData }) => ReturnData !== false);
  return { values: seriesOf(shown?.Id ?? ""), counts: seriesOf(SAMPLES) };
}

const VALUE = "value";
const SAMPLES = "samples";

/** The queries of an alarm; the one whose result is compared with the threshold has not `ReturnData: false`. */
export function queriesOf(settings: AlarmSettings): readonly MetricQuery[] {
  if (settings.Metrics) return settings.Metrics.map(queryOf);
  const { Namespace = "", MetricName = "", Period = 60, Statistic, ExtendedStatistic, Unit } = settings;
  const stat = {
    Namespace,
    MetricName,
    Dimensions: dimensionsOf(settings.Dimensions),
    Period,
    Unit: Unit as MetricUnit,
  };
  return [
    { Id: VALUE, MetricStat: { ...stat, Stat: Statistic ?? ExtendedStatistic ?? "" } },
    { Id: SAMPLES, MetricStat: { ...stat, Stat: "SampleCount" }, ReturnData: false },
  ];
}

function queryOf({ Id, Label, ReturnData, Period, Expression, MetricStat }: AlarmMetric): MetricQuery {
  const common = { Id, Label, ReturnData, Period, Expression };
  if (!MetricStat) return common;
  const { Metric, Stat, Unit } = MetricStat;
  const { Namespace = "", MetricName = "", Dimensions } = Metric;
  return {
    ...common,
    MetricStat: {
      ...{ Namespace, MetricName, Dimensions: dimensionsOf(Dimensions), Period: MetricStat.Period, Stat },
      Unit: Unit as MetricUnit | undefined,
    },
  };
}

function dimensionsOf(list: readonly AlarmDimension[] | undefined): Dimensions {
  return Object.fromEntries((list ?? []).map(({ Name, Value }) => [Name, Value]));
}

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/percentiles-with-low-samples.html */
function isTooFewSamples(settings: AlarmSettings, points: readonly AlarmDatapoint[]): boolean {
  const { EvaluateLowSampleCountPercentile, ExtendedStatistic = "" } = settings;
  if (EvaluateLowSampleCountPercentile !== "ignore" || !ExtendedStatistic.startsWith("p")) return false;
  const percentile = Number(ExtendedStatistic.slice(1)) / 100;
  const needed = percentile >= 0.5 ? 10 / (1 - percentile) : 10 / percentile;
  return points.some(({ sampleCount = 0 }) => sampleCount < needed);
}
