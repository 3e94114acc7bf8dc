import type { FunctionVersion } from "./functionVersion.ts";

export type Payload = Uint8Array;

/** Takes a function's answer piece by piece, as the function sends it. */
export interface ResponseSink {
  /** The answer begins. Called at most once, before the first `write`; never for an answer that comes in one piece. */
  begin(contentType: string): void;
  /** Takes `chunk`. False: nothing more, please, until `onReady` is called, which happens once. */
  write(chunk: Uint8Array, onReady: () => void): boolean;
}

/** One event on its way into an environment. */
export interface Invocation {
  readonly requestId: string;
  readonly version: FunctionVersion;
  /** As the caller named it, with alias or version: `context.invoked_function_arn`. */
  readonly invokedFunctionArn: string;
  readonly payload: Payload;
  /** Base64 of the client context's JSON as it came in `X-Amz-Client-Context`. */
  readonly clientContext?: string;
  readonly traceId?: string;
  /** The `Lineage` of the trace header: which functions the chain of requests has run so far, this run included. */
  readonly lineage?: string;
  /** Keep the last 4 KB of the log for the answer (`LogType: Tail`). */
  readonly wantLogTail: boolean;
  /** Takes an answer that the runtime streams; absent: the answer is gathered. */
  readonly sink?: ResponseSink;
}

/** What a function did. A platform that fails throws instead. */
export type Outcome =
  /** `payload` is empty when the answer went to the invocation's sink. */
  | { readonly kind: "success"; readonly payload: Payload }
  /** The function, its start or its process failed; `payload` is AWS's error document. */
  | { readonly kind: "functionError"; readonly payload: Payload; readonly errorType: string }
  | { readonly kind: "timedOut"; readonly payload: Payload; readonly afterMs: number };

/** One invocation as it was measured by the environment that ran it. */
export interface InvocationReport {
  readonly outcome: Outcome;
  /** Milliseconds with two decimals, as the REPORT line shows it. */
  readonly durationMs: number;
  /** Present on the first invocation of an environment. */
  readonly initDurationMs?: number;
  readonly billedMs: number;
  readonly maxMemoryUsedMb: number;
  /** The last 4 KB of the log, when asked for. */
  readonly logTail?: Uint8Array;
}
