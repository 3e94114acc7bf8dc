import { createHash } from "node:crypto";
import type { SharedBody } from "@hearth/model";

/** As in SQS's API; binary values are base64. */
export interface MessageAttribute {
  readonly DataType: string;
  readonly StringValue?: string | undefined;
  readonly BinaryValue?: string | undefined;
}

export type MessageAttributes = Readonly<Record<string, MessageAttribute>>;

/** A message for a queue. */
export interface NewMessage {
  readonly body: string;
  /** `body` in two parts, where it begins like those of many other messages. */
  readonly sharedBody?: SharedBody | undefined;
  readonly attributes?: MessageAttributes | undefined;
  /** Who sent it: the `userId` of the caller. */
  readonly senderId: string;
  readonly delaySeconds?: number | undefined;
  readonly groupId?: string | undefined;
  readonly deduplicationId?: string | undefined;
  /** The system attribute AWSTraceHeader. */
  readonly traceHeader?: string | undefined;
}

export interface SentMessage {
  readonly MessageId: string;
  /** Of FIFO queues only. */
  readonly SequenceNumber?: string;
}

/** A message as its consumer gets it. Times are milliseconds since the epoch. */
export interface ReceivedMessage {
  readonly MessageId: string;
  readonly ReceiptHandle: string;
  readonly body: string;
  readonly attributes: MessageAttributes;
  readonly senderId: string;
  readonly sentAt: number;
  readonly firstReceivedAt: number;
  readonly receiveCount: number;
  readonly sequenceNumber?: string;
  readonly groupId?: string;
  readonly deduplicationId?: string;
  readonly traceHeader?: string;
  readonly deadLetterSourceArn?: string;
}

/** As AWS counts it: the body, and the names, types and values of the attributes. */
export function messageBytes(message: Pick<NewMessage, "body" | "sharedBody" | "attributes">): number {
  return (message.sharedBody?.shared.byteLength ?? 0) + ownBytes(message);
}

/** Without what other messages share. */
export function ownBytes({
  body,
  sharedBody,
  attributes = {},
}: Pick<NewMessage, "body" | "sharedBody" | "attributes">): number {
  let bytes = Buffer.byteLength(sharedBody?.rest ?? body);
  for (const [name, { DataType, StringValue, BinaryValue }] of Object.entries(attributes)) {
    bytes += Buffer.byteLength(name) + Buffer.byteLength(DataType);
    // A message may bring both, and both are stored.
    bytes += Buffer.byteLength(StringValue ?? "") + Buffer.byteLength(BinaryValue ?? "", "base64");
  }
  return bytes;
}

export function md5Of(text: string): string {
  return createHash("md5").update(text).digest("hex");
}

const STRING_VALUE = Buffer.from([1]);
const BINARY_VALUE = Buffer.from([2]);

/**
 * AWS's digest of attributes, `undefined` when there are none.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html#sqs-attributes-md5-message-digest-calculation
 */
export function md5OfAttributes(attributes: MessageAttributes): string | undefined {
  const entries = Object.entries(attributes).toSorted(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  if (entries.length === 0) return undefined;
  const hash = createHash("md5");
  const add = (bytes: Buffer): void => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    hash.update(length).update(bytes);
  };
  for (const [name, { DataType, StringValue, BinaryValue }] of entries) {
    add(Buffer.from(name));
    add(Buffer.from(DataType));
    hash.update(BinaryValue === undefined ? STRING_VALUE : BINARY_VALUE);
    add(BinaryValue === undefined ? Buffer.from(StringValue ?? "") : Buffer.from(BinaryValue, "base64"));
  }
  return hash.digest("hex");
}
