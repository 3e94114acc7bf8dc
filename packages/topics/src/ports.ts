import type { AccountRegion, OutgoingMessage } from "@hearth/model";
import type { Transaction } from "@hearth/store";

/** Messages that are about to be sent in a transaction. */
export interface PreparedSending {
  /** Throws ThrottlingException when messages would have to wait, and too many of the account do. */
  checkRoom(): void;
  write(tx: Transaction): Promise<void>;
  /** To be called when the transaction has committed. */
  committed(): void;
}

/** What topics send with. */
export interface SendingPort {
  prepare(messages: readonly OutgoingMessage[]): Promise<PreparedSending>;
  sendNow(messages: readonly OutgoingMessage[]): Promise<void>;
}

/** A message for more subscriptions than one transaction takes. */
export interface TopicFanOut extends AccountRegion {
  /** A UUID. */
  readonly id: string;
  readonly reader: string;
  readonly body: Uint8Array;
  readonly context: Readonly<Record<string, unknown>>;
}

/** What topics with many subscriptions send with. */
export interface FanOutPort {
  /** Whether the account has at least `limit` that are not finished. */
  hasManyOf(accountId: string, limit: number): Promise<boolean>;
  /** Resolves with what is to be called after the commit. */
  add(tx: Transaction, fanOut: TopicFanOut): Promise<() => void>;
}
