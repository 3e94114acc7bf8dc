import { expect, test } from "vitest";
import type { PlatformEvent, ReportFigures } from "./platformEvent.ts";
import { platformLine } from "./reportLine.ts";

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
const text = (event: PlatformEvent) => platformLine({ LogFormat: "Text" }, event, NOW);
const json = (event: PlatformEvent): unknown => {
  const line = platformLine({ LogFormat: "JSON" }, event, NOW);
  return line === undefined ? undefined : JSON.parse(line);
};
const FUNCTION = { functionName: "f", functionVersion: "1", instanceId: "2026/01/02/f[1]0", memorySizeMb: 128 };
const FIGURES: ReportFigures = {
  requestId: "r",
  durationMs: 1.2,
  billedMs: 2,
  memorySizeMb: 128,
  maxMemoryUsedMb: 38,
  initDurationMs: undefined,
  status: "success",
  errorType: undefined,
};

test("text lines equal AWS's word for word", () => {
  expect(text({ type: "start", requestId: "r", functionArn: "arn:f", version: "$LATEST" })).toBe(
    "START RequestId: r Version: $LATEST",
  );
  expect(text({ type: "end", requestId: "r" })).toBe("END RequestId: r");
  expect(text({ type: "report", ...FIGURES })).toBe(
    "REPORT RequestId: r\tDuration: 1.20 ms\tBilled Duration: 2 ms\tMemory Size: 128 MB\tMax Memory Used: 38 MB\t",
  );
  expect(text({ type: "report", ...FIGURES, initDurationMs: 5 })).toBe(
    "REPORT RequestId: r\tDuration: 1.20 ms\tBilled Duration: 2 ms\tMemory Size: 128 MB\tMax Memory Used: 38 MB\tInit Duration: 5.00 ms\t",
  );
  expect(text({ type: "report", ...FIGURES, status: "timeout" })).toMatch(/Max Memory Used: 38 MB\tStatus: timeout$/);
  expect(text({ type: "report", ...FIGURES, status: "failure", errorType: "Runtime.ExitError" })).toMatch(
    /Max Memory Used: 38 MB\tStatus: error\tError Type: Runtime\.ExitError$/,
  );
  expect(text({ type: "report", ...FIGURES, status: "error", errorType: "ValueError" })).toMatch(/38 MB\t$/);
  const tracing = { spanId: "07f5aaaa2d1f6f85", value: "Root=1-5e34a614-10bdaaaaf1fb44f07bc535a1;Parent=a;Sampled=1" };
  expect(text({ type: "report", ...FIGURES, tracing })).toMatch(
    /38 MB\t\nXRAY TraceId: 1-5e34a614-10bdaaaaf1fb44f07bc535a1\tSegmentId: 07f5aaaa2d1f6f85\tSampled: true\t$/,
  );
  expect(text({ type: "report", ...FIGURES, tracing: { value: tracing.value } })).toMatch(/38 MB\t$/);
  expect(text({ type: "fault", requestId: "r", fault: { kind: "timeout", afterMs: 3000 } })).toBe(
    "2026-01-02T03:04:05.678Z r Task timed out after 3.00 seconds\n",
  );
  const exit = {
    kind: "exit",
    error: "Runtime exited with error: exit status 1",
    errorType: "Runtime.ExitError",
  } as const;
  expect(text({ type: "fault", requestId: "r", fault: exit })).toBe(
    "RequestId: r Error: Runtime exited with error: exit status 1\nRuntime.ExitError",
  );
  expect(
    text({
      type: "initStart",
      initializationType: "on-demand",
      runtimeVersion: "nodejs:24.hearth",
      runtimeVersionArn: "arn",
      ...FUNCTION,
    }),
  ).toBe("INIT_START Runtime Version: nodejs:24.hearth\tRuntime Version ARN: arn");
  const init = { initializationType: "on-demand", phase: "init", durationMs: 1.5, errorType: undefined } as const;
  const failed = { ...init, type: "initReport" } as const;
  expect(text({ ...failed, status: "timeout", errorType: undefined })).toBe(
    "INIT_REPORT Init Duration: 1.50 ms\tPhase: init\tStatus: timeout",
  );
  expect(text({ ...failed, status: "error", errorType: "E" })).toBe(
    "INIT_REPORT Init Duration: 1.50 ms\tPhase: init\tStatus: error\tError Type: E",
  );
  expect(text({ ...failed, status: "success" })).toBeUndefined();
  expect(text({ ...init, type: "initRuntimeDone", status: "error" })).toBeUndefined();
  expect(text({ ...FIGURES, type: "runtimeDone", producedBytes: 2, status: "error" })).toBeUndefined();
});

test("in JSON format each line is a platform event, and END has none", () => {
  expect(json({ type: "start", requestId: "r", functionArn: "arn:f", version: "1" })).toEqual({
    time: "2026-01-02T03:04:05.678Z",
    type: "platform.start",
    record: { requestId: "r", functionArn: "arn:f", version: "1" },
  });
  expect(json({ type: "end", requestId: "r" })).toBeUndefined();
  expect(json({ type: "report", ...FIGURES, initDurationMs: 4 })).toMatchObject({
    type: "platform.report",
    record: {
      requestId: "r",
      status: "success",
      metrics: { durationMs: 1.2, billedDurationMs: 2, memorySizeMB: 128, maxMemoryUsedMB: 38, initDurationMs: 4 },
    },
  });
});

test("JSON lines below the configured level are left out", () => {
  const shown = (SystemLogLevel: string, event: PlatformEvent): boolean =>
    platformLine({ LogFormat: "JSON", SystemLogLevel }, event, NOW) !== undefined;
  const start: PlatformEvent = { type: "start", requestId: "id", functionArn: "arn:f", version: "1" };
  const levelOf = (event: PlatformEvent): string | undefined =>
    ["WARN", "INFO", "DEBUG"].find((SystemLogLevel) => shown(SystemLogLevel, event));
  const init = { initializationType: "on-demand", phase: "init", durationMs: 1, errorType: undefined } as const;
  const provisioned = { ...init, initializationType: "provisioned-concurrency" } as const;
  const done = { ...FIGURES, type: "runtimeDone", producedBytes: 2 } as const;
  const levels: readonly (readonly [PlatformEvent, string])[] = [
    [start, "INFO"],
    [
      { type: "initStart", initializationType: "on-demand", runtimeVersion: "v", runtimeVersionArn: "a", ...FUNCTION },
      "INFO",
    ],
    [{ ...init, type: "initRuntimeDone", status: "success" }, "DEBUG"],
    [{ ...init, type: "initRuntimeDone", status: "timeout" }, "WARN"],
    [{ ...init, type: "initReport", status: "success" }, "DEBUG"],
    [{ ...provisioned, type: "initReport", status: "success" }, "INFO"],
    [{ ...provisioned, type: "initReport", status: "error" }, "WARN"],
    [{ ...done, status: "success" }, "DEBUG"],
    [{ ...done, status: "failure" }, "WARN"],
    [{ type: "report", ...FIGURES }, "INFO"],
    [{ type: "report", ...FIGURES, status: "timeout" }, "WARN"],
  ];
  for (const [event, level] of levels) expect([event, levelOf(event)]).toEqual([event, level]);
});

test("in JSON format the end of an init and of the runtime's work have their own records", () => {
  const init = { initializationType: "on-demand", phase: "init", status: "success", durationMs: 5 } as const;
  const debug = (event: PlatformEvent): unknown =>
    JSON.parse(platformLine({ LogFormat: "JSON", SystemLogLevel: "DEBUG" }, event, NOW) ?? "null");
  expect(debug({ ...init, type: "initRuntimeDone", errorType: undefined })).toEqual({
    time: "2026-01-02T03:04:05.678Z",
    type: "platform.initRuntimeDone",
    record: { initializationType: "on-demand", phase: "init", status: "success" },
  });
  expect(debug({ ...init, type: "initReport", errorType: undefined })).toMatchObject({
    type: "platform.initReport",
    record: { initializationType: "on-demand", phase: "init", status: "success", metrics: { durationMs: 5 } },
  });
  expect(debug({ ...FIGURES, type: "runtimeDone", producedBytes: 9, status: "error", errorType: "E" })).toMatchObject({
    type: "platform.runtimeDone",
    record: { requestId: "r", status: "error", errorType: "E", metrics: { durationMs: 1.2, producedBytes: 9 } },
  });
});

test("extensions and their subscriptions have lines in AWS's words, in both formats", () => {
  const failed = {
    type: "extension",
    name: "agent",
    state: "InitError",
    events: ["INVOKE"],
    errorType: "Own",
  } as const;
  const subscribed = {
    type: "telemetrySubscription",
    name: "agent",
    state: "Subscribed",
    types: ["platform", "function"],
  } as const;
  expect([failed, subscribed].map((event) => platformLine({ LogFormat: "Text" }, event, 0))).toEqual([
    "EXTENSION\tName: agent\tState: InitError\tEvents: [INVOKE]\tError Type: Own",
    "TELEMETRY\tName: agent\tState: Subscribed\tTypes: [Platform, Function]",
  ]);
  expect(JSON.parse(platformLine({ LogFormat: "JSON" }, subscribed, 0) ?? "")).toEqual({
    time: "1970-01-01T00:00:00.000Z",
    type: "platform.telemetrySubscription",
    record: { name: "agent", state: "Subscribed", types: ["platform", "function"] },
  });
  expect(platformLine({ LogFormat: "JSON", SystemLogLevel: "WARN" }, subscribed, 0)).toBeUndefined();
  expect(platformLine({ LogFormat: "JSON", SystemLogLevel: "WARN" }, failed, 0)).toContain('"errorType":"Own"');
});
