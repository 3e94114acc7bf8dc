import { expect, test } from "vitest";
import { embeddedMetrics } from "./embeddedMetrics.ts";

const WHERE = { accountId: "000000000000", region: "us-east-1" };
const NOW = Date.UTC(2026, 10, 29);

function line(changes: object = {}, directive: object = {}): object {
  return {
    _aws: {
      Timestamp: NOW,
      CloudWatchMetrics: [
        {
          Namespace: "shop",
          Dimensions: [["service"], ["service", "kind"]],
          Metrics: [{ Name: "latency", Unit: "Milliseconds", StorageResolution: 1 }, { Name: "orders" }],
          ...directive,
        },
      ],
    },
    ...{ service: "cart", kind: "x", latency: [1, 2.5], orders: 3, requestId: "r" },
    ...changes,
  };
}

const read = (message: string) => embeddedMetrics(WHERE, { timestamp: NOW, message }, NOW);
const brief = (message: string) =>
  read(message).map(({ MetricName, value, Dimensions }) => `${MetricName} ${value} ${JSON.stringify(Dimensions)}`);

const ALL = [
  'latency 1 {"service":"cart"}',
  'latency 2.5 {"service":"cart"}',
  'orders 3 {"service":"cart"}',
  'latency 1 {"service":"cart","kind":"x"}',
  'latency 2.5 {"service":"cart","kind":"x"}',
  'orders 3 {"service":"cart","kind":"x"}',
];

test("a line in embedded metric format has a value for each metric and set of dimensions", () => {
  expect(brief(JSON.stringify(line()))).toEqual(ALL);
  expect(read(JSON.stringify(line()))[0]).toEqual({
    ...WHERE,
    ...{ Namespace: "shop", MetricName: "latency", Dimensions: { service: "cart" } },
    ...{ value: 1, unit: "Milliseconds", at: NOW, resolution: 1 },
  });
});

test("it may have a time and a request id in front, or be the message of a record in JSON", () => {
  expect(brief(`2026-11-29T00:00:00.000Z\tid\tINFO\t${JSON.stringify(line())}`)).toEqual(ALL);
  expect(brief(JSON.stringify({ timestamp: "t", level: "INFO", message: line() }))).toEqual(ALL);
});

test.for<[string, string]>([
  ["another line", "START"],
  ["no JSON", '{"CloudWatchMetrics"'],
  [
    "no timestamp",
    JSON.stringify({ _aws: { CloudWatchMetrics: [{ Namespace: "n", Metrics: [{ Name: "m" }] }] }, m: 1 }),
  ],
  [
    "an old time",
    JSON.stringify(line({ _aws: { ...(line() as { _aws: object })._aws, Timestamp: NOW - 15 * 86_400_000 } })),
  ],
  ["a namespace of AWS", JSON.stringify(line({}, { Namespace: "AWS/Lambda" }))],
  ["a dimension without a value", JSON.stringify(line({}, { Dimensions: [["missing"]] }))],
  ["a metric without a value", JSON.stringify(line({ latency: "1", orders: null }))],
  ["a dimension of the prototype", JSON.stringify(line({}, { Dimensions: [["constructor"]] }))],
])("%s has no metrics", ([, message]) => {
  expect(read(message)).toEqual([]);
});

test("a line has at most a thousand values", () => {
  const Dimensions = Array.from({ length: 50 }, () => ["service"]);
  const latency = Array.from({ length: 500 }, () => 1);
  expect(read(JSON.stringify(line({ latency }, { Dimensions })))).toHaveLength(1_000);
});
