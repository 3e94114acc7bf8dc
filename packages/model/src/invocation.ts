import type { FunctionVersion } from "./functionVersion.ts";

export type Payload = Uint8Array;

/** Receives a function's streamed response. */
export interface ResponseSink {
  /** Starts the response. Called at most once, before the first `write`; not called for a response that is not streamed. */
  begin(contentType: string): void;
  /** Accepts `chunk`. When it returns false, the caller must wait until `onReady` is called, once, before it writes again. */
  write(chunk: Uint8Array, onReady: () => void): boolean;
}

/** An invocation's place in a trace, as platform events have it. https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html#TraceContext */
export interface TraceContext {
  /** The span of the function's run, where the invocation is sampled by the function's own tracing. */
  readonly spanId?: string;
  /** A trace header; `Parent` is the span above `spanId`. */
  readonly value: string;
}

/** One event to run in an environment. */
export interface Invocation {
  readonly requestId: string;
  readonly version: FunctionVersion;
  /** `context.invoked_function_arn`: with the alias or version that the caller named. */
  readonly invokedFunctionArn: string;
  readonly payload: Payload;
  /** The value of `X-Amz-Client-Context`: JSON in base64. */
  readonly clientContext?: string;
  readonly traceId?: string;
  /** Differs from `traceId` where the function's tracing is active. */
  readonly tracing?: TraceContext;
  /** The `Lineage` of the trace header: the functions that this chain of requests has run, including this run. */
  readonly lineage?: string;
  /** Whether the answer needs the last 4 KB of the log (`LogType: Tail`). */
  readonly wantLogTail: boolean;
  /** Receives a streamed response. Without a sink the response is buffered. */
  readonly sink?: ResponseSink;
}

/** What a function did. When Hearth itself fails, it throws instead. */
export type Outcome =
  /** `payload` is empty when the sink received the response. */
  | { readonly kind: "success"; readonly payload: Payload }
  /** The function, its initialization or its process failed. `payload` is AWS's error document. */
  | { readonly kind: "functionError"; readonly payload: Payload; readonly errorType: string }
  | { readonly kind: "timedOut"; readonly payload: Payload; readonly afterMs: number };

/** The measurements of one invocation, as in the REPORT line. */
export interface InvocationFigures {
  /** Milliseconds with two decimals. */
  readonly durationMs: number;
  readonly billedMs: number;
  readonly maxMemoryUsedMb: number;
  /** How long extensions went on after the runtime had finished; only where they did. */
  readonly postRuntimeExtensionsMs?: number;
}

/**
 * The result and measurements of one invocation, from the environment that ran it. Without `afterwards` the figures are final; with it
 * they end at the response.
 */
export interface InvocationReport extends InvocationFigures {
  readonly outcome: Outcome;
  /** Present on the first invocation of an environment. */
  readonly initDurationMs?: number;
  /** Of the hooks after a restore, which follow the init with SnapStart. */
  readonly restoreDurationMs?: number;
  /** The last 4 KB of the log; only for `wantLogTail`. */
  readonly logTail?: Uint8Array;
  /**
   * Present when the function goes on working after its response. Resolves with the final figures, which include that work, when the runtime
   * asks for its next event, at the timeout, or when the environment has ended. Never rejects.
   */
  readonly afterwards?: Promise<InvocationFigures>;
}
