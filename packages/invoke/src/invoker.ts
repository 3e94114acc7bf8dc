import type { Clock, Logger, Random } from "@hearth/kit";
import {
  AwsError,
  functionArn,
  type FunctionVersion,
  type Invocation,
  type InvocationReport,
  MAX_ASYNC_PAYLOAD_BYTES,
  MAX_SYNC_PAYLOAD_BYTES,
  RecursiveInvocationException,
  ServiceException,
  type UsageRecord,
} from "@hearth/model";
import type { EventStore, FunctionIndex, IndexedFunction } from "@hearth/store";
import type { Admission } from "./admission.ts";
import { checkPayload } from "./checkPayload.ts";
import type { InvocationRequest, InvocationResult, Invoking, StreamedResult } from "./invocationRequest.ts";
import type { InvokeMetrics } from "./invokeMetrics.ts";
import { lineageName, lineageOf, MAX_RUNS_IN_CHAIN, traceWithoutLineage } from "./lineage.ts";
import { notFound, resolveVersion } from "./resolveVersion.ts";
import { StreamedAnswer } from "./streamedAnswer.ts";
import type { WakeUps } from "./async/wakeUps.ts";

/** An environment that is this invocation's until it is disposed. */
export interface LeasedEnvironment extends Disposable {
  /** Whatever the function does is in the report. Rejects when the platform fails. `signal` matters until the event is handed over. */
  run(invocation: Invocation, signal: AbortSignal): Promise<InvocationReport>;
}

/** What is needed of the pools of environments. */
export interface EnvironmentSource {
  /** An environment of exactly this snapshot, warm or new. Rejects when none can be had, and with the signal's reason when it aborts first. */
  acquire(version: FunctionVersion, signal: AbortSignal): Promise<LeasedEnvironment>;
}

/** Takes usage records: on disk before `record` returns. */
export interface UsageSink {
  record(record: UsageRecord): void;
}

export interface InvokerDeps {
  readonly index: Pick<FunctionIndex, "find" | "load">;
  readonly admission: Admission;
  readonly environments: EnvironmentSource;
  readonly usage: UsageSink;
  readonly events: Pick<EventStore, "add">;
  readonly wakeUps: Pick<WakeUps, "add">;
  readonly metrics: InvokeMetrics;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** Runs functions. A warm invocation asks nobody outside this process but its environment. */
export class Invoker implements Invoking {
  readonly #deps: InvokerDeps;
  readonly #lineageNames = new WeakMap<IndexedFunction, string>();

  constructor(deps: InvokerDeps) {
    this.#deps = deps;
  }

  invoke(request: InvocationRequest, signal: AbortSignal): Promise<InvocationResult> {
    return this.#invoke(request, signal, undefined);
  }

  invokeStreamed(request: InvocationRequest, signal: AbortSignal): Promise<StreamedResult> {
    const answer = new StreamedAnswer(signal);
    this.#invoke(request, signal, answer).then(
      (result) => answer.end(result),
      (error: unknown) => answer.fail(error),
    );
    return answer.begun;
  }

  async #invoke(
    request: InvocationRequest,
    signal: AbortSignal,
    answer: StreamedAnswer | undefined,
  ): Promise<InvocationResult> {
    const { clock, index, admission, environments, metrics, random } = this.#deps;
    const startedMs = clock.monotonicMs();
    const payload = checkPayload(request.payload, MAX_SYNC_PAYLOAD_BYTES, "RequestResponse");
    const fn = index.find(request, request.FunctionName, request.Qualifier) ?? (await this.#load(request));
    const version = resolveVersion(fn, request.Qualifier, random);
    const lineage = this.#lineage(request, fn);
    answer?.executes(version.Version);
    using _place = admission.lease(fn, version.Version);
    let report: InvocationReport;
    try {
      using environment = await environments.acquire(version, signal);
      report = await environment.run(this.#invocation(request, version, payload, lineage, answer), signal);
      this.#meter(request, version, payload, report, answer);
    } catch (error) {
      throw this.#platformFailure(error, request, signal);
    }
    metrics.ran(request.FunctionName, report, clock.monotonicMs() - startedMs);
    return report.logTail
      ? { outcome: report.outcome, ExecutedVersion: version.Version, logTail: report.logTail }
      : { outcome: report.outcome, ExecutedVersion: version.Version };
  }

  async enqueue(request: InvocationRequest): Promise<void> {
    const payload = checkPayload(request.payload, MAX_ASYNC_PAYLOAD_BYTES, "Event");
    await this.dryRun(request);
    await this.#deps.events.add({
      id: request.requestId,
      accountId: request.accountId,
      region: request.region,
      FunctionName: request.FunctionName,
      payload,
      ...(request.Qualifier !== undefined && { Qualifier: request.Qualifier }),
      ...(request.traceId !== undefined && { traceId: request.traceId }),
    });
    this.#deps.wakeUps.add(request.requestId);
  }

  async dryRun(request: InvocationRequest): Promise<void> {
    const { index, random } = this.#deps;
    const fn = index.find(request, request.FunctionName, request.Qualifier) ?? (await this.#load(request));
    resolveVersion(fn, request.Qualifier, random);
  }

  async #load(request: InvocationRequest): Promise<IndexedFunction> {
    const fn = await this.#deps.index.load(request, request.FunctionName, request.Qualifier);
    if (!fn) throw notFound(request, request.Qualifier);
    return fn;
  }

  /** Throws RecursiveInvocationException when the chain of requests has run the function too often. */
  #lineage({ traceId }: InvocationRequest, fn: IndexedFunction): string {
    let name = this.#lineageNames.get(fn);
    if (name === undefined) {
      name = lineageName(functionArn({ ...fn, Qualifier: undefined }));
      this.#lineageNames.set(fn, name);
    }
    const { text, runs } = lineageOf(traceId, name);
    if (runs < MAX_RUNS_IN_CHAIN || fn.RecursiveLoop === "Allow") return text;
    this.#deps.metrics.recursionStopped(fn.FunctionName);
    const { accountId, region, FunctionName } = fn;
    this.#deps.logger.warn(
      { accountId, region, FunctionName, traceId },
      "a function that invokes itself in a loop was stopped",
    );
    throw new RecursiveInvocationException();
  }

  #invocation(
    request: InvocationRequest,
    version: FunctionVersion,
    payload: Uint8Array,
    lineage: string,
    sink: StreamedAnswer | undefined,
  ): Invocation {
    const { accountId, region, FunctionName, Qualifier } = request;
    const invocation: Invocation = {
      requestId: request.requestId,
      version,
      invokedFunctionArn: functionArn({ region, accountId, FunctionName, Qualifier }),
      payload,
      wantLogTail: request.wantLogTail === true,
      lineage,
    };
    if (request.clientContext === undefined && request.traceId === undefined && !sink) return invocation;
    const traceId = request.traceId === undefined ? undefined : traceWithoutLineage(request.traceId);
    return {
      ...invocation,
      ...(request.clientContext !== undefined && { clientContext: request.clientContext }),
      ...(traceId !== undefined && { traceId }),
      ...(sink && { sink }),
    };
  }

  #meter(
    request: InvocationRequest,
    version: FunctionVersion,
    payload: Uint8Array,
    report: InvocationReport,
    answer: StreamedAnswer | undefined,
  ): void {
    this.#deps.usage.record({
      id: this.#deps.random.uuid(),
      accountId: request.accountId,
      region: request.region,
      functionName: request.FunctionName,
      version: version.Version,
      requestId: request.requestId,
      endedAt: this.#deps.clock.now(),
      durationMs: report.durationMs,
      billedMs: report.billedMs,
      memoryMb: version.configuration.MemorySize,
      maxMemoryUsedMb: report.maxMemoryUsedMb,
      initDurationMs: report.initDurationMs ?? null,
      outcome: report.outcome.kind,
      bytesIn: payload.byteLength,
      bytesOut: report.outcome.payload.byteLength + (answer?.bytes ?? 0),
    });
  }

  /** The caller went away, AWS's own error, or trouble that an operator must hear of. */
  #platformFailure(
    error: unknown,
    { accountId, region, FunctionName, requestId }: InvocationRequest,
    signal: AbortSignal,
  ): unknown {
    if (error instanceof AwsError || (signal.aborted && error === signal.reason)) return error;
    this.#deps.metrics.platformFailed();
    this.#deps.logger.error(
      { err: error, accountId, region, FunctionName, requestId },
      "an invocation failed for a reason that is not the function's",
    );
    return new ServiceException("The function could not be run.", { cause: error });
  }
}
