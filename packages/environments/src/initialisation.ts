import type { Clock } from "@hearth/kit";
import { type InitTimes, twoDecimals } from "./measure.ts";
import type { Fault, InitFigures, PlatformEvent } from "./platformEvent.ts";
import type { InitializationType } from "./environmentVariables.ts";
import { exitFault } from "./faults.ts";

const ON_DEMAND_TIMEOUT_MS = 10_000;
const LONGER_TIMEOUT_MS = 130_000;
/** For the hooks after a restore. https://docs.aws.amazon.com/lambda/latest/dg/snapstart-runtime-hooks-python.html */
export const RESTORE_TIMEOUT_MS = 10_000;

/**
 * How long an init may take: 10 s on demand; 130 s, or the function's timeout where that is longer, for a provisioned environment and with
 * SnapStart, whose hooks before the snapshot are part of it. https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-ib
 */
export function initTimeoutMs(type: InitializationType, functionTimeoutMs: number): number {
  return type === "on-demand" ? ON_DEMAND_TIMEOUT_MS : Math.max(LONGER_TIMEOUT_MS, functionTimeoutMs);
}

/** Reported by Hearth's own launcher when the function's process could not be started. AWS reports these like a process that ended. */
const NEVER_STARTED = new Set(["Runtime.InvalidEntrypoint", "Runtime.InvalidWorkingDir"]);

/** How an init went. With `restoreMs` it is the restore that ended so: the init before had succeeded. */
export type InitResult = InitTimes &
  (
    | { readonly kind: "ready" }
    /** The runtime reported an error of the function's own code. */
    | { readonly kind: "error"; readonly errorType: string; readonly payload: Uint8Array }
    | { readonly kind: "exit"; readonly fault: Extract<Fault, { kind: "exit" }> }
    | { readonly kind: "timeout" }
  );

/** How an init failed. */
export type InitFailure = Exclude<InitResult, { kind: "ready" }>;

export interface InitOptions {
  /** `init` before the first invocation; `invoke` when a failed init is tried again within an invocation. */
  readonly phase: "init" | "invoke";
  /** The init has succeeded after `durationMs`, and the restore begins. */
  onRestoring(durationMs: number): void;
}

/**
 * One init under way, and the restore that follows it with SnapStart. Settled by whichever comes first: all participants wait, the runtime
 * reports an error or ends, or the time limit.
 */
export class Initialisation {
  readonly #clock: Clock;
  readonly #startedMs: number;
  readonly #settled = Promise.withResolvers<InitResult>();
  readonly #limitMs: number;
  readonly #options: InitOptions;
  #timer: Disposable;
  #restoreStartedMs: number | undefined;

  constructor(limitMs: number, clock: Clock, options: InitOptions) {
    this.#clock = clock;
    this.#limitMs = limitMs;
    this.#options = options;
    this.#startedMs = clock.monotonicMs();
    this.#timer = clock.after(limitMs, () => this.#settle({ kind: "timeout", durationMs: limitMs }));
  }

  get result(): Promise<InitResult> {
    return this.#settled.promise;
  }

  /**
   * The runtime has finished its init with SnapStart, and calls the hooks after the restore now. They have a limit of their own, which
   * ends no later than the init's where that runs within an invocation.
   */
  restoring(): void {
    const now = this.#clock.monotonicMs();
    const durationMs = now - this.#startedMs;
    this.#restoreStartedMs = now;
    const leftMs = this.#options.phase === "invoke" ? Math.max(1, this.#limitMs - durationMs) : Infinity;
    const restoreMs = Math.min(RESTORE_TIMEOUT_MS, leftMs);
    this.#timer[Symbol.dispose]();
    this.#timer = this.#clock.after(restoreMs, () => this.#settle({ kind: "timeout", durationMs, restoreMs }));
    this.#options.onRestoring(durationMs);
  }

  /** All participants wait for the first event. */
  ready(): void {
    this.#settle({ kind: "ready", ...this.#times() });
  }

  failed(payload: Uint8Array, errorType: string): void {
    const times = this.#times();
    const error = NEVER_STARTED.has(errorType) ? messageOf(payload) : undefined;
    if (error === undefined) this.#settle({ kind: "error", ...times, errorType, payload });
    else this.#settle({ kind: "exit", ...times, fault: { kind: "exit", error, errorType } });
  }

  /** The runtime or an extension has ended. */
  ended(fault: Extract<Fault, { kind: "exit" }>): void {
    this.#settle({ kind: "exit", ...this.#times(), fault });
  }

  /** The environment is being stopped. */
  abandon(): void {
    this.ended(exitFault({ exitCode: null, signal: null, outOfMemory: false }));
  }

  #times(): InitTimes {
    const now = this.#clock.monotonicMs();
    const restoreStartedMs = this.#restoreStartedMs;
    if (restoreStartedMs === undefined) return { durationMs: now - this.#startedMs };
    return { durationMs: restoreStartedMs - this.#startedMs, restoreMs: now - restoreStartedMs };
  }

  #settle(result: InitResult): void {
    this.#timer[Symbol.dispose]();
    this.#settled.resolve(result);
  }
}

const STATUS = { ready: "success", error: "error", exit: "error", timeout: "timeout" } as const;

/** The log events of an init that has ended, or of the restore after it. */
export function initEvents(
  initializationType: InitializationType,
  phase: "init" | "invoke",
  result: InitResult,
): readonly PlatformEvent[] {
  const errorType =
    result.kind === "error" ? result.errorType : result.kind === "exit" ? result.fault.errorType : undefined;
  if (result.restoreMs !== undefined) {
    const restore = { status: STATUS[result.kind], durationMs: twoDecimals(result.restoreMs), errorType };
    return [
      { type: "restoreRuntimeDone", ...restore },
      { type: "restoreReport", ...restore },
    ];
  }
  const durationMs = twoDecimals(result.durationMs);
  const figures: InitFigures = { initializationType, phase, status: STATUS[result.kind], durationMs, errorType };
  return [
    { type: "initRuntimeDone", ...figures },
    { type: "initReport", ...figures },
  ];
}

/** The message of an error document; `undefined` for anything else, since the function's own code may have sent it. */
function messageOf(payload: Uint8Array): string | undefined {
  try {
    const { errorMessage } = JSON.parse(Buffer.from(payload).toString()) as { readonly errorMessage?: unknown };
    return typeof errorMessage === "string" ? errorMessage : undefined;
  } catch {
    return undefined;
  }
}
