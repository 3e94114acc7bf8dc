export * from "./errors.ts";
export { refusalOfDeliveryPolicy, topicDeliveryPolicy, effectiveDeliveryPolicy } from "./deliveryPolicy.ts";
export { MAX_FIFO_TOPICS, MAX_STANDARD_TOPICS, subscriptionLimits } from "./limits.ts";
export type { Links } from "./links.ts";
export type { SnsMessageType, SubscriptionParameters } from "./outgoing.ts";
export type { FanOutPort, PreparedSending, SendingPort, TopicFanOut } from "./ports.ts";
export {
  MAX_PUBLICATION_BYTES,
  type Publication,
  publicationBytes,
  type Published,
  type PublishedAttribute,
  type PublishedAttributes,
} from "./publication.ts";
export type { PreparedPublications } from "./publisher.ts";
export { Signing, signedText } from "./signing.ts";
export { isProtocol, parseSubscriptionArn, type Protocol, PROTOCOLS, subscriptionArn } from "./subscription.ts";
export { parseTopicArn, type Topic, topicArn, toTopic } from "./topic.ts";
export { TopicRetention, type TopicRetentionDeps } from "./topicRetention.ts";
export { Topics, type TopicsDeps } from "./topics.ts";
