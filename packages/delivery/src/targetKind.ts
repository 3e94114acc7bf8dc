import type { OutgoingMessage } from "@hearth/model";
import type { Transaction } from "@hearth/store";
import type { DeliveryRefused } from "./deliveryRefused.ts";

/** A kind of target inside Hearth, such as functions. */
export interface TargetKind {
  /** As metrics name it. */
  readonly name: string;
  /** The service in the ARNs of its targets. */
  readonly service: string;
  /** The first part of the resource in their ARNs, such as `event-bus`, where the service has several kinds of targets. */
  readonly resourceType?: string;
  /**
   * Finds the target before a transaction is open. Rejects with DeliveryRefused when it does not exist or will never take the message, and with any other
   * error when it cannot take it now: it is tried again from the outbox then.
   */
  open(message: OutgoingMessage): Promise<Send>;
}

/** To be called after the commit: wakes whoever waits for the message. */
export type Committed = () => void;

/** How one message is written. */
export interface Send {
  /**
   * Writes the message in `tx`: it is delivered when `tx` commits. Resolves with what is to be done after the commit. Rejects with DeliveryRefused when the
   * target will never take the message. Uses no connection but that of `tx`.
   */
  (tx: Transaction): Promise<Committed>;
  /** How it is written together with other messages of its kind. */
  readonly together?: Together;
}

/** Messages whose `write` is the same function are written by one call of it. */
export interface Together {
  readonly item: unknown;
  /** Resolves with one result for each item. */
  write(this: void, tx: Transaction, items: readonly unknown[]): Promise<readonly (Committed | DeliveryRefused)[]>;
}

/** A `Send` of an item that is written together with others. `write` must be the same function for all of them. */
export function sendTogether<Item>(
  item: Item,
  write: (tx: Transaction, items: readonly Item[]) => Promise<readonly (Committed | DeliveryRefused)[]>,
): Send {
  const alone = async (tx: Transaction): Promise<Committed> => {
    const [result] = await write(tx, [item]);
    if (typeof result === "function") return result;
    throw result ?? new Error("a target kind gave no result for a message");
  };
  return Object.assign(alone, { together: { item, write: write as Together["write"] } });
}
