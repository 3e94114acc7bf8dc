import {
  type Dimension,
  GetMetricDataCommand,
  type GetMetricDataCommandInput,
  GetMetricStatisticsCommand,
  type GetMetricStatisticsCommandInput,
  ListMetricsCommand,
  type MetricDatum,
  PutMetricDataCommand,
} from "@aws-sdk/client-cloudwatch";
import { AwsQueryProtocol, AwsSmithyRpcV2CborProtocol } from "@aws-sdk/core/protocols";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { refusal } from "../refusal.ts";
import { type CloudWatchTarget, cloudwatchTarget } from "./cloudwatchTarget.ts";

let target: CloudWatchTarget;
beforeAll(async () => void (target = await cloudwatchTarget()));
afterAll(async () => await target[Symbol.asyncDispose]());

const HOUR_MS = 3_600_000;
/** The beginning of the hour before the last. */
const START = Math.floor(Date.now() / HOUR_MS) * HOUR_MS - 2 * HOUR_MS;
const at = (minutes: number): Date => new Date(START + minutes * 60_000);

const put = async (Namespace: string, ...MetricData: MetricDatum[]) =>
  await target.cloudwatch.send(new PutMetricDataCommand({ Namespace, MetricData }));
const statistics = async (input: Partial<GetMetricStatisticsCommandInput>) =>
  await target.cloudwatch.send(
    new GetMetricStatisticsCommand({
      ...{ Namespace: "n", MetricName: "m", StartTime: at(0), EndTime: at(60), Period: 300, Statistics: ["Sum"] },
      ...input,
    }),
  );
const data = async (
  Queries: GetMetricDataCommandInput["MetricDataQueries"],
  input: Partial<GetMetricDataCommandInput> = {},
) =>
  await target.cloudwatch.send(
    new GetMetricDataCommand({
      ...{ MetricDataQueries: Queries, StartTime: at(0), EndTime: at(60), ScanBy: "TimestampAscending" },
      ...input,
    }),
  );
const metricStat = (Namespace: string, MetricName: string, Stat = "Sum", Period = 60) => ({
  MetricStat: { Metric: { Namespace, MetricName }, Period, Stat },
});

const PROTOCOLS = {
  json: undefined,
  cbor: AwsSmithyRpcV2CborProtocol,
  query: AwsQueryProtocol,
} as const;

test.for(Object.entries(PROTOCOLS))("what is put comes back in the protocol %s", async ([, protocol]) => {
  const client = target.client(protocol && { protocol });
  const Namespace = target.newName();
  const Dimensions: Dimension[] = [
    { Name: "b", Value: "2" },
    { Name: "a", Value: "1 & <1>" },
  ];
  const MetricData: MetricDatum[] = [1, 2, 3].map((Value) => ({
    ...{ MetricName: "size", Dimensions, Value, Timestamp: at(Value), Unit: "Bytes" },
  }));
  await client.send(new PutMetricDataCommand({ Namespace, MetricData }));
  const { Label, Datapoints } = await client.send(
    new GetMetricStatisticsCommand({
      ...{
        Namespace,
        MetricName: "size",
        Dimensions: Dimensions.toReversed(),
        StartTime: at(0),
        EndTime: at(5),
        Period: 300,
      },
      ...{ Statistics: ["SampleCount", "Average", "Sum", "Minimum", "Maximum"], ExtendedStatistics: ["p50", "p100"] },
    }),
  );
  expect(Label).toBe("size");
  expect(Datapoints).toEqual([
    {
      ...{ Timestamp: at(0), SampleCount: 3, Average: 2, Sum: 6, Minimum: 1, Maximum: 3, Unit: "Bytes" },
      ExtendedStatistics: { p50: expect.closeTo(2, 1), p100: 3 },
    },
  ]);
  const listed = await client.send(new ListMetricsCommand({ Namespace }));
  expect(listed.Metrics).toEqual([{ Namespace, MetricName: "size", Dimensions: expect.arrayContaining(Dimensions) }]);
  const found = await refusal(client.send(new PutMetricDataCommand({ Namespace: "AWS/Mine", MetricData })));
  expect(found.message).toBe("The value AWS/ for parameter Namespace is invalid.");
});

test("a large body may be compressed, as SDKs do", async () => {
  const Namespace = target.newName();
  const MetricData = Array.from({ length: 1_000 }, (_, index) => ({
    ...{ MetricName: "many", Dimensions: [{ Name: "kind", Value: `${index % 3}` }], Value: 1, Timestamp: at(1) },
  }));
  const encodings: (string | undefined)[] = [];
  const client = target.client();
  client.middlewareStack.add(
    (next) => async (args) => {
      encodings.push((args.request as { headers: Record<string, string> }).headers["content-encoding"]);
      return await next(args);
    },
    { step: "finalizeRequest", priority: "low" },
  );
  await client.send(new PutMetricDataCommand({ Namespace, MetricData }));
  expect(encodings).toEqual(["gzip"]);
  const { Metrics } = await client.send(new ListMetricsCommand({ Namespace }));
  expect(Metrics).toHaveLength(3);
});

test("values, counts and statistic sets of one period add up; percentiles need values", async () => {
  const Namespace = target.newName();
  await put(
    Namespace,
    { MetricName: "both", Values: [1, 10], Counts: [9, 1], Timestamp: at(0) },
    { MetricName: "both", Value: 100, Timestamp: at(1) },
    { MetricName: "set", StatisticValues: { SampleCount: 4, Sum: 20, Minimum: 2, Maximum: 8 }, Timestamp: at(0) },
    { MetricName: "set", Value: 40, Timestamp: at(1) },
  );
  const of = async (MetricName: string) =>
    (
      await statistics({
        ...{ Namespace, MetricName, Statistics: ["SampleCount", "Sum", "Minimum", "Maximum"] },
        ExtendedStatistics: ["p90", "p99.9"],
      })
    ).Datapoints;
  expect(await of("both")).toEqual([
    {
      ...{ Timestamp: at(0), SampleCount: 11, Sum: 119, Minimum: 1, Maximum: 100, Unit: "None" },
      ExtendedStatistics: { p90: expect.closeTo(10, 1), "p99.9": expect.closeTo(100, 0) },
    },
  ]);
  expect(await of("set")).toEqual([
    { Timestamp: at(0), SampleCount: 5, Sum: 60, Minimum: 2, Maximum: 40, Unit: "None" },
  ]);
});

test("units are kept apart, and periods begin at the start that is asked for", async () => {
  const Namespace = target.newName();
  await put(
    Namespace,
    ...[0, 3, 6, 9].map((minute) => ({ MetricName: "m", Value: 1, Timestamp: at(minute), Unit: "Count" as const })),
    { MetricName: "m", Value: 5, Timestamp: at(3), Unit: "Seconds" },
  );
  const sums = async (input: Partial<GetMetricStatisticsCommandInput>) =>
    (await statistics({ Namespace, ...input })).Datapoints?.map(({ Timestamp, Unit, Sum }) => [
      ((Timestamp?.getTime() ?? 0) - START) / 60_000,
      Unit,
      Sum,
    ]);
  expect(await sums({ StartTime: at(3) })).toEqual(
    expect.arrayContaining([
      [3, "Count", 2],
      [3, "Seconds", 5],
      [8, "Count", 1],
    ]),
  );
  expect(await sums({ Unit: "Seconds" })).toEqual([[0, "Seconds", 5]]);
});

test("values of a storage resolution of one second are there by second and by minute", async () => {
  const Namespace = target.newName();
  const start = Math.floor(Date.now() / 60_000) * 60_000 - 120_000;
  await put(
    Namespace,
    ...[0, 1, 12].map((second) => ({
      ...{ MetricName: "fine", Value: second, Timestamp: new Date(start + second * 1000), StorageResolution: 1 },
    })),
  );
  const times = { StartTime: new Date(start), EndTime: new Date(start + 60_000) };
  const sums = async (Period: number) =>
    (await statistics({ Namespace, MetricName: "fine", ...times, Period })).Datapoints?.map(({ Sum }) => Sum);
  expect(await sums(10)).toEqual([1, 12]);
  expect(await sums(60)).toEqual([13]);
});

describe("GetMetricData", () => {
  let Namespace: string;
  beforeAll(async () => {
    Namespace = target.newName();
    await put(
      Namespace,
      ...[1, 2, 3].map((minute) => ({ MetricName: "calls", Value: minute * 10, Timestamp: at(minute) })),
      ...[1, 3].map((minute) => ({ MetricName: "errors", Value: minute, Timestamp: at(minute) })),
    );
  });
  const two = () => [
    { Id: "m1", ...metricStat(Namespace, "calls"), ReturnData: false },
    { Id: "m2", ...metricStat(Namespace, "errors"), ReturnData: false },
  ];

  test.for<[string, number[][]]>([
    [
      "m2 / m1 * 100",
      [
        [1, 10],
        [3, 10],
      ],
    ],
    [
      "(m1 + 2) ^ 2 - -1",
      [
        [1, 145],
        [2, 485],
        [3, 1025],
      ],
    ],
    [
      "SUM(METRICS())",
      [
        [1, 11],
        [2, 20],
        [3, 33],
      ],
    ],
    [
      "MAX([m1, m2])",
      [
        [1, 10],
        [2, 20],
        [3, 30],
      ],
    ],
    [
      "m1 - AVG(m1)",
      [
        [1, -10],
        [2, 0],
        [3, 10],
      ],
    ],
    [
      "IF(m1 > 15 AND m1 < 25, m1, 0)",
      [
        [1, 0],
        [2, 20],
        [3, 0],
      ],
    ],
    [
      "IF(m1 >= 20, m1)",
      [
        [2, 20],
        [3, 30],
      ],
    ],
    [
      "RATE(m1) * PERIOD(m1)",
      [
        [2, 10],
        [3, 10],
      ],
    ],
    ["DIFF(m2) / DIFF_TIME(m2)", [[3, 2 / 120]]],
    [
      "RUNNING_SUM(m1)",
      [
        [1, 10],
        [2, 30],
        [3, 60],
      ],
    ],
    [
      "CEIL(m2 / 2) + FLOOR(m2 / 2)",
      [
        [1, 1],
        [3, 3],
      ],
    ],
    ["m1 / 0", []],
  ])("%s", async ([Expression, expected]) => {
    const { MetricDataResults } = await data([...two(), { Id: "e1", Expression, Label: "it" }]);
    const [result] = MetricDataResults ?? [];
    expect(MetricDataResults).toHaveLength(1);
    expect(result).toMatchObject({ Id: "e1", Label: "it", StatusCode: "Complete" });
    const minutes = result?.Timestamps?.map((time) => (time.getTime() - START) / 60_000) ?? [];
    expect(minutes.map((minute, index) => [minute, result?.Values?.[index]])).toEqual(
      expected.map(([minute, value]) => [minute, expect.closeTo(value ?? 0, 6)]),
    );
  });

  test.for<[string, number[]]>([
    ["FILL(m2, 0)", [0, 1, 0, 3, 0]],
    ["FILL(m2, REPEAT)", [1, 1, 3, 3]],
    ["FILL(m2, LINEAR)", [1, 2, 3]],
    ["FILL(m2, m1)", [1, 20, 3]],
  ])("%s", async ([Expression, expected]) => {
    const { MetricDataResults } = await data([...two(), { Id: "e1", Expression }], { EndTime: at(5) });
    expect(MetricDataResults?.[0]?.Values).toEqual(expected);
  });

  test("results are pages of datapoints, the latest first by default", async () => {
    const queries = [
      { Id: "m1", ...metricStat(Namespace, "calls") },
      { Id: "m2", ...metricStat(Namespace, "errors") },
      { Id: "none", ...metricStat(Namespace, "nothing") },
    ];
    const first = await data(queries, { MaxDatapoints: 4, ScanBy: undefined });
    expect(first.MetricDataResults).toMatchObject([
      { Id: "m1", Values: [30, 20, 10], StatusCode: "Complete" },
      { Id: "m2", Values: [3], StatusCode: "PartialData" },
      { Id: "none", Values: [] },
    ]);
    const second = await data(queries, { MaxDatapoints: 4, ScanBy: undefined, NextToken: first.NextToken });
    expect(second.MetricDataResults).toMatchObject([{ Id: "m2", Values: [1], StatusCode: "Complete" }]);
    expect(second.NextToken).toBeUndefined();
  });

  test.for<[string, RegExp]>([
    ["SEARCH('x', 'Sum')", /SEARCH is not supported/],
    ["m1 + m9", /no metric with the id 'm9'/],
    ["m1 +", /'the end' is not expected/],
    ["e1 + 1", /depends on itself/],
    [`${"(".repeat(200)}m1${")".repeat(200)}`, /nested/],
    ["AVG(m1)", /does not return a time series/],
    ["m1 $ 2", /'\$' is not expected/],
    [`m1 + "${"x".repeat(30)}`, /not closed/],
  ])("the expression %s is refused", async ([Expression, message]) => {
    const found = await refusal(data([...two(), { Id: "e1", Expression }]));
    expect(found).toMatchObject({ status: 400, message: expect.stringMatching(message) });
    expect(found.name).toMatch(/^Validation(Error|Exception)$/);
  });
});

test("metrics are listed by name, dimension and pages of 500", async () => {
  const Namespace = target.newName();
  const datum = (MetricName: string, kind: number) => ({
    ...{ MetricName, Value: 1, Dimensions: [{ Name: "kind", Value: `${kind}` }] },
  });
  await put(Namespace, ...Array.from({ length: 501 }, (_, kind) => datum("a", kind)), datum("b", 1), {
    MetricName: "b",
    Value: 1,
  });
  const list = async (input: object) =>
    await target.cloudwatch.send(new ListMetricsCommand({ Namespace, RecentlyActive: "PT3H", ...input }));
  const first = await list({});
  expect(first.Metrics).toHaveLength(500);
  expect((await list({ NextToken: first.NextToken })).Metrics).toHaveLength(3);
  expect((await list({ MetricName: "b" })).Metrics).toHaveLength(2);
  expect((await list({ MetricName: "b", Dimensions: [{ Name: "kind" }] })).Metrics).toHaveLength(1);
  expect((await list({ Dimensions: [{ Name: "kind", Value: "1" }] })).Metrics).toHaveLength(2);
  expect((await refusal(list({ NextToken: "x" }))).name).toBe("InvalidNextToken");
});

test.for<[MetricDatum, RegExp]>([
  [{ MetricName: "m" }, /must be specified/],
  [{ MetricName: "m", Value: 1, Values: [1] }, /mutually exclusive/],
  [{ MetricName: "m", Values: [1, 2], Counts: [1] }, /same size/],
  [{ MetricName: "m", Values: Array.from({ length: 151 }, () => 1) }, /between 1 and 150/],
  [{ MetricName: "m", Value: 2 ** 361 }, /is invalid/],
  [{ MetricName: "m", Value: 1, Timestamp: new Date(Date.now() - 15 * 24 * HOUR_MS) }, /within the past two weeks/],
  [{ MetricName: "m", Value: 1, Timestamp: new Date(Date.now() + 3 * HOUR_MS) }, /two hours in the future/],
  [{ MetricName: "m", Value: 1, StorageResolution: 5 }, /1 or 60/],
  [
    {
      MetricName: "m",
      Value: 1,
      Dimensions: [
        { Name: "a", Value: "1" },
        { Name: "a", Value: "2" },
      ],
    },
    /same name/,
  ],
])("the datum %j is refused", async ([datum, message]) => {
  const found = await refusal(put(target.newName(), datum));
  expect(found).toMatchObject({ status: 400, message: expect.stringMatching(message) });
});

test("too many datapoints, and a period that does not exist, are refused", async () => {
  expect((await refusal(statistics({ Period: 60, EndTime: at(60 * 25) }))).message).toMatch(
    /You have requested up to 1,500 datapoints, which exceeds the limit of 1,440/,
  );
  expect((await refusal(statistics({ Period: 61 }))).message).toMatch(/Period/);
  expect((await refusal(statistics({ EndTime: at(0) }))).message).toMatch(/must be less than/);
});
