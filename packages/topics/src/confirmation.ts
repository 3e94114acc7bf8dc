import type { OutgoingMessage } from "@hearth/model";
import { signingCertUrl, subscribeUrl } from "./links.ts";
import { member, type NotificationDeps, quote } from "./notification.ts";
import { type Addressee, addressed } from "./outgoing.ts";
import { signedText } from "./signing.ts";
import { subscriptionArn } from "./subscription.ts";

export interface Confirmation extends Addressee {
  readonly type: "SubscriptionConfirmation" | "UnsubscribeConfirmation";
  /** What confirms the subscription, or restores it. */
  readonly token: string;
  /** A UUID. */
  readonly messageId: string;
  /** Milliseconds since the epoch. */
  readonly sentAt: number;
}

const SUBJECTS = {
  SubscriptionConfirmation: "AWS Notification - Subscription Confirmation",
  UnsubscribeConfirmation: "AWS Notification - Unsubscribe Confirmation",
};

/** Asks an endpoint whether it wants a subscription, or tells it that one has ended. https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html */
export async function confirmationMessage(
  confirmation: Confirmation,
  { links, signing }: NotificationDeps,
): Promise<OutgoingMessage> {
  const { topic, subscription, type, token, messageId, sentAt } = confirmation;
  const url = subscribeUrl(links, topic.arn, token);
  const isNew = type === "SubscriptionConfirmation";
  const Message = isNew
    ? `You have chosen to subscribe to the topic ${topic.arn}.\nTo confirm the subscription, visit the SubscribeURL included in this message.`
    : `You have chosen to deactivate subscription ${subscriptionArn(subscription)}.\nTo cancel this operation and restore the subscription, visit the SubscribeURL included in this message.`;
  const Timestamp = new Date(sentAt).toISOString();
  const signed = {
    Message,
    MessageId: messageId,
    SubscribeURL: url,
    Timestamp,
    Token: token,
    TopicArn: topic.arn,
    Type: type,
  };
  const common = addressed(confirmation, { id: messageId, type, messageId, subject: SUBJECTS[type], hops: 1 });
  if (subscription.protocol === "email") return { ...common, body: Buffer.from(mail(isNew, topic.arn, url)) };
  const lines = [
    member("Type", quote(type)),
    member("MessageId", quote(messageId)),
    member("Token", quote(token)),
    member("TopicArn", quote(topic.arn)),
    member("Message", quote(Message)),
    member("SubscribeURL", quote(url)),
    member("Timestamp", quote(Timestamp)),
    member("SignatureVersion", quote(topic.signatureVersion)),
    member("Signature", quote(await signing.sign(signedText(signed), topic.signatureVersion))),
    member("SigningCertURL", quote(await signingCertUrl(links, signing))),
  ];
  return { ...common, body: Buffer.from(`{\n${lines.join(",\n")}\n}`) };
}

function mail(isNew: boolean, topicArn: string, url: string): string {
  return isNew
    ? `You have chosen to subscribe to the topic:
${topicArn}

To confirm this subscription, click or visit the link below (If this was in error no action is necessary):
${url}

Please do not reply directly to this email.
`
    : `Your subscription to the topic below has been deactivated:
${topicArn}

If this was in error, click or visit the link below to restore it:
${url}

Please do not reply directly to this email.
`;
}
