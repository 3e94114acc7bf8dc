import type { AlarmRecord, AlarmStore } from "@hearth/store";
import { alarmArn } from "./alarmArn.ts";
import { alarmsIn, evaluateAlarmRule, parseAlarmRule } from "./alarmRule.ts";
import { longTime, spelledTime } from "./alarmTexts.ts";
import type { AlarmOutcome } from "./evaluateAlarm.ts";

/** The name of an alarm that a rule names by name or ARN. */
export function childName(alarm: string): string {
  return alarm.startsWith("arn:") ? alarm.split(":").slice(6).join(":") : alarm;
}

/** `undefined`: the alarm stays in its state. */
export async function evaluateCompositeAlarm(
  alarm: AlarmRecord,
  alarms: Pick<AlarmStore, "list">,
): Promise<AlarmOutcome | undefined> {
  const rule = parseAlarmRule(alarm.settings.AlarmRule ?? "FALSE");
  const names = [...new Set(alarmsIn(rule).map(childName))];
  const found = await alarms.list(alarm, {
    kinds: ["MetricAlarm", "CompositeAlarm"],
    names,
    after: "",
    limit: names.length,
  });
  const children = new Map(found.map((child) => [child.AlarmName, child]));
  const state = evaluateAlarmRule(rule, (name) => children.get(childName(name))?.state) ? "ALARM" : "OK";
  if (state === alarm.state) return undefined;
  const latest = [...found].sort((a, b) => b.stateTransitionedAt - a.stateTransitionedAt)[0];
  if (!latest) return { state, reason: `The rule of the alarm evaluates to ${state}.`, reasonData: undefined };
  const arn = alarmArn(latest);
  return {
    state,
    reason: `${arn} transitioned to ${latest.state} at ${spelledTime(latest.stateTransitionedAt)}`,
    reasonData: JSON.stringify({
      triggeringAlarms: [{ arn, state: { value: latest.state, timestamp: longTime(latest.stateTransitionedAt) } }],
    }),
  };
}
