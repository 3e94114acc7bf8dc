import type { Sender } from "./sender.ts";
import type { SharedBody } from "./sharedBody.ts";

/** Why something is sent. */
export type SendingPurpose =
  | "OnSuccess"
  | "OnFailure"
  | "DeadLetter"
  | "Notification"
  | "RuleTarget"
  | "Schedule"
  | "LogSubscription"
  | "AlarmAction"
  | "BucketNotification"
  | "TopicRule";

/** As in the APIs of SQS and SNS. `DataType` starts with String, Number or Binary; binary values are base64. */
export interface OutgoingAttribute {
  readonly DataType: string;
  readonly StringValue?: string;
  readonly BinaryValue?: string;
}

/** How often, and for how long, a message is tried. */
export interface RetryPolicy {
  /** Attempts in all, the first one included. */
  readonly maxAttempts?: number;
  /** Since the message was accepted. */
  readonly maxAgeMs?: number;
  /** Exponential with jitter, or the delay before each further attempt (the last one repeats). */
  readonly backoff?: { readonly baseMs: number; readonly maxMs: number } | { readonly delaysMs: readonly number[] };
}

/** Something that is sent to an ARN or a URL. */
export interface OutgoingMessage {
  /** A UUID. An event that the message becomes has it as its request id. */
  readonly id: string;
  /** The request id of the event that it is about, if it is about one. */
  readonly eventId?: string;
  readonly sender: Sender;
  readonly purpose: SendingPurpose;
  /** An ARN; for a target outside Hearth also a URL, such as `https://…` or `mailto:…`. */
  readonly TargetArn: string;
  readonly body: Uint8Array;
  /** The text of `body` in two parts, where it begins like those of many other messages. */
  readonly sharedBody?: SharedBody;
  /** Message attributes, for a target that has such. */
  readonly attributes: Readonly<Record<string, OutgoingAttribute>>;
  /** The trace header that it carries, with the lineage of the functions that have run before. */
  readonly traceId?: string;
  /** Deliveries since a function last ran, this one included. */
  readonly hops: number;
  /** For queues. */
  readonly messageGroupId?: string;
  /** For FIFO queues. */
  readonly messageDeduplicationId?: string;
  /** The outbox's own rules where it says nothing. */
  readonly retry?: RetryPolicy;
  /** A queue that gets the message when it is given up. */
  readonly deadLetterArn?: string;
  /** Further values that its kind of target understands, such as the key of a stream's partition. Stored as JSON. */
  readonly parameters?: Readonly<Record<string, unknown>>;
}
