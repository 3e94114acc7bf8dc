import { expect, test } from "vitest";
import { type PlatformEvent, platformLine, type ReportFigures } from "./reportLine.ts";

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
const text = (event: PlatformEvent) => platformLine({ LogFormat: "Text" }, event, NOW);
const json = (event: PlatformEvent): unknown => {
  const line = platformLine({ LogFormat: "JSON" }, event, NOW);
  return line === undefined ? undefined : JSON.parse(line);
};
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

test("the lines are AWS's, word for word", () => {
  expect(text({ type: "start", requestId: "r", version: "$LATEST" })).toBe("START RequestId: r Version: $LATEST");
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
  expect(text({ type: "initStart", runtimeVersion: "nodejs:24.hearth", runtimeVersionArn: "arn" })).toBe(
    "INIT_START Runtime Version: nodejs:24.hearth\tRuntime Version ARN: arn",
  );
  const failed = { type: "initReport", phase: "init", durationMs: 1.5 } as const;
  expect(text({ ...failed, status: "timeout", errorType: undefined })).toBe(
    "INIT_REPORT Init Duration: 1.50 ms\tPhase: init\tStatus: timeout",
  );
  expect(text({ ...failed, status: "error", errorType: "E" })).toBe(
    "INIT_REPORT Init Duration: 1.50 ms\tPhase: init\tStatus: error\tError Type: E",
  );
});

test("in JSON format each line is a platform event, and there is none for END", () => {
  expect(json({ type: "start", requestId: "r", version: "1" })).toEqual({
    time: "2026-01-02T03:04:05.678Z",
    type: "platform.start",
    record: { requestId: "r", version: "1" },
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

test("JSON lines below the level that the owner wants are left out", () => {
  const shown = (SystemLogLevel: string, event: PlatformEvent): boolean =>
    platformLine({ LogFormat: "JSON", SystemLogLevel }, event, NOW) !== undefined;
  const start: PlatformEvent = { type: "start", requestId: "id", version: "1" };
  const failed: PlatformEvent = { type: "initReport", phase: "init", status: "error", durationMs: 1, errorType: "E" };
  expect([shown("DEBUG", start), shown("INFO", start), shown("WARN", start)]).toEqual([true, true, false]);
  expect([shown("DEBUG", failed), shown("INFO", failed), shown("WARN", failed)]).toEqual([true, true, true]);
});
