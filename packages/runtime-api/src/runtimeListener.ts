/**
 * What a sandbox says on its channel. An endpoint calls its listener synchronously, in the order of the requests, and only in these
 * orders: waiting (again after a fresh exec), then next or initError, then for each invocation one of response, error and tooLarge,
 * then next.
 */
export interface RuntimeListener {
  /** The runtime process is there and asks whose function it is. */
  onWaiting(): void;
  /** The runtime asks for an event: it is initialised, or done with the one before. `maxRssBytes` comes with the first. */
  onNext(maxRssBytes: number | undefined): void;
  onResponse(payload: Uint8Array): void;
  /** The handler failed: `payload` is its error document. */
  onError(payload: Uint8Array, errorType: string): void;
  /** The answer was larger than AWS allows; the runtime got 413. */
  onTooLarge(): void;
  onInitError(payload: Uint8Array, errorType: string): void;
}
