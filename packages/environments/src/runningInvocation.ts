import type { Clock } from "@hearth/kit";
import type { FunctionVersion, Invocation, InvocationReport, Outcome } from "@hearth/model";
import type { EnvironmentLog } from "./environmentLog.ts";
import { isOutOfMemory } from "./faults.ts";
import { measure } from "./measure.ts";
import type { Fault, PlatformEvent, ReportFigures } from "./reportLine.ts";

export interface RunningInvocationDeps {
  readonly version: FunctionVersion;
  readonly log: EnvironmentLog;
  readonly clock: Clock;
}

/** One invocation from its START line until its report. Settled once, by `finish` or by `abort`. */
export class RunningInvocation {
  readonly #invocation: Invocation;
  readonly #startedMs: number;
  readonly #initMs: number | undefined;
  readonly #deps: RunningInvocationDeps;
  readonly #settled = Promise.withResolvers<InvocationReport>();

  /** Writes the START line. `initMs` is the duration of the init before, where this is the first invocation after it. */
  constructor(invocation: Invocation, startedMs: number, initMs: number | undefined, deps: RunningInvocationDeps) {
    this.#invocation = invocation;
    this.#startedMs = startedMs;
    this.#initMs = initMs;
    this.#deps = deps;
    const { requestId, version, wantLogTail } = invocation;
    deps.log.begin({ type: "start", requestId, version: version.Version }, wantLogTail);
  }

  get requestId(): string {
    return this.#invocation.requestId;
  }

  /** Resolves with what the function did. Rejects when the platform failed. */
  get report(): Promise<InvocationReport> {
    return this.#settled.promise;
  }

  /** Reports the outcome and writes the last lines. `memoryBytes` is the most memory that the sandbox is known to have used. */
  finish(outcome: Outcome, status: ReportFigures["status"], fault: Fault | undefined, memoryBytes: number): void {
    const { version, log, clock } = this.#deps;
    const { requestId, wantLogTail } = this.#invocation;
    const { report, lines } = measure({
      requestId,
      version,
      outcome,
      status,
      elapsedMs: clock.monotonicMs() - this.#startedMs,
      initMs: this.#initMs,
      memoryBytes: isOutOfMemory(fault) ? Infinity : memoryBytes,
    });
    const events: readonly PlatformEvent[] = fault ? [{ type: "fault", requestId, fault }, ...lines] : lines;
    if (wantLogTail) {
      log.end(events, (logTail) => this.#settled.resolve({ ...report, logTail }));
    } else {
      log.end(events, undefined);
      this.#settled.resolve(report);
    }
  }

  /** The platform failed: the log has no END for this invocation. */
  abort(error: Error): void {
    this.#settled.reject(error);
  }
}
