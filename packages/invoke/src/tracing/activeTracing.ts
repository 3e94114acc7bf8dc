import type { Clock, Random } from "@hearth/kit";
import { type FunctionVersion, parseTrace, type TraceContext } from "@hearth/model";
import type { InvocationRequest } from "../invocationRequest.ts";
import type { InvocationSpans, SpanSink } from "./spans.ts";
import { TraceSampler } from "./traceSampler.ts";

export interface ActiveTracingDeps {
  /** Where spans go; none are made when absent. */
  readonly spans?: SpanSink | undefined;
  readonly clock: Pick<Clock, "now" | "monotonicMs">;
  readonly random: Pick<Random, "fraction" | "hex">;
}

export interface AcquiredTrace {
  /** The function's trace header, without lineage. Its parent is the span of the function's run. */
  readonly traceId: string;
  /** What platform events say. */
  readonly tracing: TraceContext;
}

/** The trace of one invocation of a function with active tracing. */
export interface ActiveTrace {
  /** It has its environment. */
  acquired(): AcquiredTrace;
  readonly spans?: InvocationSpans;
}

/**
 * Traces of functions whose TracingConfig is `Active`: decides which invocations are sampled where callers have not. Those of `PassThrough` functions keep the
 * header of their callers. https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html
 */
export class ActiveTracing {
  readonly #deps: ActiveTracingDeps;
  readonly #sampler: TraceSampler;

  constructor(deps: ActiveTracingDeps) {
    this.#deps = deps;
    this.#sampler = new TraceSampler(deps.clock, deps.random);
  }

  /** `undefined` where the function's tracing is not active. */
  begin(request: InvocationRequest, version: FunctionVersion): ActiveTrace | undefined {
    if (version.configuration.TracingConfig.Mode !== "Active") return undefined;
    const { clock, random, spans: sink } = this.#deps;
    const given = parseTrace(request.traceId ?? "");
    const id = request.requestId.replaceAll("-", "");
    const { root = `1-${Math.floor(clock.now() / 1000).toString(16)}-${id.slice(0, 24)}` } = given;
    // A trace that was made here for this very request carries no decision.
    const isMadeHere = root.endsWith(id.slice(0, 24));
    const key = `${request.accountId}/${request.region}/${request.FunctionName}`;
    const isSampled = (isMadeHere ? undefined : given.isSampled) ?? this.#sampler.decide(key);
    const parent = isMadeHere ? undefined : given.parent;
    if (!isSampled) {
      const value = `Root=${root};Parent=${parent ?? random.hex(8)};Sampled=0`;
      return { acquired: () => ({ traceId: value, tracing: { value } }) };
    }
    const spans = sink?.begin({ request, version, root, parent });
    const acquired = (): AcquiredTrace => {
      const spanId = spans?.acquired() ?? random.hex(8);
      const above = spans?.id ?? parent ?? random.hex(8);
      return {
        traceId: `Root=${root};Parent=${spanId};Sampled=1`,
        tracing: { spanId, value: `Root=${root};Parent=${above};Sampled=1` },
      };
    };
    return { acquired, ...(spans && { spans }) };
  }
}
