/** As in SNS's API; binary values are base64. */
export interface PublishedAttribute {
  readonly DataType: string;
  readonly StringValue?: string | undefined;
  readonly BinaryValue?: string | undefined;
}

export type PublishedAttributes = Readonly<Record<string, PublishedAttribute>>;

/** A message for a topic. */
export interface Publication {
  readonly message: string;
  readonly subject?: string | undefined;
  /** With `json` the message has a text for each protocol. */
  readonly structure?: string | undefined;
  readonly attributes?: PublishedAttributes | undefined;
  readonly groupId?: string | undefined;
  readonly deduplicationId?: string | undefined;
  /** The trace header of what has caused it. */
  readonly traceId?: string | undefined;
  /** Deliveries since a function last ran, up to the topic. */
  readonly hops?: number | undefined;
  /** A UUID, where it has one already. */
  readonly messageId?: string | undefined;
}

export interface Published {
  readonly MessageId: string;
  /** Of FIFO topics only. */
  readonly SequenceNumber?: string;
}

export const MAX_PUBLICATION_BYTES = 262_144;

/** As AWS counts it: the message, and the names, types and values of its attributes. */
export function publicationBytes({ message, attributes = {} }: Pick<Publication, "message" | "attributes">): number {
  let bytes = Buffer.byteLength(message);
  for (const [name, { DataType, StringValue = "", BinaryValue = "" }] of Object.entries(attributes)) {
    bytes += Buffer.byteLength(name) + Buffer.byteLength(DataType);
    bytes += Buffer.byteLength(StringValue) + Buffer.byteLength(BinaryValue, "base64");
  }
  return bytes;
}
