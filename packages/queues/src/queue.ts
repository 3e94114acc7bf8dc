import { arn } from "@hearth/model";
import { SQS_RETENTION_SECONDS, type SqsQueueKey, type SqsQueueRecord } from "@hearth/store";

/** A queue, with what its attributes say about sending and receiving. */
export interface Queue extends SqsQueueRecord {
  readonly arn: string;
  readonly visibilitySeconds: number;
  readonly delaySeconds: number;
  readonly retentionSeconds: number;
  readonly maxMessageBytes: number;
  /** How long a receive waits that does not say. */
  readonly waitSeconds: number;
  readonly redrive?: { readonly deadLetterTargetArn: string; readonly maxReceiveCount: number };
  /** Duplicates are recognised by the body where a message has no id for that. */
  readonly isContentBased: boolean;
  /** Duplicates are recognised within a message group only. */
  readonly isDeduplicatedByGroup: boolean;
}

export const MAX_MESSAGE_BYTES = 1_048_576;

export function queueArn({ accountId, region, QueueName }: SqsQueueKey): string {
  return arn({ service: "sqs", region, accountId, resource: QueueName });
}

/** The queue that an ARN names; `undefined` when it is no ARN of a queue. */
export function parseQueueArn(text: string): SqsQueueKey | undefined {
  const [prefix, , service, region, accountId, QueueName, ...rest] = text.split(":");
  if (prefix !== "arn" || service !== "sqs" || !region || !accountId || !QueueName || rest.length > 0) return undefined;
  return { region, accountId, QueueName };
}

export function toQueue(record: SqsQueueRecord): Queue {
  const { attributes } = record;
  const number = (name: string, usual: number): number => Number(attributes[name] ?? usual);
  const redrive = redriveOf(attributes["RedrivePolicy"]);
  return {
    ...record,
    arn: queueArn(record),
    visibilitySeconds: number("VisibilityTimeout", 30),
    delaySeconds: number("DelaySeconds", 0),
    retentionSeconds: number("MessageRetentionPeriod", SQS_RETENTION_SECONDS),
    maxMessageBytes: number("MaximumMessageSize", MAX_MESSAGE_BYTES),
    waitSeconds: number("ReceiveMessageWaitTimeSeconds", 0),
    ...(redrive && { redrive }),
    isContentBased: attributes["ContentBasedDeduplication"] === "true",
    isDeduplicatedByGroup: attributes["DeduplicationScope"] === "messageGroup",
  };
}

/** A stored policy was checked when it was set. */
function redriveOf(policy: string | undefined): Queue["redrive"] {
  if (!policy) return undefined;
  const { deadLetterTargetArn, maxReceiveCount } = JSON.parse(policy) as Record<string, unknown>;
  return { deadLetterTargetArn: String(deadLetterTargetArn), maxReceiveCount: Number(maxReceiveCount) };
}
