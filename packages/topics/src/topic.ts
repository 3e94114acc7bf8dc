import { arn } from "@hearth/model";
import type { SnsTopicKey, SnsTopicRecord } from "@hearth/store";

/** A topic, with what its attributes say about publishing. */
export interface Topic extends SnsTopicRecord {
  readonly arn: string;
  /** Duplicates are recognised by the message where it has no id for that. */
  readonly isContentBased: boolean;
  /** Duplicates are recognised within a message group only. */
  readonly isDeduplicatedByGroup: boolean;
  readonly signatureVersion: "1" | "2";
}

export function topicArn({ accountId, region, TopicName }: SnsTopicKey): string {
  return arn({ service: "sns", region, accountId, resource: TopicName });
}

const NAME = /^[A-Za-z0-9_-]{1,256}(?:\.fifo)?$/;

/** The topic that an ARN names; `undefined` when it is no ARN of a topic. */
export function parseTopicArn(text: string): SnsTopicKey | undefined {
  const [prefix, , service, region, accountId = "", TopicName = "", ...rest] = text.split(":");
  if (prefix !== "arn" || service !== "sns" || !region || rest.length > 0) return undefined;
  return /^\d{12}$/.test(accountId) && NAME.test(TopicName) ? { region, accountId, TopicName } : undefined;
}

export function toTopic(record: SnsTopicRecord): Topic {
  const { attributes } = record;
  return {
    ...record,
    arn: topicArn(record),
    isContentBased: attributes["ContentBasedDeduplication"] === "true",
    isDeduplicatedByGroup: attributes["FifoThroughputScope"] === "MessageGroup",
    signatureVersion: attributes["SignatureVersion"] === "2" ? "2" : "1",
  };
}
