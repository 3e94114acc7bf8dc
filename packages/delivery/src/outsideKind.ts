import type { OutgoingMessage } from "@hearth/model";

/**
 * A kind of target outside Hearth, such as HTTP endpoints. Its messages are always written into the outbox and sent from there, so an endpoint that hangs
 * delays no one but those who send to it.
 */
export interface OutsideKind {
  /** As metrics name it. */
  readonly name: string;
  /** Its targets: `https` for URLs of that scheme; a service, or a service and the first part of the resource, such as `events/api-destination`, for ARNs. */
  readonly targets: readonly string[];
  /** How long one attempt may take. Default: 30 s. */
  readonly deadlineMs?: number;
  /**
   * Sends the message, outside of any transaction. Rejects with DeliveryRefused when the target will never take the message, with DeliveryDelayed when it is
   * not to be tried again before a time, and with any other error when it may be tried again. `signal` aborts at the deadline; a promise that does not settle then is abandoned, and the attempt has failed.
   */
  attempt(message: OutgoingMessage, signal: AbortSignal): Promise<void>;
}
