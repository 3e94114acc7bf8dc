import type { TraceContext } from "@hearth/model";
import type { PlatformEvent } from "./platformEvent.ts";

const BYTES_PER_MB = 1024 * 1024;

/**
 * The record of an event, as JSON logs and subscribers of the Telemetry API get it; `undefined` for an event that neither has.
 * `nowMs` is the time of the event, in milliseconds since the epoch. Where the documentation leaves a member open, it is as in logs of AWS of October 2026:
 * `instanceMaxMemory` in bytes, `functionArn` in starts, and no spans of inits. https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html
 */
export function platformRecord(event: PlatformEvent, nowMs: number): object | undefined {
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
        functionName: event.functionName,
        functionVersion: event.functionVersion,
        instanceId: event.instanceId,
        instanceMaxMemory: event.memorySizeMb * BYTES_PER_MB,
      };
    case "initRuntimeDone":
    case "initReport": {
      const { initializationType, phase, status, errorType, durationMs } = event;
      const done = { initializationType, phase, status, errorType };
      return event.type === "initReport" ? { ...done, metrics: { durationMs } } : done;
    }
    case "restoreStart": {
      const { functionName, functionVersion, runtimeVersion, runtimeVersionArn, instanceId, memorySizeMb } = event;
      const instanceMaxMemory = memorySizeMb * BYTES_PER_MB;
      return { functionName, functionVersion, runtimeVersion, runtimeVersionArn, instanceId, instanceMaxMemory };
    }
    case "restoreRuntimeDone":
    case "restoreReport": {
      const { status, errorType, durationMs } = event;
      return event.type === "restoreReport" ? { status, errorType, metrics: { durationMs } } : { status, errorType };
    }
    case "runtimeDone": {
      const { requestId, status, errorType, durationMs, producedBytes } = event;
      const tracing = tracingOf(event.tracing);
      const spans = responseSpans(event, nowMs);
      return { requestId, status, errorType, tracing, spans, metrics: { durationMs, producedBytes } };
    }
    case "start":
      return {
        requestId: event.requestId,
        functionArn: event.functionArn,
        version: event.version,
        tracing: tracingOf(event.tracing),
      };
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
        tracing: tracingOf(event.tracing),
        spans:
          event.extensionsMs === undefined
            ? undefined
            : [span("extensionOverhead", nowMs - event.extensionsMs, event.extensionsMs)],
        status: event.status,
        errorType: event.errorType,
      };
  }
}

/** The record that subscribers of the Logs API get: only what its documentation names. https://docs.aws.amazon.com/lambda/latest/dg/runtimes-logs-api.html */
export function olderPlatformRecord(event: PlatformEvent): object | undefined {
  switch (event.type) {
    case "start":
      return { requestId: event.requestId, version: event.version, tracing: tracingOf(event.tracing) };
    case "runtimeDone":
      return { requestId: event.requestId, status: event.status };
    case "report": {
      const { metrics, tracing } = platformRecord(event, 0) as { readonly metrics: object; readonly tracing?: object };
      return { requestId: event.requestId, metrics, tracing };
    }
    case "end":
      return { requestId: event.requestId };
    default:
      return undefined;
  }
}

function tracingOf(tracing: TraceContext | undefined): object | undefined {
  return tracing && { spanId: tracing.spanId, type: "X-Amzn-Trace-Id", value: tracing.value };
}

function responseSpans(
  { response, durationMs }: Extract<PlatformEvent, { type: "runtimeDone" }>,
  nowMs: number,
): readonly object[] | undefined {
  if (!response) return undefined;
  const startMs = nowMs - durationMs;
  const { beganMs, endedMs } = response;
  return [
    span("responseLatency", startMs, beganMs),
    span("responseDuration", startMs + beganMs, endedMs - beganMs),
    span("runtimeOverhead", startMs + endedMs, durationMs - endedMs),
  ];
}

function span(name: string, startMs: number, durationMs: number): object {
  const rounded = Math.max(0, Math.round(durationMs * 1000) / 1000);
  return { name, start: new Date(startMs).toISOString(), durationMs: rounded };
}
