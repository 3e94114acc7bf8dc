import { createHash } from "node:crypto";
import type { OutgoingMessage, RetryPolicy } from "@hearth/model";
import type { SnsSubscriptionRecord } from "@hearth/store";
import { effectiveDeliveryPolicy, retriesOf } from "./deliveryPolicy.ts";
import type { Notification } from "./notification.ts";
import type { Publication, PublishedAttributes } from "./publication.ts";
import { isProtocol, type Protocol, subscriptionArn } from "./subscription.ts";
import type { Topic } from "./topic.ts";

const DAY_MS = 86_400_000;
/** https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html */
const RETRIES_INSIDE: RetryPolicy = { maxAttempts: 100_015, maxAgeMs: 23 * DAY_MS };
const RETRIES_OF_MAIL: RetryPolicy = {
  maxAttempts: 50,
  maxAgeMs: DAY_MS / 4,
  backoff: { baseMs: 10_000, maxMs: 600_000 },
};

export type SnsMessageType = "Notification" | "SubscriptionConfirmation" | "UnsubscribeConfirmation";

/** What the sender of HTTP requests and of mail needs besides the body. */
export interface SubscriptionParameters {
  readonly protocol: Protocol;
  readonly endpoint: string;
  readonly subscriptionArn: string;
  readonly topicArn: string;
  readonly type: SnsMessageType;
  readonly messageId: string;
  readonly isRaw: boolean;
  /** Of HTTP requests. */
  readonly contentType: string;
  readonly maxReceivesPerSecond?: number;
  /** Of mail. */
  readonly subject: string;
  /** Of mail: the name of its sender. */
  readonly displayName?: string;
}

export interface Addressee {
  readonly topic: Topic;
  readonly subscription: SnsSubscriptionRecord;
}

/** The part of an outgoing message that all messages for a subscription share. */
export function addressed(
  { topic, subscription }: Addressee,
  {
    id,
    type,
    messageId,
    subject,
    hops,
    traceId,
  }: Pick<SubscriptionParameters, "type" | "messageId" | "subject"> & {
    readonly id: string;
    readonly hops: number;
    readonly traceId?: string | undefined;
  },
): Omit<OutgoingMessage, "body"> {
  const { protocol, endpoint, attributes } = subscription;
  if (!isProtocol(protocol)) throw new Error(`subscription ${subscription.uuid} has the protocol ${protocol}`);
  const policy = effectiveDeliveryPolicy(topic.attributes["DeliveryPolicy"], attributes["DeliveryPolicy"]);
  const displayName = topic.attributes["DisplayName"];
  const parameters: SubscriptionParameters = {
    protocol,
    endpoint,
    subscriptionArn: subscriptionArn(subscription),
    topicArn: topic.arn,
    type,
    messageId,
    isRaw: isRaw(subscription) && type === "Notification",
    contentType: policy.requestPolicy.headerContentType,
    ...(policy.throttlePolicy && { maxReceivesPerSecond: policy.throttlePolicy.maxReceivesPerSecond }),
    subject,
    ...(displayName && { displayName }),
  };
  const isMail = protocol === "email" || protocol === "email-json";
  const isHttp = protocol === "http" || protocol === "https";
  const deadLetterArn = deadLetterArnOf(subscription);
  return {
    id,
    sender: {
      kind: "service",
      accountId: topic.accountId,
      region: topic.region,
      principal: "sns.amazonaws.com",
      sourceArn: topic.arn,
    },
    purpose: "Notification",
    TargetArn: isMail ? `mailto:${endpoint}` : endpoint,
    attributes: {},
    hops,
    ...(traceId !== undefined && { traceId }),
    retry: isHttp ? retriesOf(policy.healthyRetryPolicy) : isMail ? RETRIES_OF_MAIL : RETRIES_INSIDE,
    ...(deadLetterArn !== undefined && type === "Notification" && { deadLetterArn }),
    ...((isHttp || isMail) && { parameters: { ...parameters } }),
  };
}

/** A notification for one subscription. `id` is a UUID of its own. With `isOneOfMany`, queues share the long first part of its body. */
export async function outgoing(
  notification: Notification,
  subscription: SnsSubscriptionRecord,
  { id, isOneOfMany }: { readonly id: string; readonly isOneOfMany: boolean },
): Promise<OutgoingMessage> {
  const { topic, publication, messageId } = notification.accepted;
  const { traceId, hops = 0, groupId, attributes = {} } = publication;
  const common = addressed(
    { topic, subscription },
    { id, type: "Notification", messageId, subject: notification.subject, hops: hops + 1, traceId },
  );
  const { protocol, endpoint } = subscription;
  const raw = isRaw(subscription);
  const body = async (): Promise<string> => {
    if (protocol === "lambda") return await notification.lambdaEvent(subscription);
    if (protocol === "email") return notification.mail(subscription);
    return raw ? notification.textFor(protocol) : await notification.envelope(subscription);
  };
  const isFifoQueue = endpoint.endsWith(".fifo");
  const sharedBody = isOneOfMany && protocol === "sqs" ? await notification.sharedBody(subscription, raw) : undefined;
  const message = {
    ...common,
    ...(raw && protocol === "sqs" && { attributes: withoutUndefined(attributes) }),
    ...(protocol === "sqs" && groupId !== undefined && { messageGroupId: groupId }),
    ...(isFifoQueue && { messageDeduplicationId: deduplicationIdOf(publication) }),
  };
  if (!sharedBody) return { ...message, body: Buffer.from(await body()) };
  const { shared, rest } = sharedBody;
  return {
    ...message,
    sharedBody,
    // Built only where it is asked for: a thousand copies of 256 KB would keep the process busy.
    get body() {
      return Buffer.from(shared.text + rest);
    },
  };
}

/** Of a message whose publisher gives none, and whose topic therefore recognises duplicates by the message. */
export function deduplicationIdOf({ deduplicationId, message }: Publication): string {
  return deduplicationId ?? createHash("sha256").update(message).digest("hex");
}

function isRaw({ attributes }: SnsSubscriptionRecord): boolean {
  return attributes["RawMessageDelivery"] === "true";
}

/** A stored policy was checked when it was set. */
function deadLetterArnOf({ attributes }: SnsSubscriptionRecord): string | undefined {
  const policy = attributes["RedrivePolicy"];
  if (!policy) return undefined;
  const { deadLetterTargetArn } = JSON.parse(policy) as { deadLetterTargetArn?: string };
  return deadLetterTargetArn;
}

function withoutUndefined(attributes: PublishedAttributes): OutgoingMessage["attributes"] {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, { DataType, StringValue, BinaryValue }]) => [
      name,
      {
        DataType,
        ...(StringValue !== undefined && { StringValue }),
        ...(BinaryValue !== undefined && { BinaryValue }),
      },
    ]),
  );
}
