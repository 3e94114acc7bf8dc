import type { ReceivedMessage } from "@hearth/queues";

/** What `attributes` of a record has: all system attributes of the message, as texts. */
export function systemAttributes(message: ReceivedMessage): Readonly<Record<string, string>> {
  const { traceHeader, sequenceNumber, groupId, deduplicationId, deadLetterSourceArn } = message;
  return {
    ApproximateReceiveCount: String(message.receiveCount),
    ...(traceHeader !== undefined && { AWSTraceHeader: traceHeader }),
    SentTimestamp: String(message.sentAt),
    ...(sequenceNumber !== undefined && { SequenceNumber: sequenceNumber }),
    ...(groupId !== undefined && { MessageGroupId: groupId }),
    SenderId: message.senderId,
    ...(deduplicationId !== undefined && { MessageDeduplicationId: deduplicationId }),
    ApproximateFirstReceiveTimestamp: String(message.firstReceivedAt),
    ...(deadLetterSourceArn !== undefined && { DeadLetterQueueSourceArn: deadLetterSourceArn }),
  };
}
