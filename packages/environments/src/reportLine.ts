import { type FunctionConfiguration, parseTrace, type TraceContext } from "@hearth/model";
import type { Fault, PlatformEvent, ReportFigures } from "./platformEvent.ts";
import { platformRecord } from "./platformRecord.ts";

export type LogSettings = Pick<
  FunctionConfiguration["LoggingConfig"],
  "LogFormat" | "ApplicationLogLevel" | "SystemLogLevel"
>;

const LEVELS = ["DEBUG", "INFO", "WARN"];

/**
 * The line for `event`, or undefined where the format has no such line or its level is below the configured one.
 * `nowMs` is the time of the event, in milliseconds since the epoch.
 */
export function platformLine(
  { LogFormat, SystemLogLevel = "INFO" }: LogSettings,
  event: PlatformEvent,
  nowMs: number,
): string | undefined {
  if (LogFormat === "Text") return textLine(event, nowMs);
  if (LEVELS.indexOf(levelOf(event)) < LEVELS.indexOf(SystemLogLevel)) return undefined;
  return jsonLine(event, nowMs);
}

/** https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html */
function levelOf(event: PlatformEvent): string {
  switch (event.type) {
    case "initRuntimeDone":
    case "restoreRuntimeDone":
    case "runtimeDone":
      return event.status === "success" ? "DEBUG" : "WARN";
    case "initReport":
      if (event.status !== "success") return "WARN";
      return event.initializationType === "on-demand" ? "DEBUG" : "INFO";
    case "report":
    case "restoreReport":
      return event.status === "success" ? "INFO" : "WARN";
    case "extension":
      return event.errorType === undefined ? "INFO" : "WARN";
    case "initStart":
    case "restoreStart":
    case "telemetrySubscription":
    case "logsSubscription":
    case "start":
    case "fault":
    case "end":
      return "INFO";
  }
}

function textLine(event: PlatformEvent, nowMs: number): string | undefined {
  switch (event.type) {
    case "initStart":
    case "restoreStart": {
      const name = event.type === "initStart" ? "INIT_START" : "RESTORE_START";
      return `${name} Runtime Version: ${event.runtimeVersion}\tRuntime Version ARN: ${event.runtimeVersionArn}`;
    }
    case "extension": {
      const type = event.errorType === undefined ? "" : `\tError Type: ${event.errorType}`;
      return `EXTENSION\tName: ${event.name}\tState: ${event.state}\tEvents: [${event.events.join(", ")}]${type}`;
    }
    case "telemetrySubscription":
    case "logsSubscription": {
      const api = event.type === "logsSubscription" ? "LOGS" : "TELEMETRY";
      const types = event.types.map((type) => type.charAt(0).toUpperCase() + type.slice(1));
      return `${api}\tName: ${event.name}\tState: ${event.state}\tTypes: [${types.join(", ")}]`;
    }
    case "initRuntimeDone":
    case "restoreRuntimeDone":
    case "runtimeDone":
      return undefined;
    case "restoreReport": {
      const status = event.status === "success" ? "" : `\tStatus: ${event.status}`;
      const type = event.errorType === undefined ? "" : `\tError Type: ${event.errorType}`;
      return `RESTORE_REPORT Restore Duration: ${event.durationMs.toFixed(2)} ms${status}${type}`;
    }
    case "initReport": {
      if (event.status === "success") return undefined;
      const type = event.errorType === undefined ? "" : `\tError Type: ${event.errorType}`;
      return `INIT_REPORT Init Duration: ${event.durationMs.toFixed(2)} ms\tPhase: ${event.phase}\tStatus: ${event.status}${type}`;
    }
    case "start":
      return `START RequestId: ${event.requestId} Version: ${event.version}`;
    case "fault":
      return faultText(event.requestId, event.fault, nowMs);
    case "end":
      return `END RequestId: ${event.requestId}`;
    case "report":
      return reportText(event);
  }
}

function reportText(report: ReportFigures): string {
  const init = report.initDurationMs === undefined ? "" : `Init Duration: ${report.initDurationMs.toFixed(2)} ms\t`;
  const { restoreDurationMs } = report;
  const restore =
    restoreDurationMs === undefined
      ? ""
      : `Restore Duration: ${restoreDurationMs.toFixed(2)} ms\tBilled Restore Duration: ${Math.ceil(restoreDurationMs)} ms\t`;
  const figures =
    `REPORT RequestId: ${report.requestId}\tDuration: ${report.durationMs.toFixed(2)} ms\tBilled Duration: ${report.billedMs} ms\t` +
    `Memory Size: ${report.memorySizeMb} MB\tMax Memory Used: ${report.maxMemoryUsedMb} MB\t${init}${restore}`;
  // An error that the handler itself reported has no status here, as in AWS.
  if (report.status === "timeout") return `${figures}Status: timeout${traceText(report.tracing)}`;
  if (report.status === "failure")
    return `${figures}Status: error\tError Type: ${report.errorType ?? "Runtime.Unknown"}${traceText(report.tracing)}`;
  return figures + traceText(report.tracing);
}

/** Where the function's own tracing has sampled the invocation. */
function traceText(tracing: TraceContext | undefined): string {
  if (tracing?.spanId === undefined) return "";
  return `\nXRAY TraceId: ${parseTrace(tracing.value).root}\tSegmentId: ${tracing.spanId}\tSampled: true\t`;
}

export function faultText(requestId: string, fault: Fault, nowMs: number): string {
  return fault.kind === "timeout"
    ? `${new Date(nowMs).toISOString()} ${requestId} ${timedOutText(fault.afterMs)}\n`
    : `RequestId: ${requestId} Error: ${fault.error}\n${fault.errorType}`;
}

export function timedOutText(afterMs: number): string {
  return `Task timed out after ${(afterMs / 1000).toFixed(2)} seconds`;
}

/** https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html */
function jsonLine(event: PlatformEvent, nowMs: number): string | undefined {
  const record = platformRecord(event, nowMs);
  return record && JSON.stringify({ time: new Date(nowMs).toISOString(), type: `platform.${event.type}`, record });
}
