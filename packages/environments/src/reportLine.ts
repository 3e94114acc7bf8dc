import type { MemoryShortage } from "@hearth/drivers";
import type { FunctionConfiguration } from "@hearth/model";
import type { Extension, NewSubscription } from "@hearth/runtime-api";
import type { InitializationType } from "./environmentVariables.ts";

/** What the platform itself writes to a function's log. https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-view.html */
export type PlatformEvent =
  | {
      readonly type: "initStart";
      readonly initializationType: InitializationType;
      readonly runtimeVersion: string;
      readonly runtimeVersionArn: string;
    }
  | ({ readonly type: "extension" } & Pick<Extension, "name" | "state" | "events" | "errorType">)
  | ({ readonly type: "telemetrySubscription" | "logsSubscription" } & Omit<NewSubscription, "api">)
  | ({ readonly type: "initRuntimeDone" | "initReport" } & InitFigures)
  | {
      readonly type: "restoreStart";
      readonly functionName: string;
      readonly functionVersion: string;
      readonly runtimeVersion: string;
      readonly runtimeVersionArn: string;
    }
  | ({ readonly type: "restoreRuntimeDone" | "restoreReport" } & RestoreFigures)
  | { readonly type: "start"; readonly requestId: string; readonly version: string }
  | { readonly type: "fault"; readonly requestId: string; readonly fault: Fault }
  | ({ readonly type: "runtimeDone" } & DoneFigures)
  | { readonly type: "end"; readonly requestId: string }
  | ({ readonly type: "report" } & ReportFigures);

/** Why the platform ended an invocation for which the function sent no response. */
export type Fault =
  | { readonly kind: "timeout"; readonly afterMs: number }
  | {
      readonly kind: "exit";
      readonly error: string;
      readonly errorType: string;
      /** The memory that ran out was not its own. */
      readonly shortage?: MemoryShortage;
    };

export interface InitFigures {
  readonly initializationType: InitializationType;
  readonly phase: "init" | "invoke";
  readonly status: "success" | "error" | "timeout";
  readonly durationMs: number;
  readonly errorType: string | undefined;
}

type RestoreFigures = Pick<InitFigures, "status" | "durationMs" | "errorType">;

interface DoneFigures {
  readonly requestId: string;
  readonly durationMs: number;
  readonly producedBytes: number;
  readonly status: "success" | "error" | "timeout" | "failure";
  readonly errorType: string | undefined;
}

export interface ReportFigures {
  readonly requestId: string;
  readonly durationMs: number;
  readonly billedMs: number;
  readonly memorySizeMb: number;
  readonly maxMemoryUsedMb: number;
  readonly initDurationMs: number | undefined;
  /** Of the hooks after a restore, for a function with SnapStart. */
  readonly restoreDurationMs?: number;
  readonly status: "success" | "error" | "timeout" | "failure";
  readonly errorType: string | undefined;
}

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
  if (report.status === "timeout") return `${figures}Status: timeout`;
  if (report.status === "failure")
    return `${figures}Status: error\tError Type: ${report.errorType ?? "Runtime.Unknown"}`;
  return figures;
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
  const record = jsonRecord(event);
  return record && JSON.stringify({ time: new Date(nowMs).toISOString(), type: `platform.${event.type}`, record });
}

/** The record of an event; `undefined` for one that only the text has. */
export function jsonRecord(event: PlatformEvent): object | undefined {
  switch (event.type) {
    case "extension": {
      const { name, state, events, errorType } = event;
      return { name, state, events, errorType };
    }
    case "telemetrySubscription":
    case "logsSubscription":
      return { name: event.name, state: event.state, types: event.types };
    case "initStart":
      return {
        initializationType: event.initializationType,
        phase: "init",
        runtimeVersion: event.runtimeVersion,
        runtimeVersionArn: event.runtimeVersionArn,
      };
    case "initRuntimeDone":
    case "initReport": {
      const { initializationType, phase, status, errorType, durationMs } = event;
      const done = { initializationType, phase, status, errorType };
      return event.type === "initReport" ? { ...done, metrics: { durationMs } } : done;
    }
    case "restoreStart": {
      const { functionName, functionVersion, runtimeVersion, runtimeVersionArn } = event;
      return { functionName, functionVersion, runtimeVersion, runtimeVersionArn };
    }
    case "restoreRuntimeDone":
    case "restoreReport": {
      const { status, errorType, durationMs } = event;
      return event.type === "restoreReport" ? { status, errorType, metrics: { durationMs } } : { status, errorType };
    }
    case "runtimeDone": {
      const { requestId, status, errorType, durationMs, producedBytes } = event;
      return { requestId, status, errorType, metrics: { durationMs, producedBytes } };
    }
    case "start":
      return { requestId: event.requestId, version: event.version };
    case "fault":
    case "end":
      return undefined; // The status of the report contains it.
    case "report":
      return {
        requestId: event.requestId,
        metrics: {
          durationMs: event.durationMs,
          billedDurationMs: event.billedMs,
          memorySizeMB: event.memorySizeMb,
          maxMemoryUsedMB: event.maxMemoryUsedMb,
          initDurationMs: event.initDurationMs,
          restoreDurationMs: event.restoreDurationMs,
        },
        status: event.status,
        errorType: event.errorType,
      };
  }
}
