import { choice, list, structure, text, ValidationException } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import { CompositeAlarmShape, MetricAlarmShape, toAlarm } from "../alarmShape.ts";
import type { CloudWatchDeps } from "../deps.ts";
import { InvalidNextToken } from "../errors.ts";
import { keyIn, pageOf } from "../paging.ts";
import * as words from "../words.ts";

const DEFAULT_RECORDS = 50;

export const describeAlarms = operation({
  name: "DescribeAlarms",
  input: structure({
    AlarmNames: words.AlarmNames.optional(),
    AlarmNamePrefix: text({ min: 1, max: 255 }).optional(),
    AlarmTypes: list({ values: ["CompositeAlarm", "MetricAlarm"] }).optional(),
    ChildrenOfAlarmName: words.AlarmName.optional(),
    ParentsOfAlarmName: words.AlarmName.optional(),
    StateValue: choice(words.STATES).optional(),
    ActionPrefix: text({ min: 1, max: 1024 }).optional(),
    MaxRecords: words.MaxRecords.optional(),
    NextToken: text().optional(),
  }),
  output: structure({
    CompositeAlarms: z.array(CompositeAlarmShape),
    MetricAlarms: z.array(MetricAlarmShape),
    NextToken: z.string().optional(),
  }),
  errors: [InvalidNextToken, ValidationException],
  async handle(input, context, { alarms }: Pick<CloudWatchDeps, "alarms">) {
    const { AlarmNames, AlarmNamePrefix, ChildrenOfAlarmName, ParentsOfAlarmName, StateValue, ActionPrefix } = input;
    const { MaxRecords = DEFAULT_RECORDS, NextToken } = input;
    if (AlarmNames && AlarmNamePrefix !== undefined) {
      throw new ValidationException("AlarmNames and AlarmNamePrefix are mutually exclusive.");
    }
    const ofOther = ChildrenOfAlarmName ?? ParentsOfAlarmName;
    if (ofOther !== undefined && (AlarmNames ?? AlarmNamePrefix) !== undefined) {
      throw new ValidationException(
        "ChildrenOfAlarmName and ParentsOfAlarmName exclude AlarmNames and AlarmNamePrefix.",
      );
    }
    const { accountId, region } = context;
    const parent =
      ChildrenOfAlarmName === undefined
        ? undefined
        : await alarms.find({ accountId, region, AlarmName: ChildrenOfAlarmName });
    const given = input.AlarmTypes as readonly (typeof words.ALARM_TYPES)[number][] | undefined;
    const found = await alarms.list(context, {
      kinds: given ?? (ofOther === undefined ? ["MetricAlarm"] : words.ALARM_TYPES),
      names: ChildrenOfAlarmName === undefined ? AlarmNames : (parent?.children ?? []),
      prefix: AlarmNamePrefix,
      state: StateValue,
      actionPrefix: ActionPrefix,
      parentsOf: ParentsOfAlarmName,
      after: keyIn(NextToken, "string", ""),
      limit: MaxRecords + 1,
    });
    const { rows, token } = pageOf(found, MaxRecords, ({ AlarmName }) => AlarmName);
    return {
      CompositeAlarms: rows.filter(({ kind }) => kind === "CompositeAlarm").map(toAlarm),
      MetricAlarms: rows.filter(({ kind }) => kind === "MetricAlarm").map(toAlarm),
      ...token,
    };
  },
});
