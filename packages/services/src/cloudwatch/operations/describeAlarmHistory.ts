import { choice, list, structure, text } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { CloudWatchDeps } from "../deps.ts";
import { InvalidNextToken } from "../errors.ts";
import { keyIn, pageOf } from "../paging.ts";
import * as words from "../words.ts";

const DEFAULT_RECORDS = 50;
const LAST_TIME = 253_402_300_799_999;

export const describeAlarmHistory = operation({
  name: "DescribeAlarmHistory",
  input: structure({
    AlarmName: words.AlarmName.optional(),
    AlarmTypes: list({ values: ["CompositeAlarm", "MetricAlarm"] }).optional(),
    HistoryItemType: choice([
      "ConfigurationUpdate",
      "StateUpdate",
      "Action",
      "AlarmContributorStateUpdate",
      "AlarmContributorAction",
    ]).optional(),
    StartDate: words.Time.optional(),
    EndDate: words.Time.optional(),
    MaxRecords: words.MaxRecords.optional(),
    NextToken: text().optional(),
    ScanBy: words.ScanBy.optional(),
  }),
  output: structure({
    AlarmHistoryItems: z.array(
      structure({
        AlarmName: z.string(),
        AlarmType: z.string(),
        Timestamp: z.date(),
        HistoryItemType: z.string(),
        HistorySummary: z.string(),
        HistoryData: z.string(),
      }),
    ),
    NextToken: z.string().optional(),
  }),
  errors: [InvalidNextToken],
  async handle(input, context, { alarmHistory }: Pick<CloudWatchDeps, "alarmHistory">) {
    const { AlarmName, HistoryItemType, StartDate, EndDate, MaxRecords = DEFAULT_RECORDS, NextToken, ScanBy } = input;
    const kinds = (input.AlarmTypes ?? ["MetricAlarm"]) as readonly (typeof words.ALARM_TYPES)[number][];
    const found = await alarmHistory.list(context, {
      ...{ AlarmName, kinds, type: HistoryItemType },
      from: StartDate?.getTime() ?? 0,
      until: EndDate?.getTime() ?? LAST_TIME,
      isAscending: ScanBy === "TimestampAscending",
      after: NextToken === undefined ? undefined : keyIn(NextToken, "number", 0),
      limit: MaxRecords + 1,
    });
    const { rows, token } = pageOf(found, MaxRecords, ({ id }) => id);
    return {
      AlarmHistoryItems: rows.map((item) => ({
        AlarmName: item.AlarmName,
        AlarmType: item.kind,
        Timestamp: new Date(item.at),
        HistoryItemType: item.type,
        HistorySummary: item.summary,
        HistoryData: item.data,
      })),
      ...token,
    };
  },
});
