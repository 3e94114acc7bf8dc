import type { AccountRegion, Outcome } from "@hearth/model";

/** An invocation that the Invoke API, a function URL or an event source asks for. */
export interface InvocationRequest extends AccountRegion {
  readonly FunctionName: string;
  /** Version, alias or `$LATEST`; absent means `$LATEST`. */
  readonly Qualifier?: string;
  readonly payload: Uint8Array;
  /** UUID: `x-amzn-RequestId`, `context.awsRequestId` and the log lines. */
  readonly requestId: string;
  /** Base64, as received. Not for events: AWS keeps none with an event. */
  readonly clientContext?: string;
  readonly traceId?: string;
  readonly wantLogTail?: boolean;
  /** It runs an event that was accepted before: synchronous callers come first where both must wait for an environment. */
  readonly isEvent?: boolean;
}

export interface InvocationResult {
  readonly outcome: Outcome;
  /** `$LATEST` or the number that ran, also behind an alias. */
  readonly ExecutedVersion: string;
  readonly logTail?: Uint8Array;
  /** The trace header that the function had, where its tracing is active. */
  readonly traceId?: string;
}

/** An answer that its caller reads while the function writes it. */
export interface StreamedResult {
  readonly ExecutedVersion: string;
  /** As the runtime sent it; `undefined` when it did not stream. */
  readonly contentType: string | undefined;
  /**
   * The answer of a function that succeeds. Buffering is bounded: a slow reader slows the function down. Closes once the run is metered, also when the
   * function failed: `ended` has the outcome. Cancelling it leaves the function running.
   */
  readonly body: ReadableStream<Uint8Array>;
  /** Settles before `body` closes. */
  readonly ended: Promise<InvocationResult>;
}

/**
 * The one way to run functions. Rejects with ResourceNotFoundException, ResourceConflictException (State Pending),
 * TooManyRequestsException, RequestTooLargeException, InvalidRequestContentException, RecursiveInvocationException; whatever the
 * function did is an outcome.
 */
export interface Invoking {
  /** Runs the function now and resolves with its outcome. https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html */
  invoke(request: InvocationRequest, signal: AbortSignal): Promise<InvocationResult>;
  /** The same, and resolves when the answer begins. https://docs.aws.amazon.com/lambda/latest/api/API_InvokeWithResponseStream.html */
  invokeStreamed(request: InvocationRequest, signal: AbortSignal): Promise<StreamedResult>;
  /** Resolves once the event is committed to PostgreSQL. */
  enqueue(request: InvocationRequest): Promise<void>;
  /** Checks that the version exists and is active. */
  dryRun(request: InvocationRequest): Promise<void>;
}
