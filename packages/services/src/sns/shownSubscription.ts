import type { SnsSubscriptionRecord } from "@hearth/store";
import { subscriptionArn, topicArn } from "@hearth/topics";

/** A subscription as lists show it. */
export function shownSubscription(subscription: SnsSubscriptionRecord) {
  return {
    SubscriptionArn: subscription.state === "pending" ? "PendingConfirmation" : subscriptionArn(subscription),
    Owner: subscription.owner,
    Protocol: subscription.protocol,
    Endpoint: subscription.endpoint,
    TopicArn: topicArn(subscription),
  };
}
