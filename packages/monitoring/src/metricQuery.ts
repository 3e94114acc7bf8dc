import type { Dimensions, MetricUnit } from "@hearth/model";

/** A query of GetMetricData, or of an alarm with metric math: AWS's members, dimensions as a map. */
export interface MetricQuery {
  readonly Id: string;
  readonly Label?: string | undefined;
  readonly ReturnData?: boolean | undefined;
  readonly Period?: number | undefined;
  readonly Expression?: string | undefined;
  readonly MetricStat?: MetricStat | undefined;
}

export interface MetricStat {
  readonly Namespace: string;
  readonly MetricName: string;
  readonly Dimensions: Dimensions;
  readonly Period: number;
  readonly Stat: string;
  readonly Unit?: MetricUnit | undefined;
}
