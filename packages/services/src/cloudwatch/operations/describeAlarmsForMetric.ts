import { choice, structure, text } from "@hearth/model";
import type { AlarmSettings } from "@hearth/store";
import { operation } from "@hearth/wire";
import { z } from "zod";
import { MetricAlarmShape, toAlarm } from "../alarmShape.ts";
import type { CloudWatchDeps } from "../deps.ts";
import { toDimensions } from "../dimensions.ts";
import { InvalidParameterValueException } from "../errors.ts";
import * as words from "../words.ts";

const MAX_ALARMS = 5_000;

/** Alarms of exactly this metric; those with metric math are left out, as on AWS. */
export const describeAlarmsForMetric = operation({
  name: "DescribeAlarmsForMetric",
  input: structure({
    MetricName: words.MetricName,
    Namespace: words.Namespace,
    Statistic: choice(["SampleCount", "Average", "Sum", "Minimum", "Maximum"]).optional(),
    ExtendedStatistic: text().optional(),
    Dimensions: words.DimensionList.optional(),
    Period: words.Period.optional(),
    Unit: words.Unit.optional(),
  }),
  output: structure({ MetricAlarms: z.array(MetricAlarmShape) }),
  errors: [InvalidParameterValueException],
  async handle(input, context, { alarms }: Pick<CloudWatchDeps, "alarms">) {
    const { MetricName, Namespace } = input;
    const wanted = key(toDimensions(input.Dimensions, "Dimensions"));
    const found = await alarms.list(context, {
      ...{ kinds: ["MetricAlarm"], metric: { MetricName, Namespace }, after: "", limit: MAX_ALARMS },
    });
    const fits = (settings: AlarmSettings): boolean =>
      key(toDimensions(settings.Dimensions, "Dimensions")) === wanted &&
      (["Statistic", "ExtendedStatistic", "Period", "Unit"] as const).every(
        (member) => input[member] === undefined || input[member] === settings[member],
      );
    return { MetricAlarms: found.filter(({ settings }) => fits(settings)).map(toAlarm) };
  },
});

function key(dimensions: Readonly<Record<string, string>>): string {
  return JSON.stringify(Object.entries(dimensions).sort(([a], [b]) => (a < b ? -1 : 1)));
}
