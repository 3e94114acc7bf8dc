import type { Clock } from "@hearth/kit";
import { twoDecimals } from "./measure.ts";
import type { Fault, InitFigures, PlatformEvent } from "./reportLine.ts";
import type { InitializationType } from "./environmentVariables.ts";
import { exitFault } from "./faults.ts";

const ON_DEMAND_TIMEOUT_MS = 10_000;
const PROVISIONED_TIMEOUT_MS = 130_000;

/**
 * How long an init may take: 10 s on demand; 130 s, or the function's timeout where that is longer, for a provisioned environment.
 * https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-ib
 */
export function initTimeoutMs(type: InitializationType, functionTimeoutMs: number): number {
  return type === "on-demand" ? ON_DEMAND_TIMEOUT_MS : Math.max(PROVISIONED_TIMEOUT_MS, functionTimeoutMs);
}

/** Reported by Hearth's own launcher when the function's process could not be started. AWS reports these like a process that ended. */
const NEVER_STARTED = new Set(["Runtime.InvalidEntrypoint", "Runtime.InvalidWorkingDir"]);

/** How an init went. */
export type InitResult =
  | { readonly kind: "ready"; readonly durationMs: number }
  /** The runtime reported an error of the function's own code. */
  | { readonly kind: "error"; readonly durationMs: number; readonly errorType: string; readonly payload: Uint8Array }
  | { readonly kind: "exit"; readonly durationMs: number; readonly fault: Extract<Fault, { kind: "exit" }> }
  | { readonly kind: "timeout"; readonly durationMs: number };

/** How an init failed. */
export type InitFailure = Exclude<InitResult, { kind: "ready" }>;

/** One init under way. Settled by whichever comes first: all participants wait, the runtime reports an error or ends, or the time limit. */
export class Initialisation {
  readonly #clock: Clock;
  readonly #startedMs: number;
  readonly #settled = Promise.withResolvers<InitResult>();
  readonly #timer: Disposable;

  constructor(limitMs: number, clock: Clock) {
    this.#clock = clock;
    this.#startedMs = clock.monotonicMs();
    this.#timer = clock.after(limitMs, () => this.#settle({ kind: "timeout", durationMs: limitMs }));
  }

  get result(): Promise<InitResult> {
    return this.#settled.promise;
  }

  /** All participants wait for the first event. */
  ready(): void {
    this.#settle({ kind: "ready", durationMs: this.#elapsedMs() });
  }

  failed(payload: Uint8Array, errorType: string): void {
    const durationMs = this.#elapsedMs();
    const error = NEVER_STARTED.has(errorType) ? messageOf(payload) : undefined;
    if (error === undefined) this.#settle({ kind: "error", durationMs, errorType, payload });
    else this.#settle({ kind: "exit", durationMs, fault: { kind: "exit", error, errorType } });
  }

  /** The runtime or an extension has ended. */
  ended(fault: Extract<Fault, { kind: "exit" }>): void {
    this.#settle({ kind: "exit", durationMs: this.#elapsedMs(), fault });
  }

  /** The environment is being stopped. */
  abandon(): void {
    this.ended(exitFault({ exitCode: null, signal: null, outOfMemory: false }));
  }

  #elapsedMs(): number {
    return this.#clock.monotonicMs() - this.#startedMs;
  }

  #settle(result: InitResult): void {
    this.#timer[Symbol.dispose]();
    this.#settled.resolve(result);
  }
}

const STATUS = { ready: "success", error: "error", exit: "error", timeout: "timeout" } as const;

/** The log events of an init that has ended. */
export function initEvents(
  initializationType: InitializationType,
  phase: "init" | "invoke",
  result: InitResult,
): readonly PlatformEvent[] {
  const errorType =
    result.kind === "error" ? result.errorType : result.kind === "exit" ? result.fault.errorType : undefined;
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
