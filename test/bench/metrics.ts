// GetMetricData over 30 days of one function by hours: its invocations, errors, average and p99 of durations.
import { CloudWatchClient, GetMetricDataCommand } from "@aws-sdk/client-cloudwatch";
import { bucketOf } from "@hearth/kit";
import { type MetricPoint, MetricPointStore, MetricSeriesStore } from "@hearth/store";
import { startHearth } from "@hearth/testkit";
import { databaseOf } from "../support/database.ts";

const DAYS = 30;
const HOUR_S = 3_600;
const RUNS = 15;
const DURATIONS_PER_POINT = 50;
const FUNCTION = { FunctionName: "f" };

await using hearth = await startHearth();
await using database = databaseOf(hearth);
const points = new MetricPointStore(database, new MetricSeriesStore(database, 1_000));
const until = Math.floor(Date.now() / 1000 / HOUR_S) * HOUR_S;

/** Durations around 40 ms with a long tail. */
function durations(at: number): Omit<MetricPoint, "key" | "at" | "unit" | "resolution"> {
  const values = Array.from(
    { length: DURATIONS_PER_POINT },
    (_, index) => 40 * Math.exp(2 * Math.sin(at * 7 + index * 13) ** 3),
  );
  const buckets: Record<string, number> = {};
  for (const value of values) buckets[bucketOf(value)] = (buckets[bucketOf(value)] ?? 0) + 1;
  const sum = values.reduce((total, value) => total + value, 0);
  return { count: values.length, sum, min: Math.min(...values), max: Math.max(...values), buckets };
}

const where = { accountId: "000000000000", region: "us-east-1", Namespace: "AWS/Lambda", Dimensions: FUNCTION };
for (let day = 0; day < DAYS; day++) {
  const some: MetricPoint[] = [];
  for (let at = until - (day + 1) * 86_400; at < until - day * 86_400; at += 300) {
    const ones = {
      count: DURATIONS_PER_POINT,
      min: 1,
      max: 1,
      sum: DURATIONS_PER_POINT,
      buckets: { [bucketOf(1)]: DURATIONS_PER_POINT },
    };
    const point = { at, resolution: 60 } as const;
    some.push({ ...point, key: { ...where, MetricName: "Invocations" }, unit: "Count", ...ones });
    some.push({ ...point, key: { ...where, MetricName: "Errors" }, unit: "Count", ...ones });
    some.push({ ...point, key: { ...where, MetricName: "Duration" }, unit: "Milliseconds", ...durations(at) });
  }
  await points.add(some);
}

const client = new CloudWatchClient(hearth.clientConfig);
const query = (Id: string, MetricName: string, Stat: string) => ({
  ...{
    Id,
    MetricStat: {
      Period: HOUR_S,
      Stat,
      Metric: { Namespace: "AWS/Lambda", MetricName, Dimensions: [{ Name: "FunctionName", Value: "f" }] },
    },
  },
});
const QUERIES = {
  "invocations, errors and the average of durations": [
    query("runs", "Invocations", "Sum"),
    query("errors", "Errors", "Sum"),
    query("average", "Duration", "Average"),
  ],
  "p99 of durations": [query("p99", "Duration", "p99")],
};
const range = { StartTime: new Date((until - DAYS * 86_400) * 1000), EndTime: new Date(until * 1000) };
for (const [name, MetricDataQueries] of Object.entries(QUERIES)) {
  const times: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    const since = performance.now();
    const { MetricDataResults = [] } = await client.send(new GetMetricDataCommand({ MetricDataQueries, ...range }));
    times.push(performance.now() - since);
    if (MetricDataResults.some(({ Values = [] }) => Values.length !== DAYS * 24)) throw new Error("values are missing");
  }
  times.sort((a, b) => a - b);
  const [least = 0, median = 0] = [times[0], times[Math.floor(RUNS / 2)]];
  console.log(
    `GetMetricData over ${DAYS} days by hours, ${name}: ${median.toFixed(0)} ms (median), ${least.toFixed(0)} ms (least)`,
  );
}
client.destroy();
