import type { House } from "@hearth/access";
import type { Clock } from "@hearth/kit";
import { MetricReader } from "@hearth/monitoring";
import { DashboardStore, type MetricPointStore, type MetricSeriesStore } from "@hearth/store";

/** What CloudWatch needs of a process, besides what every service needs. */
export interface MonitoringHouse extends House {
  readonly metricSeries: MetricSeriesStore;
  readonly metricPoints: MetricPointStore;
}

export interface CloudWatchDeps {
  readonly series: MetricSeriesStore;
  readonly points: MetricPointStore;
  readonly reader: MetricReader;
  readonly dashboards: DashboardStore;
  readonly clock: Clock;
  readonly disk: House["disk"];
}

export function openCloudWatchDeps({
  database,
  metricSeries,
  metricPoints,
  clock,
  disk,
}: MonitoringHouse): CloudWatchDeps {
  return {
    series: metricSeries,
    points: metricPoints,
    reader: new MetricReader({ series: metricSeries, points: metricPoints }),
    dashboards: new DashboardStore(database),
    clock,
    disk,
  };
}
