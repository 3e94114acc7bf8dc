import type { FunctionVersion, InvocationReport, Outcome } from "@hearth/model";
import type { Fault, PlatformEvent, ReportFigures } from "./reportLine.ts";

const MB = 1024 * 1024;

export interface Measured {
  readonly requestId: string;
  readonly version: FunctionVersion;
  readonly outcome: Outcome;
  readonly status: ReportFigures["status"];
  /** Why the platform ended it, also after its answer. */
  readonly fault: Fault | undefined;
  readonly elapsedMs: number;
  /** Duration of the init, where this is the first invocation after it. */
  readonly initMs: number | undefined;
  readonly memoryBytes: number;
}

/** Makes an invocation's report for its caller and its last log events. */
export function measure(measured: Measured): {
  readonly report: InvocationReport;
  readonly lines: readonly PlatformEvent[];
} {
  const { requestId, outcome, status, fault, elapsedMs, initMs, memoryBytes } = measured;
  const { MemorySize } = measured.version.configuration;
  const durationMs = twoDecimals(fault?.kind === "timeout" ? fault.afterMs : elapsedMs);
  // The init is billed as well: https://aws.amazon.com/blogs/compute/aws-lambda-standardizes-billing-for-init-phase/
  const billedMs = Math.max(1, Math.ceil(durationMs + (initMs ?? 0)));
  const maxMemoryUsedMb = Math.min(Math.max(1, Math.ceil(memoryBytes / MB)), MemorySize);
  const initDurationMs = initMs === undefined ? undefined : twoDecimals(initMs);
  const errorType =
    outcome.kind === "functionError" ? outcome.errorType : fault?.kind === "exit" ? fault.errorType : undefined;
  const producedBytes = outcome.payload.byteLength;
  const lines: PlatformEvent[] = [
    { type: "runtimeDone", requestId, durationMs, producedBytes, status, errorType },
    { type: "end", requestId },
    {
      type: "report",
      requestId,
      durationMs,
      billedMs,
      memorySizeMb: MemorySize,
      maxMemoryUsedMb,
      initDurationMs,
      status,
      errorType,
    },
  ];
  const report = { outcome, durationMs, billedMs, maxMemoryUsedMb };
  return { report: initDurationMs === undefined ? report : { ...report, initDurationMs }, lines };
}

export function twoDecimals(ms: number): number {
  return Math.round(ms * 100) / 100;
}
