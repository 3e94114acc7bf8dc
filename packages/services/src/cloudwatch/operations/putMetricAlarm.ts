import { ThrottlingException, ValidationException } from "@hearth/model";
import { operation } from "@hearth/wire";
import { MetricAlarmInput, toMetricAlarmSettings } from "../alarmSettings.ts";
import type { CloudWatchDeps } from "../deps.ts";
import { InvalidParameterValueException, LimitExceededFault } from "../errors.ts";
import { putAlarm } from "../putAlarm.ts";

export const putMetricAlarm = operation({
  name: "PutMetricAlarm",
  input: MetricAlarmInput,
  errors: [InvalidParameterValueException, LimitExceededFault, ThrottlingException, ValidationException],
  async handle(input, context, deps: Pick<CloudWatchDeps, "alarms" | "alarmNews" | "disk">) {
    const { AlarmName, ActionsEnabled = true, Tags = [] } = input;
    const settings = toMetricAlarmSettings(input);
    const alarm = {
      AlarmName,
      kind: "MetricAlarm",
      settings,
      children: [],
      actionsEnabled: ActionsEnabled,
      tags: Tags,
    } as const;
    return await putAlarm(context, alarm, deps);
  },
});
