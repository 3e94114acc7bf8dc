import type { FunctionVersion, InvocationReport } from "@hearth/model";
import type { InvocationRequest } from "../invocationRequest.ts";

/** A sampled invocation that is about to be run. */
export interface SampledInvocation {
  readonly request: InvocationRequest;
  readonly version: FunctionVersion;
  /** The trace, such as `1-0af76519-16cd43dd8448eb211c80319c`. */
  readonly root: string;
  /** The span of the caller, if it is known. */
  readonly parent: string | undefined;
}

/** Takes spans of sampled invocations, and sends them to where they are looked at. */
export interface SpanSink {
  begin(sampled: SampledInvocation): InvocationSpans;
}

/** The spans of one invocation: waiting for an environment, its init, the function's run, extensions that go on after it. */
export interface InvocationSpans {
  /** The id of the span for all of it. */
  readonly id: string;
  /** It has its environment. The id of the span of the function's run, for the spans that the function makes itself. */
  acquired(): string;
  ended(report: InvocationReport): void;
  /** The platform did not run it to its end. */
  failed(error: unknown): void;
}
