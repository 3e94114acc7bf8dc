/**
 * What a sandbox says on its channel. An endpoint calls its listener synchronously, in the order of the requests, and only in these
 * orders: waiting (again after a fresh exec), then next or initError, then for each invocation one of response, error, tooLarge and
 * truncated, then next.
 */
export interface RuntimeListener {
  /** The runtime process is there and asks whose function it is. */
  onWaiting(): void;
  /** The runtime asks for an event: it is initialised, or done with the one before. `maxRssBytes` comes with the first. */
  onNext(maxRssBytes: number | undefined): void;
  /** `payload` is empty when the answer went to the invocation's sink. */
  onResponse(payload: Uint8Array): void;
  /** The handler failed: `payload` is its error document. */
  onError(payload: Uint8Array, errorType: string): void;
  /** The answer was larger than AWS allows; the runtime gets 413. */
  onTooLarge(maxBytes: number): void;
  /** The connection closed in the middle of a streamed answer. */
  onTruncated(): void;
  onInitError(payload: Uint8Array, errorType: string): void;
}
