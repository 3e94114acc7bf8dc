import type { SnsSubscriptionRecord, SnsTopicKey } from "@hearth/store";
import { parseTopicArn, topicArn } from "./topic.ts";

/** How a subscription may be delivered to. */
export const PROTOCOLS = ["lambda", "sqs", "http", "https", "email", "email-json"] as const;
export type Protocol = (typeof PROTOCOLS)[number];

export function isProtocol(text: string): text is Protocol {
  return (PROTOCOLS as readonly string[]).includes(text);
}

export interface SubscriptionName {
  readonly topic: SnsTopicKey;
  readonly uuid: string;
}

export function subscriptionArn(
  record: Pick<SnsSubscriptionRecord, "uuid" | "accountId" | "region" | "TopicName">,
): string {
  return `${topicArn(record)}:${record.uuid}`;
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** What the ARN of a subscription names; `undefined` when it is no such ARN. */
export function parseSubscriptionArn(text: string): SubscriptionName | undefined {
  const end = text.lastIndexOf(":");
  const topic = parseTopicArn(text.slice(0, Math.max(0, end)));
  const uuid = text.slice(end + 1);
  return topic && UUID.test(uuid) ? { topic, uuid } : undefined;
}
