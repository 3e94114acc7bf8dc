import { isServed } from "@hearth/delivery";
import type { Clock } from "@hearth/kit";
import { arn } from "@hearth/model";
import { type AlarmNews, type ChangeAlarmDeps, MetricReader } from "@hearth/monitoring";
import {
  AlarmHistoryStore,
  AlarmStore,
  DashboardStore,
  type MetricPointStore,
  type MetricSeriesStore,
} from "@hearth/store";
import type { SendingHouse } from "../sendingHouse.ts";

/** What CloudWatch needs of a process, besides what every service needs. */
export interface MonitoringHouse extends SendingHouse {
  readonly metricSeries: MetricSeriesStore;
  readonly metricPoints: MetricPointStore;
  readonly alarmNews: AlarmNews;
}

export interface CloudWatchDeps extends ChangeAlarmDeps {
  readonly series: MetricSeriesStore;
  readonly points: MetricPointStore;
  readonly reader: MetricReader;
  readonly dashboards: DashboardStore;
  readonly alarms: AlarmStore;
  readonly alarmHistory: AlarmHistoryStore;
  readonly alarmNews: AlarmNews;
  readonly clock: Clock;
  readonly disk: SendingHouse["disk"];
}

export function openCloudWatchDeps(house: MonitoringHouse): CloudWatchDeps {
  const { database, metricSeries, metricPoints, alarmNews, delivery, clock, random, disk } = house;
  return {
    series: metricSeries,
    points: metricPoints,
    reader: new MetricReader({ series: metricSeries, points: metricPoints }),
    dashboards: new DashboardStore(database),
    alarms: new AlarmStore(database),
    alarmHistory: new AlarmHistoryStore(database),
    alarmNews,
    delivery,
    sendsEvents: sendsEvents(),
    clock,
    random,
    disk,
  };
}

/** Whether alarms can tell event buses about their states. */
export function sendsEvents(): boolean {
  return isServed(
    arn({ service: "events", region: "us-east-1", accountId: "000000000000", resource: "event-bus/default" }),
  );
}
