import type { Clock } from "@hearth/kit";
import type {
  FunctionVersion,
  Invocation,
  InvocationFigures,
  InvocationReport,
  Outcome,
  TraceContext,
} from "@hearth/model";
import type { EnvironmentLog } from "./environmentLog.ts";
import { isOutOfMemory } from "./faults.ts";
import { type InitTimes, measure, twoDecimals } from "./measure.ts";
import type { Fault, PlatformEvent, ReportFigures, ResponseTimes } from "./platformEvent.ts";

export interface RunningInvocationDeps {
  readonly version: FunctionVersion;
  readonly log: EnvironmentLog;
  readonly clock: Clock;
}

/** How an invocation ended: by the function's response, or by a fault. */
interface Ending {
  readonly outcome: Outcome;
  readonly status: ReportFigures["status"];
  readonly fault: Fault | undefined;
  readonly elapsedMs: number;
  readonly memoryBytes: number;
  readonly response: ResponseTimes | undefined;
}

/**
 * One invocation from its START line until its REPORT line. It has its answer first, by `answer`, and is over later, by `over`: when the
 * runtime asks for the next event. What the function does in between belongs to the invocation: it is measured, billed and logged with it.
 * https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-invoke
 */
export class RunningInvocation {
  readonly #invocation: Invocation;
  readonly #startedMs: number;
  readonly #init: InitTimes | undefined;
  readonly #deps: RunningInvocationDeps;
  readonly #tracing: TraceContext | undefined;
  readonly #settled = Promise.withResolvers<InvocationReport>();
  #ending: Ending | undefined;
  #final: InvocationReport | undefined;
  /** When the runtime had finished and extensions went on, if they did. */
  #runtimeDoneMs: number | undefined;
  #afterwards: PromiseWithResolvers<InvocationFigures> | undefined;

  /** Writes the START line. `init` says how long the init before took, where this is the first invocation after it. */
  constructor(invocation: Invocation, startedMs: number, init: InitTimes | undefined, deps: RunningInvocationDeps) {
    this.#invocation = invocation;
    this.#startedMs = startedMs;
    this.#init = init;
    this.#deps = deps;
    const { requestId, invokedFunctionArn: functionArn, version, wantLogTail, lineage, traceId } = invocation;
    const tracing = invocation.tracing ?? (traceId === undefined ? undefined : { value: traceId });
    this.#tracing = tracing;
    deps.log.begin({ type: "start", requestId, functionArn, version: version.Version, tracing }, wantLogTail, lineage);
  }

  get requestId(): string {
    return this.#invocation.requestId;
  }

  /**
   * Resolves with the answer at once, or, where the caller wants the tail of the log, when the invocation is over: the tail ends with the
   * REPORT line. Rejects when the platform failed.
   */
  get report(): Promise<InvocationReport> {
    return this.#settled.promise;
  }

  /**
   * The invocation has its outcome. `memoryBytes` is the most memory that the sandbox is known to have used; `respondingSinceMs` is when the function
   * began to send its response, on the monotonic clock.
   */
  answer(
    outcome: Outcome,
    status: ReportFigures["status"],
    fault: Fault | undefined,
    memoryBytes: number,
    respondingSinceMs?: number,
  ): void {
    const elapsedMs = this.#deps.clock.monotonicMs() - this.#startedMs;
    const response =
      respondingSinceMs === undefined
        ? undefined
        : { beganMs: respondingSinceMs - this.#startedMs, endedMs: elapsedMs };
    this.#ending = { outcome, status, fault, elapsedMs, memoryBytes, response };
    // A microtask later, because Hearth's own runtimes ask for the next event with the request that brings the response.
    if (!this.#invocation.wantLogTail) queueMicrotask(() => this.#settle());
  }

  /** The runtime has finished after `answer`, and extensions go on: they may wait to hear of it. */
  runtimeDone(): void {
    if (!this.#ending || this.#final || this.#runtimeDoneMs !== undefined) return;
    const elapsedMs = this.#deps.clock.monotonicMs() - this.#startedMs;
    this.#runtimeDoneMs = elapsedMs;
    const { lines } = this.#measure({ ...this.#ending, elapsedMs });
    for (const event of lines) if (event.type === "runtimeDone") this.#deps.log.saySoon(event);
  }

  /**
   * The function works on it no more: writes the last lines. `late` is why the platform ended it after its answer, which stays valid.
   * Only the first call after `answer` counts.
   */
  over(memoryBytes: number, late?: Fault): void {
    if (!this.#ending || this.#final) return;
    const answered = this.#ending;
    // A runtime that has reported an error may exit by itself: the error says why.
    const fault = late?.kind === "exit" && answered.outcome.kind !== "success" ? undefined : late;
    const ending: Ending = {
      outcome: answered.outcome,
      status: fault ? statusOf(fault) : answered.status,
      fault: fault ?? answered.fault,
      elapsedMs: this.#deps.clock.monotonicMs() - this.#startedMs,
      memoryBytes: Math.max(answered.memoryBytes, memoryBytes),
      response: answered.response,
    };
    const measured = this.#measure(ending);
    const doneMs = this.#runtimeDoneMs;
    const report =
      doneMs === undefined
        ? measured.report
        : { ...measured.report, postRuntimeExtensionsMs: twoDecimals(ending.elapsedMs - doneMs) };
    const lines = doneMs === undefined ? measured.lines : measured.lines.filter(({ type }) => type !== "runtimeDone");
    this.#final = report;
    const { requestId, wantLogTail } = this.#invocation;
    const events: readonly PlatformEvent[] = ending.fault
      ? [{ type: "fault", requestId, fault: ending.fault }, ...lines]
      : lines;
    this.#deps.log.end(events, wantLogTail ? (logTail) => this.#settled.resolve({ ...report, logTail }) : undefined);
    this.#afterwards?.resolve(report);
  }

  /** The platform failed: the log has no END for this invocation. */
  abort(error: Error): void {
    this.#settled.reject(error);
  }

  #settle(): void {
    if (this.#final) this.#settled.resolve(this.#final);
    else if (this.#ending) {
      this.#afterwards = Promise.withResolvers();
      this.#settled.resolve({ ...this.#measure(this.#ending).report, afterwards: this.#afterwards.promise });
    }
  }

  #measure({ outcome, status, fault, elapsedMs, memoryBytes, response }: Ending): ReturnType<typeof measure> {
    return measure({
      requestId: this.#invocation.requestId,
      version: this.#deps.version,
      outcome,
      status,
      fault,
      elapsedMs,
      init: this.#init,
      memoryBytes: isOutOfMemory(fault) ? Infinity : memoryBytes,
      tracing: this.#tracing,
      response,
      runtimeDoneMs: this.#runtimeDoneMs,
    });
  }
}

function statusOf(fault: Fault): ReportFigures["status"] {
  return fault.kind === "timeout" ? "timeout" : "failure";
}
