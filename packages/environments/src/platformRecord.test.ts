import { expect, test } from "vitest";
import { LogTelemetry } from "./logTelemetry.ts";
import { instanceIdOf, newLogStream } from "./newLogStream.ts";
import type { PlatformEvent } from "./platformEvent.ts";
import { ManualClock, type Random } from "@hearth/kit";
import { testVersion } from "./testing/testVersion.ts";
import type { TelemetryEvent } from "@hearth/runtime-api";

// Every member of AWS's documented schemas against what subscribers get.

/** What a member has to be; with `?` it may be missing. */
type Shape = Readonly<Record<string, string>>;

/** https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html, for schema 2025-01-29. */
const TELEMETRY: Readonly<Record<string, Shape>> = {
  "platform.initStart": {
    functionName: "String",
    functionVersion: "String",
    initializationType: "on-demand|provisioned-concurrency",
    instanceId: "String?",
    instanceMaxMemory: "Integer?",
    phase: "init|invoke|snap-start",
    runtimeVersion: "String?",
    runtimeVersionArn: "String?",
  },
  "platform.initRuntimeDone": {
    initializationType: "on-demand|provisioned-concurrency",
    phase: "init|invoke|snap-start",
    status: "success|failure|error|timeout",
    errorType: "String?",
    spans: "Span?",
  },
  "platform.initReport": {
    errorType: "String?",
    initializationType: "on-demand|provisioned-concurrency",
    phase: "init|invoke|snap-start",
    metrics: "InitReportMetrics",
    spans: "Span?",
    status: "success|failure|error|timeout",
  },
  // functionArn is not in the documentation, and in logs of October 2026.
  "platform.start": { requestId: "String", functionArn: "String?", version: "String?", tracing: "TraceContext?" },
  "platform.runtimeDone": {
    errorType: "String?",
    metrics: "RuntimeDoneMetrics?",
    requestId: "String",
    status: "success|failure|error|timeout",
    spans: "Span?",
    tracing: "TraceContext?",
  },
  "platform.report": {
    metrics: "ReportMetrics",
    requestId: "String",
    spans: "Span?",
    status: "success|failure|error|timeout",
    errorType: "String?",
    tracing: "TraceContext?",
  },
  // The documentation says String here, and has a number in its example.
  "platform.restoreStart": {
    functionName: "String",
    functionVersion: "String",
    instanceId: "String?",
    instanceMaxMemory: "Integer?",
    runtimeVersion: "String?",
    runtimeVersionArn: "String?",
  },
  "platform.restoreRuntimeDone": { errorType: "String?", spans: "Span?", status: "success|failure|error|timeout" },
  "platform.restoreReport": {
    errorType: "String?",
    metrics: "RestoreReportMetrics?",
    spans: "Span?",
    status: "success|failure|error|timeout",
  },
  // errorType is not in the documentation, and is where the extension has failed.
  "platform.extension": { events: "Strings", name: "String", state: "String", errorType: "String?" },
  "platform.telemetrySubscription": { name: "String", state: "String", types: "Strings" },
};
/** https://docs.aws.amazon.com/lambda/latest/dg/runtimes-logs-api.html, for schema 2021-03-18. */
const LOGS: Readonly<Record<string, Shape>> = {
  "platform.start": { requestId: "String", version: "String?", tracing: "TraceContext?" },
  "platform.end": { requestId: "String" },
  "platform.report": { requestId: "String", metrics: "ReportMetrics", tracing: "TraceContext?" },
  "platform.extension": { events: "Strings", name: "String", state: "String", errorType: "String?" },
  "platform.logsSubscription": { name: "String", state: "String", types: "Strings" },
  "platform.runtimeDone": { requestId: "String", status: "success|failure|error|timeout" },
};
const OBJECTS: Readonly<Record<string, Shape>> = {
  InitReportMetrics: { durationMs: "Double" },
  RestoreReportMetrics: { durationMs: "Double" },
  RuntimeDoneMetrics: { durationMs: "Double", producedBytes: "Integer?" },
  ReportMetrics: {
    billedDurationMs: "Integer",
    durationMs: "Double",
    initDurationMs: "Double?",
    maxMemoryUsedMB: "Integer",
    memorySizeMB: "Integer",
    restoreDurationMs: "Double?",
  },
  TraceContext: { spanId: "String?", type: "X-Amzn-Trace-Id", value: "String" },
};

/** What is wrong with a value, by its path. */
function faults(value: unknown, kind: string, path: string): readonly string[] {
  const shape = OBJECTS[kind];
  if (shape) return faultsOf(value as object, shape, path);
  const is = (holds: boolean): readonly string[] => (holds ? [] : [`${path} is no ${kind}: ${JSON.stringify(value)}`]);
  if (kind === "String") return is(typeof value === "string");
  if (kind === "Integer") return is(Number.isInteger(value));
  if (kind === "Double") return is(typeof value === "number" && value >= 0);
  if (kind === "Strings") return is(Array.isArray(value) && value.every((one) => typeof one === "string"));
  if (kind === "Span")
    return (value as object[]).flatMap((span) =>
      faultsOf(span, { name: "String", start: "String", durationMs: "Double" }, `${path}[]`),
    );
  return is(kind.split("|").includes(String(value)));
}

function faultsOf(record: object, shape: Shape, path: string): readonly string[] {
  const fields = record as Readonly<Record<string, unknown>>;
  return [
    ...Object.keys(fields)
      .filter((name) => !(name in shape))
      .map((name) => `${path}.${name} is not documented`),
    ...Object.entries(shape).flatMap(([name, kind]) => {
      if (fields[name] === undefined) return kind.endsWith("?") ? [] : [`${path}.${name} is missing`];
      return faults(fields[name], kind.replace("?", ""), `${path}.${name}`);
    }),
  ];
}

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
const TRACING = { spanId: "54565fb41ac79632", value: "Root=1-62e900b2-710d76f009d6e7785905449a;Parent=a;Sampled=1" };
const INIT = { initializationType: "on-demand", phase: "init", durationMs: 5.25 } as const;
const DONE = { requestId: "r", durationMs: 100, status: "success", errorType: undefined, tracing: TRACING } as const;
const EVENTS: readonly PlatformEvent[] = [
  {
    type: "initStart",
    initializationType: "on-demand",
    runtimeVersion: "nodejs:24.x",
    runtimeVersionArn: "arn",
    functionName: "f",
    functionVersion: "$LATEST",
    instanceId: "2026/01/02/f[$LATEST]0",
    memorySizeMb: 256,
  },
  { type: "initRuntimeDone", ...INIT, status: "success", errorType: undefined },
  { type: "initReport", ...INIT, status: "error", errorType: "Runtime.ExitError" },
  {
    type: "restoreStart",
    runtimeVersion: "python:3.13",
    runtimeVersionArn: "arn",
    functionName: "f",
    functionVersion: "1",
    instanceId: "2026/01/02/f[1]0",
    memorySizeMb: 256,
  },
  { type: "restoreRuntimeDone", status: "success", durationMs: 1.5, errorType: undefined },
  { type: "restoreReport", status: "success", durationMs: 1.5, errorType: undefined },
  { type: "extension", name: "agent", state: "Ready", events: ["INVOKE"], errorType: undefined },
  { type: "telemetrySubscription", name: "agent", state: "Subscribed", types: ["platform"] },
  { type: "logsSubscription", name: "agent", state: "Subscribed", types: ["platform"] },
  { type: "start", requestId: "r", functionArn: "arn:f", version: "$LATEST", tracing: TRACING },
  { type: "runtimeDone", ...DONE, producedBytes: 16, response: { beganMs: 70, endedMs: 90 } },
  { type: "end", requestId: "r" },
  {
    type: "report",
    ...DONE,
    billedMs: 130,
    memorySizeMb: 256,
    maxMemoryUsedMb: 84,
    initDurationMs: 5.25,
    restoreDurationMs: 1.5,
    extensionsMs: 24.5,
  },
];

/** The events as the subscribers of an API get them, by type. */
function published(api: "telemetry" | "logs"): ReadonlyMap<string, object> {
  const events: TelemetryEvent[] = [];
  const telemetry = new LogTelemetry(
    { publish: (event) => void events.push(event) },
    { LogFormat: "Text" },
    new ManualClock(),
  );
  for (const event of EVENTS) telemetry.event(event, NOW);
  return new Map(
    events
      .filter((event) => event.api === undefined || event.api === api)
      .map(({ name, record, olderRecord }) => [
        name,
        JSON.parse(api === "logs" ? (olderRecord ?? record) : record) as object,
      ]),
  );
}

test.each([
  ["telemetry", TELEMETRY],
  ["logs", LOGS],
] as const)("events of the platform have the members of AWS's schema: %s", (api, shapes) => {
  const found = published(api);
  expect([...found.keys()].toSorted()).toEqual(Object.keys(shapes).toSorted());
  for (const [name, record] of found) expect(faultsOf(record, shapes[name] ?? {}, name)).toEqual([]);
});

test("a trace names the span of the run, and spans tell when the response came and how long extensions took", () => {
  const events = published("telemetry");
  const tracing = { type: "X-Amzn-Trace-Id", ...TRACING };
  for (const name of ["platform.start", "platform.runtimeDone", "platform.report"])
    expect(events.get(name)).toMatchObject({ tracing });
  expect(events.get("platform.runtimeDone")).toMatchObject({
    spans: [
      { name: "responseLatency", start: "2026-01-02T03:04:05.578Z", durationMs: 70 },
      { name: "responseDuration", start: "2026-01-02T03:04:05.648Z", durationMs: 20 },
      { name: "runtimeOverhead", start: "2026-01-02T03:04:05.668Z", durationMs: 10 },
    ],
  });
  expect(events.get("platform.report")).toMatchObject({
    spans: [{ name: "extensionOverhead", start: "2026-01-02T03:04:05.653Z", durationMs: 24.5 }],
  });
});

test("an environment is named as its log stream is, with the function's name, and its memory is in bytes", () => {
  const events = published("telemetry");
  const instanceMaxMemory = 268_435_456;
  expect(events.get("platform.initStart")).toMatchObject({ instanceId: "2026/01/02/f[$LATEST]0", instanceMaxMemory });
  expect(events.get("platform.restoreStart")).toMatchObject({ instanceId: "2026/01/02/f[1]0", instanceMaxMemory });
  const version = testVersion({ FunctionName: "my-function" });
  const stream = newLogStream(version, NOW, { hex: () => "ff" } as unknown as Random);
  expect(stream.logStreamName).toBe("2026/01/02/[$LATEST]ff");
  expect(instanceIdOf(version, stream)).toBe("2026/01/02/my-function[$LATEST]ff");
});

test("a line is an object where the log format is JSON and it is one, and text for older schemas", () => {
  const events: TelemetryEvent[] = [];
  const publish = (event: TelemetryEvent): void => void events.push(event);
  const lines = ['{"level":"INFO"}', "{no", "text"];
  for (const LogFormat of ["JSON", "Text"] as const)
    new LogTelemetry({ publish }, { LogFormat }, new ManualClock()).lines("function", lines, NOW);
  expect(events.map(({ record, olderRecord }) => [record, olderRecord])).toEqual([
    ['{"level":"INFO"}', '"{\\"level\\":\\"INFO\\"}"'],
    ['"{no"', undefined],
    ['"text"', undefined],
    ['"{\\"level\\":\\"INFO\\"}"', undefined],
    ['"{no"', undefined],
    ['"text"', undefined],
  ]);
});
