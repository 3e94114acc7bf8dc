import { choice, list, structure, structures, text } from "@hearth/model";
import { statisticNamed, STATISTICS } from "@hearth/monitoring";
import type { MetricPeriod } from "@hearth/store";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { CloudWatchDeps } from "../deps.ts";
import { toDimensions } from "../dimensions.ts";
import {
  InvalidParameterCombinationException,
  InvalidParameterValueException,
  MissingRequiredParameterException,
} from "../errors.ts";
import * as words from "../words.ts";

const MAX_POINTS = 1_440;
const SHORT_PERIODS: readonly number[] = [1, 5, 10, 20, 30];

const Figure = z.number().optional();

export const getMetricStatistics = operation({
  name: "GetMetricStatistics",
  input: structure({
    Namespace: words.Namespace,
    MetricName: words.MetricName,
    Dimensions: words.DimensionList.optional(),
    StartTime: words.Time,
    EndTime: words.Time,
    Period: words.Period,
    Statistics: structures(choice(["SampleCount", "Average", "Sum", "Minimum", "Maximum"]), {
      min: 1,
      max: 5,
    }).optional(),
    ExtendedStatistics: list({}, { min: 1, max: 10 }).optional(),
    Unit: words.Unit.optional(),
  }),
  output: structure({
    Label: z.string(),
    Datapoints: z.array(
      structure({
        Timestamp: z.date(),
        SampleCount: Figure,
        Average: Figure,
        Sum: Figure,
        Minimum: Figure,
        Maximum: Figure,
        Unit: text(),
        ExtendedStatistics: z.record(z.string(), z.number()).optional(),
      }),
    ),
  }),
  errors: [InvalidParameterCombinationException, InvalidParameterValueException, MissingRequiredParameterException],
  async handle(input, { accountId, region }, { reader, clock }: Pick<CloudWatchDeps, "reader" | "clock">) {
    const { Namespace, MetricName, Period, Statistics = [], ExtendedStatistics = [], Unit } = input;
    const Dimensions = toDimensions(input.Dimensions, "Dimensions");
    if (Statistics.length === 0 && ExtendedStatistics.length === 0) {
      throw new MissingRequiredParameterException("Either Statistics or ExtendedStatistics must be specified.");
    }
    const statistics = [...Statistics, ...ExtendedStatistics].map((name) => {
      const statistic = statisticNamed(name);
      if (statistic) return { name, statistic };
      throw new InvalidParameterValueException(`The value ${name} for parameter ExtendedStatistics is not supported.`);
    });
    const now = Math.floor(clock.now() / 1000);
    const { from, until } = rangeOf(input, now);
    const periods = await reader.periods(
      { accountId, region, Namespace, MetricName, Dimensions },
      {
        ...{ from, until, period: Period, unit: Unit, now },
        withBuckets: statistics.some(({ statistic }) => statistic.needsBuckets),
        byUnit: true,
      },
    );
    return { Label: MetricName, Datapoints: periods.map((period) => toDatapoint(period, statistics)) };
  },
});

type Named = readonly { readonly name: string; readonly statistic: NonNullable<ReturnType<typeof statisticNamed>> }[];

function toDatapoint(period: MetricPeriod, statistics: Named) {
  const simple: Record<string, number> = {};
  const extended: Record<string, number> = {};
  for (const { name, statistic } of statistics) {
    const value = statistic.of(period);
    if (value !== undefined) ((STATISTICS as readonly string[]).includes(name) ? simple : extended)[name] = value;
  }
  return {
    Timestamp: new Date(period.at * 1000),
    ...simple,
    Unit: period.unit,
    ...(Object.keys(extended).length > 0 && { ExtendedStatistics: extended }),
  };
}

const DAY_S = 86_400;

/** Periods begin at StartTime, rounded down to what is kept of that age. */
function rangeOf(
  { StartTime, EndTime, Period }: { readonly StartTime: Date; readonly EndTime: Date; readonly Period: number },
  now: number,
) {
  const [start, until] = [Math.floor(StartTime.getTime() / 1000), Math.ceil(EndTime.getTime() / 1000)];
  if (start >= until) {
    throw new InvalidParameterValueException("The parameter StartTime must be less than the parameter EndTime.");
  }
  if (!SHORT_PERIODS.includes(Period) && Period % 60 !== 0) {
    throw new InvalidParameterValueException("The parameter Period must be 1, 5, 10, 20, 30 or a multiple of 60.");
  }
  const points = Math.ceil((until - start) / Period);
  if (points > MAX_POINTS) {
    throw new InvalidParameterCombinationException(
      `You have requested up to ${points.toLocaleString("en-US")} datapoints, which exceeds the limit of ${MAX_POINTS.toLocaleString("en-US")}. You may reduce the datapoints requested by increasing Period, or decreasing the time range.`,
    );
  }
  const age = now - start;
  const step = age > 63 * DAY_S ? 3600 : age > 15 * DAY_S ? 300 : Period < 60 ? Period : 60;
  return { from: start - (start % step), until };
}
