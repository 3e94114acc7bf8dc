import { type AccountRegion, structure, text, ThrottlingException, ValidationException } from "@hearth/model";
import { type AlarmRecord } from "@hearth/store";
import { alarmsIn, AlarmRuleError, childName, parseAlarmRule } from "@hearth/monitoring";
import { operation } from "@hearth/wire";
import { z } from "zod";
import { checkActions, CommonMembers, withoutAbsent } from "../alarmSettings.ts";
import type { CloudWatchDeps } from "../deps.ts";
import { InvalidParameterValueException, LimitExceededFault } from "../errors.ts";
import { putAlarm } from "../putAlarm.ts";

const MAX_CHILDREN = 100;
/** Composite alarms in composite alarms. */
const MAX_LEVELS = 10;

const NOT_SUPPORTED = [
  "ActionsSuppressor",
  "ActionsSuppressorWaitPeriod",
  "ActionsSuppressorExtensionPeriod",
  "ActionConfiguration",
] as const;

export const putCompositeAlarm = operation({
  name: "PutCompositeAlarm",
  input: structure({
    ...CommonMembers,
    AlarmRule: text({ min: 1, max: 10_240 }),
    ActionsSuppressor: z.unknown().optional(),
    ActionsSuppressorWaitPeriod: z.unknown().optional(),
    ActionsSuppressorExtensionPeriod: z.unknown().optional(),
    ActionConfiguration: z.unknown().optional(),
  }),
  errors: [InvalidParameterValueException, LimitExceededFault, ThrottlingException, ValidationException],
  async handle(input, context, deps: Pick<CloudWatchDeps, "alarms" | "alarmNews" | "disk">) {
    const { AlarmName, AlarmRule, AlarmDescription, OKActions, AlarmActions, InsufficientDataActions } = input;
    for (const member of NOT_SUPPORTED)
      if (input[member] !== undefined) throw new ValidationException(`${member} is not supported.`);
    checkActions(input);
    const children = childrenIn(AlarmRule);
    await checkChildren(context, AlarmName, children, deps.alarms);
    const settings = withoutAbsent({ AlarmRule, AlarmDescription, OKActions, AlarmActions, InsufficientDataActions });
    const { ActionsEnabled: actionsEnabled = true, Tags: tags = [] } = input;
    return await putAlarm(
      context,
      { AlarmName, kind: "CompositeAlarm", settings, children, actionsEnabled, tags },
      deps,
    );
  },
});

function childrenIn(AlarmRule: string): readonly string[] {
  try {
    const children = [...new Set(alarmsIn(parseAlarmRule(AlarmRule)).map(childName))];
    if (children.length <= MAX_CHILDREN) return children;
    throw new ValidationException(`AlarmRule must not have more than ${MAX_CHILDREN} alarms.`);
  } catch (error) {
    if (error instanceof AlarmRuleError) throw new ValidationException(`Error in AlarmRule: ${error.message}.`);
    throw error;
  }
}

/** Throws when a child does not exist, or when the alarm would depend on itself. */
async function checkChildren(
  where: AccountRegion,
  AlarmName: string,
  children: readonly string[],
  alarms: CloudWatchDeps["alarms"],
): Promise<void> {
  const seen = new Set<string>();
  let level: readonly string[] = children;
  for (let depth = 0; level.length > 0; depth++) {
    if (level.includes(AlarmName)) throw new ValidationException("AlarmRule must not depend on the alarm itself.");
    if (depth > MAX_LEVELS)
      throw new ValidationException(`AlarmRule must not be nested more than ${MAX_LEVELS} times.`);
    const found: readonly AlarmRecord[] = await alarms.list(where, {
      ...{ kinds: ["MetricAlarm", "CompositeAlarm"], names: level, after: "", limit: level.length },
    });
    if (depth === 0) {
      const missing = children.filter((name) => !found.some((alarm) => alarm.AlarmName === name));
      if (missing.length > 0) {
        throw new ValidationException(
          `Could not save the composite alarm as alarms [${missing.join(", ")}] in the alarm rule do not exist`,
        );
      }
    }
    for (const name of level) seen.add(name);
    level = [...new Set(found.flatMap((alarm) => alarm.children))].filter((name) => !seen.has(name));
  }
}
