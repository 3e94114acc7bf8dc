import type { OutgoingMessage } from "@hearth/model";
import type { Transaction } from "@hearth/store";

/** A kind of target inside Hearth, such as functions. */
export interface TargetKind {
  /** As metrics name it. */
  readonly name: string;
  /** The service in the ARNs of its targets. */
  readonly service: string;
  /** Finds the target before a transaction is open. Rejects with DeliveryRefused when it does not exist or will never take the message. */
  open(message: OutgoingMessage): Promise<Send>;
}

/**
 * Writes the message in `tx`: it is delivered when `tx` commits. Resolves with what is to be done after the commit, such as a wake-up. Rejects with
 * DeliveryRefused when the target will never take the message. Uses no connection but that of `tx`.
 */
export type Send = (tx: Transaction) => Promise<() => void>;
