import type { AccountRegion, Outcome } from "@hearth/model";

/** What a door (the Invoke API, a function URL, an event source) asks for. */
export interface InvocationRequest extends AccountRegion {
  readonly FunctionName: string;
  /** Version, alias or `$LATEST`; absent means `$LATEST`. */
  readonly Qualifier?: string;
  readonly payload: Uint8Array;
  /** UUID: `x-amzn-RequestId`, `context.awsRequestId` and the log lines. */
  readonly requestId: string;
  /** Base64, as received. For what is invoked now: AWS keeps none with an event. */
  readonly clientContext?: string;
  readonly traceId?: string;
  readonly wantLogTail?: boolean;
}

export interface InvocationResult {
  readonly outcome: Outcome;
  /** `$LATEST` or the number that ran, also behind an alias. */
  readonly ExecutedVersion: string;
  readonly logTail?: Uint8Array;
}

/** An answer that its caller reads as it comes. */
export interface StreamedResult {
  readonly ExecutedVersion: string;
  /** As the runtime said it; `undefined` when it did not stream. */
  readonly contentType: string | undefined;
  /**
   * What a function that succeeds answers: bounded in memory, so that a slow reader slows the function down. Closes once the run is
   * metered, also when the function failed: `ended` says how it went. Cancelling it leaves the function running.
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
  /** Runs now and resolves with what the function did. https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html */
  invoke(request: InvocationRequest, signal: AbortSignal): Promise<InvocationResult>;
  /** The same, and resolves when the answer begins. https://docs.aws.amazon.com/lambda/latest/api/API_InvokeWithResponseStream.html */
  invokeStreamed(request: InvocationRequest, signal: AbortSignal): Promise<StreamedResult>;
  /** Resolves once the event is committed to PostgreSQL. */
  enqueue(request: InvocationRequest): Promise<void>;
  /** Checks that it could run. */
  dryRun(request: InvocationRequest): Promise<void>;
}
