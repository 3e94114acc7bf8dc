import { METRIC_UNITS, type AccountRegion, type MetricUnit } from "@hearth/model";
import { merged, type MetricPoint, pointOf } from "@hearth/store";
import type { MetricValue } from "./metricValue.ts";

/** The values of a chunk as points of CloudWatch metrics, those of one series and minute taken together. */
export function metricPoints(
  { accountId, region }: AccountRegion,
  values: readonly MetricValue[],
): readonly MetricPoint[] {
  const points = new Map<string, MetricPoint>();
  for (const { metricNamespace, metricName, dimensions, value, unit, timestamp } of values) {
    const point = pointOf({
      accountId,
      region,
      Namespace: metricNamespace,
      MetricName: metricName,
      Dimensions: dimensions,
      at: timestamp,
      value,
      unit: METRIC_UNITS.find((each): each is MetricUnit => each === unit) ?? "None",
    });
    const key = JSON.stringify([metricNamespace, metricName, dimensions, point.unit, point.at]);
    const known = points.get(key);
    points.set(key, known ? { ...known, ...merged(known, point) } : point);
  }
  return [...points.values()];
}
