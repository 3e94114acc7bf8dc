import { Registry } from "prom-client";
import { expect, test } from "vitest";
import { Distribution, ExportedHistogram } from "./distribution.ts";

test("distributions are scraped as a histogram's series, and those without observations are not", async () => {
  const registry = new Registry();
  const distribution = new Distribution([0.1, 1]);
  const series = [
    [{ color: "red" }, distribution],
    [{ color: "blue" }, new Distribution([0.1, 1])],
  ] as const;
  const shape = { name: "toy_seconds", help: "Toys.", labelNames: ["color"], buckets: [0.1, 1] } as const;
  new ExportedHistogram({ ...shape, registry, series: () => series });
  for (const seconds of [0.05, 0.1, 0.5, 7]) distribution.add(seconds);
  expect((await registry.metrics()).split("\n").filter(Boolean)).toEqual([
    "# HELP toy_seconds Toys.",
    "# TYPE toy_seconds histogram",
    'toy_seconds_bucket{color="red",le="0.1"} 2',
    'toy_seconds_bucket{color="red",le="1"} 3',
    'toy_seconds_bucket{color="red",le="+Inf"} 4',
    'toy_seconds_sum{color="red"} 7.65',
    'toy_seconds_count{color="red"} 4',
  ]);
});
