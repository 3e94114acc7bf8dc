import type { ExtensionFault } from "./extensions/extensionFault.ts";
import type { ProcessEnd } from "./extensions/supervisorChannel.ts";
import type { NewSubscription, TelemetrySubscriptions } from "./telemetry/telemetrySubscriptions.ts";

/**
 * Hears what a sandbox says on its channel. An endpoint calls its listener synchronously, in the order of the requests, and only in these
 * orders: waiting (again after the runtime has executed itself afresh), then with SnapStart restore, then next or initError, then for each invocation one of response,
 * error, tooLarge and truncated, then next. `allWaiting` follows the `next` of the last participant that worked; see readiness.ts.
 */
export interface RuntimeListener {
  /** The runtime process is up and asks which function it is to run. */
  onWaiting(): void;
  /** The runtime asks for an event: it is initialised, or has finished with the previous one. `maxRssBytes` comes with the first. */
  onNext(maxRssBytes: number | undefined): void;
  /** Every participant waits for an event: the environment has nothing left to do. */
  onAllWaiting(): void;
  /** `payload` is empty when the response went to the invocation's sink. */
  onResponse(payload: Uint8Array): void;
  /** The handler failed: `payload` is its error document. */
  onError(payload: Uint8Array, errorType: string): void;
  /** The response was larger than AWS allows; the runtime gets 413. */
  onTooLarge(maxBytes: number): void;
  /** The connection closed in the middle of a streamed response. */
  onTruncated(): void;
  /** The init failed, or a hook after the restore did. */
  onInitError(payload: Uint8Array, errorType: string): void;
  /** The runtime of a function with SnapStart has finished its init, and calls the hooks after the restore now. */
  onRestore(): void;
  /** There is a first extension: from now on what happens is to be published to `telemetry`, from the beginning of the init on. */
  onExtensions(telemetry: Pick<TelemetrySubscriptions, "publish">): void;
  onSubscribed(subscription: NewSubscription): void;
  /** An extension could not be started, has reported an error or has ended: the environment is of no more use. */
  onExtensionFault(fault: ExtensionFault): void;
  /** The runtime process has ended, and the supervisor of its extensions goes on. */
  onRuntimeExit(end: ProcessEnd): void;
}
