import { bucketOf, type Buckets, mergeBuckets } from "@hearth/kit";
import type { MetricKey, MetricSample, MetricUnit } from "@hearth/model";

/** Values that were measured in some time, taken together. */
export interface MetricSummary {
  readonly count: number;
  readonly sum: number;
  readonly min: number;
  readonly max: number;
  /** `undefined` where only the sums are known. */
  readonly buckets: Buckets | undefined;
}

/** Values of one series in one second or minute. */
export interface MetricPoint extends MetricSummary {
  readonly key: MetricKey;
  /** Seconds since the epoch, a multiple of `resolution`. */
  readonly at: number;
  readonly unit: MetricUnit;
  readonly resolution: 1 | 60;
}

export function merged(a: MetricSummary, b: MetricSummary): MetricSummary {
  return {
    count: a.count + b.count,
    sum: a.sum + b.sum,
    min: Math.min(a.min, b.min),
    max: Math.max(a.max, b.max),
    buckets: mergeBuckets(a.buckets, b.buckets),
  };
}

export function pointOf(sample: MetricSample): MetricPoint {
  const {
    accountId,
    region,
    Namespace,
    MetricName,
    Dimensions,
    value,
    count = 1,
    unit = "None",
    resolution = 60,
  } = sample;
  const seconds = Math.floor(sample.at / 1000);
  return {
    key: { accountId, region, Namespace, MetricName, Dimensions },
    at: seconds - (seconds % resolution),
    unit,
    resolution,
    count,
    sum: value * count,
    min: value,
    max: value,
    buckets: { [bucketOf(value)]: count },
  };
}
