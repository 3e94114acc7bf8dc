import type { SharedBody } from "@hearth/model";

/** A message that is to be stored. */
export interface NewSqsMessage {
  readonly queueId: string;
  /** UUID. */
  readonly messageId: string;
  readonly body: string;
  /** `body` in two parts, of which the first one is stored once for many messages. */
  readonly sharedBody?: SharedBody | undefined;
  /** The message's attributes as JSON. */
  readonly attributes?: string | undefined;
  readonly senderId: string;
  readonly traceHeader?: string | undefined;
  readonly groupId?: string | undefined;
  readonly dedupId?: string | undefined;
  /** The queue's own delay by default. */
  readonly delaySeconds?: number | undefined;
}

/** A message for a FIFO queue. */
export interface NewSqsFifoMessage extends NewSqsMessage {
  readonly groupId: string;
  readonly dedupId: string;
  /** What `dedupId` is unique in: the message group, or empty for the whole queue. */
  readonly scope: string;
}

/** A message that is stored. */
export interface StoredSqsMessage {
  /** Orders the messages of all queues. */
  readonly id: string;
  /** That of the message that was stored first, if this one was a duplicate. */
  readonly messageId: string;
  readonly isDuplicate: boolean;
}

/** What a consumer gets. Times are milliseconds since the epoch. */
export interface ReceivedSqsMessage {
  readonly id: string;
  readonly messageId: string;
  /** Changes with each receive. */
  readonly receipt: string;
  readonly body: string;
  readonly attributes: string | null;
  readonly senderId: string;
  readonly traceHeader: string | null;
  readonly groupId: string | null;
  readonly dedupId: string | null;
  readonly sentAt: number;
  readonly firstReceivedAt: number;
  readonly receiveCount: number;
  readonly sourceQueueArn: string | null;
}

/** A message as a consumer names it. */
export interface SqsReceipt {
  readonly queueId: string;
  readonly id: string;
  readonly receipt: string;
}

export interface SqsCounts {
  readonly visible: number;
  readonly inFlight: number;
  readonly delayed: number;
}
