import type { FunctionVersion, InvocationReport, Outcome, TraceContext } from "@hearth/model";
import type { Fault, PlatformEvent, ReportFigures, ResponseTimes } from "./platformEvent.ts";

const MB = 1024 * 1024;

/** How long an init took, and the hooks after the restore where the runtime has such. */
export interface InitTimes {
  readonly durationMs: number;
  readonly restoreMs?: number;
}

export interface Measured {
  readonly requestId: string;
  readonly version: FunctionVersion;
  readonly outcome: Outcome;
  readonly status: ReportFigures["status"];
  /** Why the platform ended it, also after its answer. */
  readonly fault: Fault | undefined;
  readonly elapsedMs: number;
  /** How long the init took, where this is the first invocation after it. */
  readonly init: InitTimes | undefined;
  readonly memoryBytes: number;
  readonly tracing: TraceContext | undefined;
  /** Where the function has sent a response. */
  readonly response: ResponseTimes | undefined;
  /** When the runtime was done, where extensions went on after it. */
  readonly runtimeDoneMs: number | undefined;
}

/** Makes an invocation's report for its caller and its last log events. */
export function measure(measured: Measured): {
  readonly report: InvocationReport;
  readonly lines: readonly PlatformEvent[];
} {
  const { requestId, outcome, status, fault, elapsedMs, init, memoryBytes, tracing, response } = measured;
  const { MemorySize } = measured.version.configuration;
  const durationMs = twoDecimals(fault?.kind === "timeout" ? fault.afterMs : elapsedMs);
  // The init is billed as well: https://aws.amazon.com/blogs/compute/aws-lambda-standardizes-billing-for-init-phase/
  const billedMs = Math.max(1, Math.ceil(durationMs + (init?.durationMs ?? 0) + (init?.restoreMs ?? 0)));
  const maxMemoryUsedMb = Math.min(Math.max(1, Math.ceil(memoryBytes / MB)), MemorySize);
  const initDurationMs = init && twoDecimals(init.durationMs);
  const restored = init?.restoreMs === undefined ? {} : { restoreDurationMs: twoDecimals(init.restoreMs) };
  const errorType =
    outcome.kind === "functionError" ? outcome.errorType : fault?.kind === "exit" ? fault.errorType : undefined;
  const producedBytes = outcome.payload.byteLength;
  const extensionsMs = measured.runtimeDoneMs === undefined ? undefined : elapsedMs - measured.runtimeDoneMs;
  const lines: PlatformEvent[] = [
    { type: "runtimeDone", requestId, durationMs, producedBytes, response, tracing, status, errorType },
    { type: "end", requestId },
    {
      type: "report",
      requestId,
      durationMs,
      billedMs,
      memorySizeMb: MemorySize,
      maxMemoryUsedMb,
      initDurationMs,
      ...restored,
      extensionsMs,
      tracing,
      status,
      errorType,
    },
  ];
  const report = { outcome, durationMs, billedMs, maxMemoryUsedMb };
  return { report: initDurationMs === undefined ? report : { ...report, initDurationMs, ...restored }, lines };
}

export function twoDecimals(ms: number): number {
  return Math.round(ms * 100) / 100;
}
