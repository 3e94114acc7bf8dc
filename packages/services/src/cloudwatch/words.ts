import { bool, choice, double, integer, list, METRIC_UNITS, structure, structures, text } from "@hearth/model";
import { z } from "zod";

/** Members of CloudWatch's inputs and outputs. */
export const Time = z.date({
  error: ({ input }) => (input === undefined ? "Member must not be null" : "Member must be a timestamp"),
});
export const Namespace = text({ min: 1, max: 255, pattern: "[^:].*" });
export const MetricName = text({ min: 1, max: 255 });
export const Unit = choice(METRIC_UNITS);
export const Period = integer({ min: 1 });
export const MaxRecords = integer({ min: 1, max: 100 });
export const ScanBy = choice(["TimestampDescending", "TimestampAscending"]);

const Name = text({ min: 1, max: 255 });
const DimensionValue = text({ min: 1, max: 1024 });
export const Dimension = structure({ Name, Value: DimensionValue });
export const DimensionList = structures(Dimension, { max: 30 });
export const DimensionFilters = structures(structure({ Name, Value: DimensionValue.optional() }), { max: 10 });

export const MetricDatum = structure({
  MetricName,
  Dimensions: DimensionList.optional(),
  Timestamp: Time.optional(),
  Value: double().optional(),
  StatisticValues: structure({ SampleCount: double(), Sum: double(), Minimum: double(), Maximum: double() }).optional(),
  Values: z.array(double()).optional(),
  Counts: z.array(double()).optional(),
  Unit: Unit.optional(),
  StorageResolution: integer({ min: 1 }).optional(),
});

export const MetricDataQueries = structures(
  structure({
    Id: text({ min: 1, max: 255 }),
    MetricStat: structure({
      Metric: structure({
        Namespace: Namespace.optional(),
        MetricName: MetricName.optional(),
        Dimensions: DimensionList.optional(),
      }),
      Period,
      Stat: text(),
      Unit: Unit.optional(),
    }).optional(),
    Expression: text({ min: 1, max: 2048 }).optional(),
    Label: text().optional(),
    ReturnData: bool().optional(),
    Period: Period.optional(),
    AccountId: text({ min: 1, max: 255 }).optional(),
  }),
);
export type MetricDataQueriesInput = z.output<typeof MetricDataQueries>;

export const TagList = structures(structure({ Key: text({ min: 1, max: 128 }), Value: text({ max: 256 }) }));
export const TagKeys = list({ min: 1, max: 128 });
export const ResourceArn = text({ min: 1, max: 1024 });

export const AlarmName = text({ min: 1, max: 255 });
export const AlarmNames = list({ min: 1, max: 255 }, { max: 100 });
export const Actions = list({ min: 1, max: 1024 }, { max: 5 });
export const STATES = ["OK", "ALARM", "INSUFFICIENT_DATA"] as const;
export const ALARM_TYPES = ["CompositeAlarm", "MetricAlarm"] as const;
