import { CloudWatchClient, GetMetricStatisticsCommand } from "@aws-sdk/client-cloudwatch";
import {
  DeleteMetricFilterCommand,
  DescribeLogGroupsCommand,
  DescribeMetricFiltersCommand,
  type MetricTransformation,
  PutMetricFilterCommand,
  TestMetricFilterCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { skipReason } from "@hearth/testkit";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { refusal } from "../refusal.ts";
import { type LogsTarget, logsTarget } from "./logsTarget.ts";

let target: LogsTarget;
let cloudwatch: CloudWatchClient;
beforeAll(async () => {
  target = await logsTarget();
  cloudwatch = new CloudWatchClient(await target.config());
});
afterAll(async () => {
  cloudwatch.destroy();
  await target[Symbol.asyncDispose]();
});

const put = async (
  logGroupName: string,
  filterName: string,
  filterPattern: string,
  metricTransformation: MetricTransformation,
) =>
  await target.logs.send(
    new PutMetricFilterCommand({
      logGroupName,
      filterName,
      filterPattern,
      metricTransformations: [metricTransformation],
    }),
  );

describe("metric filters", skipReason(process.env["TARGET"] === "aws" ? "metrics come late there" : undefined), () => {
  test("values of events that match are put into CloudWatch", { timeout: 60_000 }, async () => {
    const logGroupName = await target.groupWith("s");
    const metricNamespace = target.newName();
    await put(logGroupName, "errors", '{ $.level = "error" }', {
      metricNamespace,
      metricName: "Errors",
      metricValue: "1",
      defaultValue: 0,
    });
    await put(logGroupName, "times", "{ $.ms = * }", {
      metricNamespace,
      metricName: "Time",
      metricValue: "$.ms",
      unit: "Milliseconds",
      dimensions: { User: "$.user" },
    });
    const lines = [
      { level: "info", ms: 10, user: "ann" },
      { level: "error", ms: 30, user: "ann" },
      { level: "error", ms: 5, user: "bob" },
      { level: "error", ms: 7 },
    ];
    await target.put(
      logGroupName,
      "s",
      lines.map((line) => JSON.stringify(line)),
    );
    const statistics = async (MetricName: string, User?: string) => {
      const now = Date.now();
      const { Datapoints = [] } = await cloudwatch.send(
        new GetMetricStatisticsCommand({
          Namespace: metricNamespace,
          MetricName,
          ...(User !== undefined && { Dimensions: [{ Name: "User", Value: User }] }),
          StartTime: new Date(now - 3_600_000),
          EndTime: new Date(now + 60_000),
          Period: 86_400,
          Statistics: ["Sum", "SampleCount", "Maximum"],
        }),
      );
      const [first] = Datapoints;
      return first && [first.Sum, first.SampleCount, first.Maximum, first.Unit];
    };
    await vi.waitFor(async () => expect(await statistics("Errors")).toEqual([3, 3, 1, "None"]), {
      timeout: 20_000,
      interval: 200,
    });
    expect(await statistics("Time", "ann")).toEqual([40, 2, 30, "Milliseconds"]);
    expect(await statistics("Time", "bob")).toEqual([5, 1, 5, "Milliseconds"]);
    expect(await statistics("Time")).toBeUndefined();
  });

  test("filters are put, described, counted and deleted", async () => {
    const logGroupName = await target.groupWith();
    const metric = { metricName: "m", metricNamespace: target.newName(), metricValue: "$size" };
    await put(logGroupName, "one", "[ip, size > 10]", { ...metric, defaultValue: 2.5 });
    await put(logGroupName, "two", "{ $.a = 1 }", { ...metric, metricValue: "1", dimensions: { A: "$.a" } });
    const { metricFilters } = await target.logs.send(new DescribeMetricFiltersCommand({ logGroupName }));
    expect(metricFilters).toEqual([
      {
        filterName: "one",
        filterPattern: "[ip, size > 10]",
        metricTransformations: [{ ...metric, defaultValue: 2.5, unit: "None" }],
        applyOnTransformedLogs: false,
        creationTime: expect.any(Number),
        logGroupName,
      },
      expect.objectContaining({
        filterName: "two",
        metricTransformations: [{ ...metric, metricValue: "1", dimensions: { A: "$.a" }, unit: "None" }],
      }),
    ]);
    const { metricName, metricNamespace } = metric;
    const page = await target.logs.send(new DescribeMetricFiltersCommand({ metricName, metricNamespace, limit: 1 }));
    const { nextToken } = page;
    const next = await target.logs.send(new DescribeMetricFiltersCommand({ metricName, metricNamespace, nextToken }));
    expect([...(page.metricFilters ?? []), ...(next.metricFilters ?? [])]).toHaveLength(2);
    const count = async () =>
      (await target.logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: logGroupName }))).logGroups?.[0]
        ?.metricFilterCount;
    expect(await count()).toBe(2);
    await target.logs.send(new DeleteMetricFilterCommand({ logGroupName, filterName: "one" }));
    expect(await count()).toBe(1);
    expect(
      await refusal(target.logs.send(new DeleteMetricFilterCommand({ logGroupName, filterName: "one" }))),
    ).toMatchObject({ name: "ResourceNotFoundException" });
  });

  test("refuses what can give no value, and too many regular expressions", async () => {
    const logGroupName = await target.groupWith();
    const metric = { metricName: "m", metricNamespace: "n", metricValue: "1" };
    for (const [pattern, transformation] of [
      ["ERROR", { ...metric, metricValue: "$.a" }],
      ["{ $.a = 1 }", { ...metric, metricValue: "$a" }],
      ["{ $.a = 1 }", { ...metric, metricValue: "many" }],
      ["{ $.a = 1 }", { ...metric, dimensions: { A: "$.a" }, defaultValue: 0 }],
      ["{ $.a = 1 }", { ...metric, dimensions: { A: "$.a", B: "$.a", C: "$.a", D: "$.a" } }],
      ["{ $.a = 1 }", { ...metric, metricNamespace: "AWS/Lambda" }],
      ["{ $.a", metric],
    ] as const) {
      expect(await refusal(put(logGroupName, "f", pattern, transformation))).toMatchObject({
        name: "InvalidParameterException",
      });
    }
    for (let at = 0; at < 5; at++) await put(logGroupName, `regex-${at}`, `%E${at}%`, metric);
    expect(await refusal(put(logGroupName, "regex-5", "%E5%", metric))).toMatchObject({
      name: "LimitExceededException",
    });
    await put(logGroupName, "regex-4", "%again%", metric);
  });
});

test("TestMetricFilter shows what matches, with the values that the pattern names", async () => {
  const tested = async (filterPattern: string, ...logEventMessages: string[]) =>
    (await target.logs.send(new TestMetricFilterCommand({ filterPattern, logEventMessages }))).matches;
  expect(await tested("[ip, user, status = 4*]", "127.0.0.1 frank 404", "127.0.0.1 frank 200")).toEqual([
    {
      eventNumber: 1,
      eventMessage: "127.0.0.1 frank 404",
      extractedValues: { $ip: "127.0.0.1", $user: "frank", $status: "404" },
    },
  ]);
  expect(await tested('{ $.a = "x*" }', '{"a":"y"}', '{"a":"xy"}')).toEqual([
    { eventNumber: 2, eventMessage: '{"a":"xy"}', extractedValues: { "$.a": "xy" } },
  ]);
  expect(await tested("%\\d{3}%", "abc", "a 123")).toMatchObject([{ eventNumber: 2 }]);
  expect(
    await refusal(target.logs.send(new TestMetricFilterCommand({ filterPattern: "{", logEventMessages: ["a"] }))),
  ).toMatchObject({ name: "InvalidParameterException", status: 400 });
});
