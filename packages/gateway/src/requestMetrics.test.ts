import { ManualClock } from "@hearth/kit";
import type { MetricSample } from "@hearth/model";
import { expect, test } from "vitest";
import { HTTP_API_METRICS, RequestMetrics, URL_METRICS } from "./requestMetrics.ts";

const owner = { accountId: "000000000000", region: "us-east-1" };
const at = Date.UTC(2026, 3, 10, 13, 30, 5);

function opened() {
  const samples: MetricSample[] = [];
  const clock = new ManualClock();
  const metrics = new RequestMetrics({ sink: { put: (sample) => void samples.push(sample) }, clock });
  const said = (name: string, dimensions?: object): readonly (readonly [number, number | undefined])[] =>
    samples
      .filter(
        ({ MetricName, Dimensions }) =>
          MetricName === name && (!dimensions || JSON.stringify(Dimensions) === JSON.stringify(dimensions)),
      )
      .map(({ value, count }) => [value, count] as const);
  return { samples, clock, metrics, said };
}

test("requests are counted in memory and handed over together, with zeros where there was no error", async () => {
  const { samples, clock, metrics, said } = opened();
  const series = metrics.series(HTTP_API_METRICS, owner, [{ ApiId: "a" }, { ApiId: "a", Stage: "dev" }]);
  series.add({ at, status: 200, latencyMs: 1.234, integrationMs: 1 });
  series.add({ at, status: 404, latencyMs: 1.21 });
  series.add({ at, status: 500, latencyMs: 20.6, integrationMs: 19.7 });
  expect(samples).toEqual([]);
  await clock.advance(1_000);
  const stage = { ApiId: "a", Stage: "dev" };
  expect(said("Count", stage)).toEqual([[1, 3]]);
  expect(said("4xx", stage)).toEqual([
    [1, 1],
    [0, 2],
  ]);
  expect(said("5xx", { ApiId: "a" })).toEqual([
    [1, 1],
    [0, 2],
  ]);
  expect(said("Latency", stage)).toEqual([
    [1.2, 2],
    [21, 1],
  ]);
  expect(said("IntegrationLatency", stage)).toEqual([
    [1, 1],
    [20, 1],
  ]);
  expect(samples.every((sample) => sample.Namespace === "AWS/ApiGateway" && sample.at === at)).toBe(true);
  samples.length = 0;
  await clock.advance(60_000);
  expect(samples).toEqual([]);
});

test("a value belongs to its minute, and none is lost when the process stops", async () => {
  const { samples, clock, metrics, said } = opened();
  const series = metrics.series(URL_METRICS, owner, [{ FunctionName: "f" }]);
  series.add({ at, status: 200, latencyMs: 1 });
  series.add({ at: at + 60_000, status: 403, latencyMs: 2 });
  expect(said("UrlRequestCount")).toEqual([[1, 1]]);
  metrics[Symbol.dispose]();
  expect(said("UrlRequestCount")).toEqual([
    [1, 1],
    [1, 1],
  ]);
  expect(samples.filter(({ MetricName }) => MetricName === "UrlRequestCount").map((one) => one.at)).toEqual([
    at,
    at + 60_000,
  ]);
  expect(said("Url4xxCount")).toEqual([
    [0, 1],
    [1, 1],
  ]);
  expect(said("IntegrationLatency")).toEqual([]);
  await clock.advance(60_000);
});

test("many different latencies do not fill the memory", () => {
  const { samples, metrics } = opened();
  const series = metrics.series(URL_METRICS, owner, [{ FunctionName: "f" }]);
  for (let ms = 0; ms < 5_000; ms++) series.add({ at, status: 200, latencyMs: 100 + ms });
  metrics.flush();
  const counted = (name: string) =>
    samples.filter(({ MetricName }) => MetricName === name).reduce((sum, { count = 1 }) => sum + count, 0);
  expect([counted("UrlRequestCount"), counted("UrlRequestLatency")]).toEqual([5_000, 5_000]);
  expect(samples.filter(({ MetricName }) => MetricName === "UrlRequestCount").length).toBeGreaterThan(3);
});
