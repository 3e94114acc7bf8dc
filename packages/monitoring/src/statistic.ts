import { percentileOf } from "@hearth/kit";
import type { MetricPeriod } from "@hearth/store";

/** AWS's simple statistics, in the order of its enumeration. */
export const STATISTICS = ["SampleCount", "Average", "Sum", "Minimum", "Maximum"] as const;
type SimpleStatistic = (typeof STATISTICS)[number];

type Summary = Omit<MetricPeriod, "at" | "unit">;

/** How the values of a period become one. */
export interface Statistic {
  readonly needsBuckets: boolean;
  /** `undefined` for a percentile of values of which only sums are known. */
  of(summary: Summary): number | undefined;
}

const SIMPLE: Readonly<Record<SimpleStatistic, (summary: Summary) => number>> = {
  SampleCount: ({ count }) => count,
  Average: ({ sum, count }) => sum / count,
  Sum: ({ sum }) => sum,
  Minimum: ({ min }) => min,
  Maximum: ({ max }) => max,
};

const PERCENTILE = /^p(\d{1,2}(?:\.\d{1,10})?|100)$/;

/** `undefined` for a statistic that Hearth does not have. */
export function statisticNamed(name: string): Statistic | undefined {
  const simple = STATISTICS.find((one) => one === name);
  if (simple) return { needsBuckets: false, of: SIMPLE[simple] };
  const percent = PERCENTILE.exec(name)?.[1];
  if (percent === undefined) return undefined;
  return {
    needsBuckets: true,
    of: (summary) =>
      summary.buckets === undefined ? undefined : percentileOf(summary.buckets, Number(percent), summary),
  };
}
