import { HERE } from "@hearth/testkit";
import { expect, test } from "vitest";
import { MetricReader } from "./metricReader.ts";

test("a request that reads more datapoints than memory has room for is refused before all are read", async () => {
  let reads = 0;
  const periods = Array.from({ length: 100_000 }, (_, at) => ({
    ...{ at, unit: "None" as const, count: 1, sum: 1, min: 1, max: 1, buckets: undefined },
  }));
  const reader = new MetricReader({
    series: { find: () => Promise.resolve("1") },
    points: {
      read: () => {
        reads++;
        return Promise.resolve(periods);
      },
    },
  });
  const MetricStat = { Namespace: "n", MetricName: "m", Dimensions: {}, Period: 1, Stat: "Sum" };
  const queries = Array.from({ length: 500 }, (_, at) => ({ Id: `q${at}`, MetricStat }));
  await expect(reader.evaluate(HERE, queries, { from: 0, until: 100_000, now: 100_000 })).rejects.toThrow(
    "the request reads more than 2000000 datapoints",
  );
  expect(reads).toBeLessThan(30);
});
