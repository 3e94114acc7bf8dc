import type { MemoryShortage } from "@hearth/drivers";
import type { TraceContext } from "@hearth/model";
import type { Extension, NewSubscription } from "@hearth/runtime-api";
import type { InitializationType } from "./environmentVariables.ts";

/** What the platform itself writes to a function's log. https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-view.html */
export type PlatformEvent =
  | {
      readonly type: "initStart";
      readonly initializationType: InitializationType;
      readonly runtimeVersion: string;
      readonly runtimeVersionArn: string;
      readonly functionName: string;
      readonly functionVersion: string;
      readonly instanceId: string;
      readonly memorySizeMb: number;
    }
  | ({ readonly type: "extension" } & Pick<Extension, "name" | "state" | "events" | "errorType">)
  | ({ readonly type: "telemetrySubscription" | "logsSubscription" } & Omit<NewSubscription, "api">)
  | ({ readonly type: "initRuntimeDone" | "initReport" } & InitFigures)
  | {
      readonly type: "restoreStart";
      readonly functionName: string;
      readonly functionVersion: string;
      readonly instanceId: string;
      readonly memorySizeMb: number;
      readonly runtimeVersion: string;
      readonly runtimeVersionArn: string;
    }
  | ({ readonly type: "restoreRuntimeDone" | "restoreReport" } & RestoreFigures)
  | {
      readonly type: "start";
      readonly requestId: string;
      /** As the caller named it. */
      readonly functionArn: string;
      readonly version: string;
      readonly tracing?: TraceContext | undefined;
    }
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

/** How long it took from the event to the beginning of the response, and to its end, until the runtime was done. */
export interface ResponseTimes {
  readonly beganMs: number;
  readonly endedMs: number;
}

interface DoneFigures {
  readonly requestId: string;
  readonly durationMs: number;
  readonly producedBytes: number;
  /** Only where the function has sent a response. */
  readonly response?: ResponseTimes | undefined;
  readonly tracing?: TraceContext | undefined;
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
  /** How long extensions went on after the runtime was done, if they did. */
  readonly extensionsMs?: number | undefined;
  readonly tracing?: TraceContext | undefined;
  readonly status: "success" | "error" | "timeout" | "failure";
  readonly errorType: string | undefined;
}
