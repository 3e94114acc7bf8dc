/** A table of points, and what is kept in it. https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html#Metrics-retention */
export interface MetricResolution {
  readonly table: string;
  /** Of a point. */
  readonly seconds: 1 | 60 | 300 | 3600;
  readonly keepSeconds: number;
  /** Of the time that a partition is for. */
  readonly partition: "day" | "month";
}

const HOUR_S = 3_600;
const DAY_S = 24 * HOUR_S;

/** The finest first. */
export const METRIC_RESOLUTIONS: readonly MetricResolution[] = [
  { table: "cloudwatch_seconds", seconds: 1, keepSeconds: 3 * HOUR_S, partition: "day" },
  { table: "cloudwatch_minutes", seconds: 60, keepSeconds: 15 * DAY_S, partition: "day" },
  { table: "cloudwatch_five_minutes", seconds: 300, keepSeconds: 63 * DAY_S, partition: "month" },
  { table: "cloudwatch_hours", seconds: 3600, keepSeconds: 455 * DAY_S, partition: "month" },
];

/** "cwatch" in ASCII: the advisory lock held while partitions are created or dropped. */
export const METRIC_PARTITION_LOCK = 0x637761746368n;

/** The partition of a time, with its bounds in seconds since the epoch. */
export function metricPartitionOf({ table, partition }: MetricResolution, at: number) {
  const day = new Date(at * 1000);
  const [year, month] = [day.getUTCFullYear(), day.getUTCMonth()];
  const date = partition === "day" ? day.getUTCDate() : 1;
  const from = Date.UTC(year, month, date) / 1000;
  const until = (partition === "day" ? Date.UTC(year, month, date + 1) : Date.UTC(year, month + 1)) / 1000;
  const iso = new Date(from * 1000).toISOString().slice(0, partition === "day" ? 10 : 7);
  return { name: `${table}_${iso.replaceAll("-", "_")}`, from, until };
}

/** Whether a partition, by its name, holds only what is not kept any more. */
export function isMetricPartitionOver(resolution: MetricResolution, name: string, nowSeconds: number): boolean {
  const [year = 0, month = 0, date = 1] = name
    .slice(resolution.table.length + 1)
    .split("_")
    .map(Number);
  const { until } = metricPartitionOf(resolution, Date.UTC(year, month - 1, date) / 1000);
  return until < nowSeconds - resolution.keepSeconds;
}
