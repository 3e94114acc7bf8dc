import { bucketOf, type Buckets, mergeBuckets } from "@hearth/kit";
import type { AccountRegion } from "@hearth/model";
import type { MetricPoint, MetricSummary } from "@hearth/store";
import type { z } from "zod";
import { toDimensions } from "./dimensions.ts";
import {
  InvalidParameterCombinationException,
  InvalidParameterValueException,
  MissingRequiredParameterException,
} from "./errors.ts";
import type { MetricDatum } from "./words.ts";

type Datum = z.output<typeof MetricDatum>;

const MAX_VALUES = 150;
const MAX_SIZE = 2 ** 360;
const TWO_WEEKS_MS = 14 * 86_400_000;
const TWO_HOURS_MS = 7_200_000;

/** A datum of PutMetricData as a point. `name` is its parameter's name, for errors. */
export function toPoint(
  datum: Datum,
  name: string,
  where: AccountRegion & { Namespace: string },
  now: number,
): MetricPoint {
  const { accountId, region, Namespace } = where;
  const { MetricName, Unit = "None", StorageResolution = 60 } = datum;
  const Dimensions = toDimensions(datum.Dimensions, `${name}.Dimensions`);
  if (StorageResolution !== 1 && StorageResolution !== 60) {
    throw new InvalidParameterValueException(`The parameter ${name}.StorageResolution must be 1 or 60.`);
  }
  const seconds = Math.floor(timeOf(datum, name, now) / 1000);
  return {
    key: { accountId, region, Namespace, MetricName, Dimensions },
    at: seconds - (seconds % StorageResolution),
    unit: Unit,
    resolution: StorageResolution,
    ...summaryOf(datum, name),
  };
}

function timeOf({ Timestamp }: Datum, name: string, now: number): number {
  const time = Timestamp?.getTime() ?? now;
  if (time < now - TWO_WEEKS_MS) {
    throw new InvalidParameterValueException(
      `The parameter ${name}.Timestamp must specify a time within the past two weeks.`,
    );
  }
  if (time > now + TWO_HOURS_MS) {
    throw new InvalidParameterValueException(
      `The parameter ${name}.Timestamp must specify a time no more than two hours in the future.`,
    );
  }
  return time;
}

function summaryOf(datum: Datum, name: string): MetricSummary {
  const { Value, StatisticValues, Values, Counts } = datum;
  const given = (["Value", "StatisticValues", "Values"] as const).filter((member) => datum[member] !== undefined);
  const [first, second] = given;
  if (first === undefined) {
    throw new MissingRequiredParameterException(
      `At least one of the parameters ${name}.Value, ${name}.Values and ${name}.StatisticValues must be specified.`,
    );
  }
  if (second !== undefined) {
    throw new InvalidParameterCombinationException(
      `The parameters ${name}.${first} and ${name}.${second} are mutually exclusive and you have specified both.`,
    );
  }
  if (Counts && !Values) {
    throw new InvalidParameterCombinationException(`The parameter ${name}.Counts requires ${name}.Values.`);
  }
  if (StatisticValues) return summaryOfSet(StatisticValues, name);
  return summaryOfValues(Values ?? [Value as number], Counts, name);
}

function summaryOfSet(set: NonNullable<Datum["StatisticValues"]>, name: string): MetricSummary {
  const { SampleCount: count, Sum: sum, Minimum: min, Maximum: max } = set;
  for (const [member, value] of Object.entries(set)) checkSize(value, `${name}.StatisticValues.${member}`);
  if (count <= 0)
    throw new InvalidParameterValueException(
      `The parameter ${name}.StatisticValues.SampleCount must be greater than 0.`,
    );
  if (min > max) {
    throw new InvalidParameterValueException(
      `The parameter ${name}.StatisticValues.Maximum must be greater than ${name}.StatisticValues.Minimum.`,
    );
  }
  // As on AWS, percentiles are known of a set of one value only, or of equal ones.
  return { count, sum, min, max, buckets: min === max ? { [bucketOf(min)]: count } : undefined };
}

function summaryOfValues(
  values: readonly number[],
  counts: readonly number[] | undefined,
  name: string,
): MetricSummary {
  if (values.length === 0 || values.length > MAX_VALUES) {
    throw new InvalidParameterValueException(
      `The collection ${name}.Values must have a size between 1 and ${MAX_VALUES}.`,
    );
  }
  if (counts && counts.length !== values.length) {
    throw new InvalidParameterValueException(
      `The parameters ${name}.Values and ${name}.Counts must have the same size.`,
    );
  }
  let [count, sum, min, max] = [0, 0, Infinity, -Infinity];
  let buckets: Buckets | undefined = {};
  for (const [at, value] of values.entries()) {
    const times = counts?.[at] ?? 1;
    checkSize(value, values.length === 1 && !counts ? `${name}.Value` : `${name}.Values.member.${at + 1}`);
    if (!(times > 0 && times <= MAX_SIZE)) {
      throw new InvalidParameterValueException(
        `The value ${times} for parameter ${name}.Counts.member.${at + 1} is invalid.`,
      );
    }
    count += times;
    sum += value * times;
    min = Math.min(min, value);
    max = Math.max(max, value);
    buckets = mergeBuckets(buckets, { [bucketOf(value)]: times });
  }
  return { count, sum, min, max, buckets };
}

function checkSize(value: number, name: string): void {
  if (Math.abs(value) <= MAX_SIZE) return; // false for NaN
  throw new InvalidParameterValueException(`The value ${value} for parameter ${name} is invalid.`);
}
