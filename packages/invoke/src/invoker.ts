import type { Clock, Logger, Random } from "@hearth/kit";
import {
  AwsError,
  type FunctionVersion,
  type Invocation,
  type InvocationFigures,
  type InvocationReport,
  MAX_SYNC_PAYLOAD_BYTES,
  ServiceException,
  TooManyRequestsException,
  type UsageRecord,
} from "@hearth/model";
import type { FunctionIndex, IndexedFunction } from "@hearth/store";
import type { Admission } from "./admission.ts";
import { acceptEvent, type AcceptEventDeps, eventOf } from "./async/acceptEvent.ts";
import type { EventQuota } from "./async/eventQuota.ts";
import { checkPayload } from "./checkPayload.ts";
import type { Lease } from "./lease.ts";
import { invocationOf } from "./invocationOf.ts";
import type { InvocationRequest, InvocationResult, Invoking, StreamedResult } from "./invocationRequest.ts";
import type { FunctionMetrics } from "./functionMetrics.ts";
import type { FunctionCounts, InvokeMetrics } from "./invokeMetrics.ts";
import { RecursionGuard } from "./recursionGuard.ts";
import { notFound, resolveVersion } from "./resolveVersion.ts";
import { type AcquiredTrace, ActiveTracing } from "./tracing/activeTracing.ts";
import type { SpanSink } from "./tracing/spans.ts";
import { StreamedAnswer } from "./streamedAnswer.ts";

/** An environment that runs only this invocation until it is disposed. */
export interface LeasedEnvironment extends Disposable {
  /** Whatever the function does is in the report. Rejects when the platform fails. Aborting `signal` has no effect once the function has the event. */
  run(invocation: Invocation, signal: AbortSignal): Promise<InvocationReport>;
}

/** The part of the pools of environments that the invoker uses. */
export interface EnvironmentSource {
  /**
   * An environment of exactly this snapshot, warm or new. Rejects when none can be started, and with the signal's reason when it aborts first. Where
   * both must wait, an event comes after synchronous callers.
   */
  acquire(version: FunctionVersion, signal: AbortSignal, isEvent?: boolean): Promise<LeasedEnvironment>;
}

/** Takes usage records. A record is on disk when `record` returns. A later one with the same id amends it: the larger figures count. */
export interface UsageSink {
  record(record: UsageRecord): void;
}

export interface InvokerDeps extends AcceptEventDeps {
  readonly index: Pick<FunctionIndex, "find" | "load">;
  readonly admission: Admission;
  readonly environments: EnvironmentSource;
  readonly usage: UsageSink;
  /** `check` throws when the disk is too full for new events. */
  readonly disk?: { check(): void };
  /** Throws when the account stores too many payloads of events; no limit when absent. */
  readonly eventQuota?: Pick<EventQuota, "take" | "giveBack">;
  readonly metrics: InvokeMetrics;
  /** Makes the metrics of AWS/Lambda that usage does not tell. */
  readonly functionMetrics?: Pick<FunctionMetrics, "throttled" | "eventReceived" | "extensionsRan">;
  /** Where spans of sampled invocations go. */
  readonly spans?: SpanSink | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/**
 * Runs functions: resolves the version, admits the invocation, acquires an environment, runs it there, meters it. A warm invocation talks to nothing outside
 * this process but its environment.
 */
export class Invoker implements Invoking {
  readonly #deps: InvokerDeps;
  readonly #recursion: RecursionGuard;
  readonly #tracing: ActiveTracing;

  constructor(deps: InvokerDeps) {
    this.#deps = deps;
    this.#recursion = new RecursionGuard(deps);
    this.#tracing = new ActiveTracing(deps);
  }

  invoke(request: InvocationRequest, signal: AbortSignal): Promise<InvocationResult> {
    return this.#run(request, signal, undefined);
  }

  invokeStreamed(request: InvocationRequest, signal: AbortSignal): Promise<StreamedResult> {
    const answer = new StreamedAnswer(signal);
    this.#run(request, signal, answer).then(
      (result) => answer.end(result),
      (error: unknown) => answer.fail(error),
    );
    return answer.begun;
  }

  async #run(
    request: InvocationRequest,
    signal: AbortSignal,
    answer: StreamedAnswer | undefined,
  ): Promise<InvocationResult> {
    const { clock, index, admission, environments, metrics, random } = this.#deps;
    const startedMs = clock.monotonicMs();
    const payload = checkPayload(request.payload, MAX_SYNC_PAYLOAD_BYTES, "RequestResponse");
    const fn = index.find(request, request.FunctionName, request.Qualifier) ?? (await this.#load(request));
    const version = resolveVersion(fn, request.Qualifier, random);
    const counts = metrics.of(request);
    const lineage = this.#recursion.admit(fn, counts, request.traceId);
    answer?.executes(version.Version);
    const trace = this.#tracing.begin(request, version);
    let slot: Lease;
    try {
      const leased = admission.lease(fn, version.Version, signal);
      slot = leased instanceof Promise ? await leased : leased;
    } catch (error) {
      if (error instanceof TooManyRequestsException) {
        counts.throttles++;
        this.#deps.functionMetrics?.throttled(request);
      }
      trace?.spans?.failed(error);
      throw error;
    }
    let report: InvocationReport;
    let record: UsageRecord;
    let acquired: AcquiredTrace | undefined;
    try {
      using environment = await environments.acquire(version, signal, request.isEvent);
      acquired = trace?.acquired();
      report = await environment.run(invocationOf(request, version, payload, lineage, answer, acquired), signal);
      record = this.#recordOf(request, version, payload, report, answer);
      this.#deps.usage.record(record);
    } catch (error) {
      slot[Symbol.dispose]();
      trace?.spans?.failed(error);
      throw this.#platformFailure(error, request, counts, signal);
    }
    if (report.afterwards) this.#holdUntilOver(report.afterwards, request, record, slot);
    else slot[Symbol.dispose]();
    this.#countExtensions(request, report);
    trace?.spans?.ended(report);
    metrics.ran(counts, report, clock.monotonicMs() - startedMs);
    const result = { outcome: report.outcome, ExecutedVersion: version.Version };
    if (!report.logTail && !acquired) return result;
    return {
      ...result,
      ...(report.logTail && { logTail: report.logTail }),
      ...(acquired && { traceId: acquired.traceId }),
    };
  }

  async enqueue(request: InvocationRequest): Promise<void> {
    const event = eventOf(request);
    this.#deps.disk?.check();
    await this.dryRun(request);
    this.#deps.eventQuota?.take(event);
    try {
      await acceptEvent(event, this.#deps);
      this.#deps.functionMetrics?.eventReceived(event);
    } catch (error) {
      this.#deps.eventQuota?.giveBack(event);
      throw error;
    }
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

  /** The caller has its answer, and the function goes on working: its slot is held, and its usage grows, until it asks for the next event. */
  #holdUntilOver(
    afterwards: Promise<InvocationFigures>,
    request: InvocationRequest,
    record: UsageRecord,
    slot: Lease,
  ): void {
    slot.finishing();
    void afterwards.then((figures) => {
      const { durationMs, billedMs, maxMemoryUsedMb } = figures;
      slot[Symbol.dispose]();
      this.#deps.usage.record({ ...record, durationMs, billedMs, maxMemoryUsedMb });
      this.#countExtensions(request, figures);
    });
  }

  #countExtensions(request: InvocationRequest, { postRuntimeExtensionsMs }: InvocationFigures): void {
    if (postRuntimeExtensionsMs !== undefined)
      this.#deps.functionMetrics?.extensionsRan(request, postRuntimeExtensionsMs);
  }

  #recordOf(
    request: InvocationRequest,
    version: FunctionVersion,
    payload: Uint8Array,
    report: InvocationReport,
    answer: StreamedAnswer | undefined,
  ): UsageRecord {
    return {
      id: this.#deps.random.uuid(),
      accountId: request.accountId,
      region: request.region,
      functionName: request.FunctionName,
      version: version.Version,
      ...(request.Qualifier !== undefined && { qualifier: request.Qualifier }),
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
    };
  }

  /** The error for the caller. An error that is neither AWS's own nor the caller's going away is one of the platform, which an operator must see. */
  #platformFailure(
    error: unknown,
    { accountId, region, FunctionName, requestId }: InvocationRequest,
    counts: FunctionCounts,
    signal: AbortSignal,
  ): unknown {
    if (error instanceof AwsError || (signal.aborted && error === signal.reason)) return error;
    this.#deps.metrics.platformFailed(counts);
    this.#deps.logger.error(
      { err: error, accountId, region, FunctionName, requestId },
      "the platform failed an invocation",
    );
    return new ServiceException("The function could not be run.", { cause: error });
  }
}
