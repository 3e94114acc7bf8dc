import type { OutgoingMessage } from "@hearth/model";
import type { Transaction } from "@hearth/store";

/** Messages that are ready to be sent in a transaction. */
export interface PreparedSending {
  /** Sends them in `tx`. Called again when the transaction is repeated. Rejects only where the whole transaction must be repeated or has failed. */
  write(tx: Transaction): Promise<void>;
  /** To be called when the transaction has committed: counts, logs and wakes. */
  committed(): void;
}

/** The one way out. The package `delivery` implements it. */
export interface Sending {
  /** Checks what may be sent. Never rejects: what cannot be sent now is written into the outbox. */
  prepare(messages: readonly OutgoingMessage[]): Promise<PreparedSending>;
}
