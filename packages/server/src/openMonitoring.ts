import { AlarmEvaluator, LambdaMetrics, MetricReader } from "@hearth/monitoring";
import { sendsEvents } from "@hearth/services";
import { AlarmStore, MetricRetention, UsageMinuteStore } from "@hearth/store";
import type { Base } from "./base.ts";
import type { House } from "./house.ts";
import type { Sending } from "./sending.ts";

/** The evaluation of CloudWatch alarms, the metrics of functions, and the retention of metrics. What runs is put on `stack`. */
export function openMonitoring(
  { clock, random, logger, registry }: Base,
  { opened, stores }: House,
  { delivery }: Sending,
  stack: AsyncDisposableStack,
): void {
  stack.use(new MetricRetention({ database: opened.database, clock, logger }));
  const { database } = opened;
  const minutes = new UsageMinuteStore(database);
  stack.use(new LambdaMetrics({ database, minutes, points: stores.metrics.points, clock, logger }));
  const evaluator = stack.use(
    new AlarmEvaluator({
      alarms: new AlarmStore(opened.database),
      reader: new MetricReader(stores.metrics),
      delivery,
      sendsEvents: sendsEvents(),
      ...{ clock, random, logger, registry },
    }),
  );
  stores.alarmNews.listen(() => evaluator.wake());
}
