import type { Accepted } from "./notification.ts";
import type { TopicFanOut } from "./ports.ts";
import type { Publication } from "./publication.ts";

/** The name of the reader that knows the subscriptions. */
export const TOPIC_READER = "sns";

/** What is stored of a publication besides its message. */
export interface FanOutContext extends Omit<Publication, "message"> {
  readonly topicArn: string;
  readonly topicId: string;
  readonly messageId: string;
  readonly acceptedAt: number;
}

/** A publication as one row, from which it is sent in parts. */
export function fanOutOf({ topic, publication, messageId, acceptedAt }: Accepted): TopicFanOut {
  const { message, ...rest } = publication;
  const context: FanOutContext = { ...rest, topicArn: topic.arn, topicId: topic.id, messageId, acceptedAt };
  const { accountId, region } = topic;
  return {
    id: messageId,
    accountId,
    region,
    reader: TOPIC_READER,
    body: Buffer.from(message),
    context: { ...context },
  };
}

/** The publication of a stored row. */
export function publicationOf(body: Uint8Array, context: FanOutContext): Publication {
  const { topicArn: _arn, topicId: _id, acceptedAt: _at, ...rest } = context;
  return { ...rest, message: Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString("utf8") };
}
