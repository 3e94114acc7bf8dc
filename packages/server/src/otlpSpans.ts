import type * as OpenTelemetry from "@opentelemetry/api";
import type { HrTime, Span, Tracer } from "@opentelemetry/api";
import type { InvocationSpans, SampledInvocation, SpanSink } from "@hearth/invoke";
import type { Clock, Logger, Random } from "@hearth/kit";
import { functionArn, type InvocationReport } from "@hearth/model";

export interface OtlpOptions {
  /** Where traces are posted to. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly protocol: "http/protobuf" | "http/json";
  readonly serviceName: string;
  readonly serviceVersion: string;
}

export interface OtlpDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

type Api = typeof OpenTelemetry;

/** How often it is logged that spans cannot be sent. */
const COMPLAIN_EVERY_MS = 60_000;
const SHUTDOWN_MS = 5_000;

/** Sends spans of invocations to a collector by OTLP over HTTP, in batches; what it does not take in time is dropped. OpenTelemetry's packages are loaded here, and only here. */
export class OtlpSpans implements SpanSink, AsyncDisposable {
  readonly #api: Api;
  readonly #tracer: Tracer;
  readonly #ids: TraceIds;
  readonly #clock: Clock;
  readonly #shutDown: () => Promise<void>;

  private constructor(api: Api, tracer: Tracer, ids: TraceIds, clock: Clock, shutDown: () => Promise<void>) {
    this.#api = api;
    this.#tracer = tracer;
    this.#ids = ids;
    this.#clock = clock;
    this.#shutDown = shutDown;
  }

  static async open(options: OtlpOptions, { clock, random, logger }: OtlpDeps): Promise<OtlpSpans> {
    const { url, headers, protocol, serviceName, serviceVersion } = options;
    const api = await import("@opentelemetry/api");
    const { BatchSpanProcessor, TracerProvider } = await import("@opentelemetry/sdk-trace");
    const { resourceFromAttributes } = await import("@opentelemetry/resources");
    const { OTLPTraceExporter } =
      protocol === "http/json"
        ? await import("@opentelemetry/exporter-trace-otlp-http")
        : await import("@opentelemetry/exporter-trace-otlp-proto");
    let complainedMs = -COMPLAIN_EVERY_MS;
    const complain = (message: string, ...about: unknown[]): void => {
      if (clock.monotonicMs() - complainedMs < COMPLAIN_EVERY_MS) return;
      complainedMs = clock.monotonicMs();
      logger.warn({ about, url }, `spans of invocations cannot be sent: ${message}`);
    };
    const ignore = (): void => undefined;
    api.diag.setLogger({ error: complain, warn: complain, info: ignore, debug: ignore, verbose: ignore });
    const exporter = new OTLPTraceExporter({ url, headers: { ...headers } });
    const ids = new TraceIds(random);
    const provider = new TracerProvider({
      idGenerator: ids,
      resource: resourceFromAttributes({ "service.name": serviceName, "service.version": serviceVersion }),
      spanProcessors: [new BatchSpanProcessor({ exporter })],
    });
    return new OtlpSpans(api, provider.getTracer("hearth", serviceVersion), ids, clock, () => provider.shutdown());
  }

  begin(sampled: SampledInvocation): InvocationSpans {
    this.#ids.next = traceIdOf(sampled.root);
    return new OtlpInvocation(sampled, this.#api, this.#tracer, this.#clock);
  }

  /** Sends what waits, if that is quick. */
  async [Symbol.asyncDispose](): Promise<void> {
    const late = Promise.withResolvers<void>();
    using _timer = this.#clock.after(SHUTDOWN_MS, () => late.resolve());
    await Promise.race([this.#shutDown().catch(() => undefined), late.promise]); // what cannot be sent has been logged
  }
}

/** The spans of one invocation: one for all of it, and below it `queue`, `init`, `restore`, `invoke` and `extensions`. */
class OtlpInvocation implements InvocationSpans {
  readonly #api: Api;
  readonly #tracer: Tracer;
  readonly #clock: Clock;
  readonly #whole: Span;
  #invoke: Span | undefined;
  readonly #beganMs: number;
  readonly #beganAt: number;
  #acquiredMs: number | undefined;

  constructor({ request, version, root, parent }: SampledInvocation, api: Api, tracer: Tracer, clock: Clock) {
    this.#api = api;
    this.#tracer = tracer;
    this.#clock = clock;
    this.#beganMs = clock.monotonicMs();
    this.#beganAt = clock.now();
    const { FunctionName, accountId, region, requestId } = request;
    const above = {
      traceId: traceIdOf(root),
      spanId: parent ?? "",
      traceFlags: api.TraceFlags.SAMPLED,
      isRemote: true,
    };
    const attributes = {
      "faas.name": FunctionName,
      "faas.version": version.Version,
      "faas.invocation_id": requestId,
      "faas.max_memory": version.configuration.MemorySize * 1024 * 1024,
      "cloud.provider": "aws",
      "cloud.region": region,
      "cloud.account.id": accountId,
      "cloud.resource_id": functionArn({ accountId, region, FunctionName, Qualifier: request.Qualifier }),
    };
    const startTime = this.#time(this.#beganMs);
    this.#whole = tracer.startSpan(
      FunctionName,
      { kind: api.SpanKind.SERVER, startTime, attributes },
      parent === undefined ? api.ROOT_CONTEXT : api.trace.setSpanContext(api.ROOT_CONTEXT, above),
    );
  }

  get id(): string {
    return this.#whole.spanContext().spanId;
  }

  acquired(): string {
    this.#acquiredMs = this.#clock.monotonicMs();
    this.#invoke = this.#child("invoke", this.#acquiredMs);
    return this.#invoke.spanContext().spanId;
  }

  ended(report: InvocationReport): void {
    const endedMs = this.#clock.monotonicMs();
    const acquiredMs = this.#acquiredMs ?? this.#beganMs;
    const { initDurationMs, restoreDurationMs, outcome, afterwards } = report;
    const restoreMs = acquiredMs - (restoreDurationMs ?? 0);
    const initMs = restoreMs - (initDurationMs ?? 0);
    this.#child("queue", this.#beganMs).end(this.#time(Math.max(this.#beganMs, initMs)));
    if (initDurationMs !== undefined) this.#child("init", initMs).end(this.#time(restoreMs));
    if (restoreDurationMs !== undefined) this.#child("restore", restoreMs).end(this.#time(acquiredMs));
    this.#whole.setAttribute("faas.coldstart", initDurationMs !== undefined);
    if (outcome.kind !== "success") {
      const message = outcome.kind === "timedOut" ? "timed out" : outcome.errorType;
      const status = { code: this.#api.SpanStatusCode.ERROR, message };
      this.#whole.setStatus(status);
      this.#invoke?.setStatus(status);
    }
    const close = (atMs: number, extensionsMs: number | undefined): void => {
      const doneMs = atMs - (extensionsMs ?? 0);
      if (extensionsMs !== undefined) this.#child("extensions", doneMs).end(this.#time(atMs));
      this.#invoke?.end(this.#time(doneMs));
      this.#whole.end(this.#time(atMs));
    };
    if (!afterwards) close(endedMs, report.postRuntimeExtensionsMs);
    else void afterwards.then((figures) => close(this.#clock.monotonicMs(), figures.postRuntimeExtensionsMs));
  }

  failed(error: unknown): void {
    const at = this.#time(this.#clock.monotonicMs());
    const message = error instanceof Error ? error.message : String(error);
    this.#whole.setStatus({ code: this.#api.SpanStatusCode.ERROR, message });
    if (this.#acquiredMs === undefined) this.#child("queue", this.#beganMs).end(at);
    this.#invoke?.end(at);
    this.#whole.end(at);
  }

  #child(name: string, startMs: number): Span {
    const within = this.#api.trace.setSpan(this.#api.ROOT_CONTEXT, this.#whole);
    return this.#tracer.startSpan(name, { startTime: this.#time(startMs) }, within);
  }

  /** A time of the monotonic clock as seconds and nanoseconds. */
  #time(monotonicMs: number): HrTime {
    const ms = this.#beganAt + (monotonicMs - this.#beganMs);
    const seconds = Math.floor(ms / 1000);
    return [seconds, Math.round((ms - seconds * 1000) * 1e6)];
  }
}

/** The ids of spans. A span without a parent begins the trace that `next` names. */
class TraceIds {
  next = "";
  readonly #random: Pick<Random, "hex">;

  constructor(random: Pick<Random, "hex">) {
    this.#random = random;
  }

  generateTraceId(): string {
    return this.next;
  }

  generateSpanId(): string {
    return this.#random.hex(8);
  }
}

/** The id of X-Ray's `1-0af76519-16cd43dd8448eb211c80319c` at OpenTelemetry. */
function traceIdOf(root: string): string {
  return root.slice(2).replace("-", "");
}
