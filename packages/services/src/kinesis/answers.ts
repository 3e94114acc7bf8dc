import type { KinesisConsumerRecord, KinesisShard } from "@hearth/store";
import { consumerArn, sequenceNumber, shardIdOf, type Stream } from "@hearth/streams";

/** A stream as DescribeStream and DescribeStreamSummary show it. Changes are done when they are answered, so it is always active. */
export function describedStream(stream: Stream) {
  return {
    StreamName: stream.StreamName,
    StreamARN: stream.arn,
    StreamStatus: "ACTIVE",
    StreamModeDetails: { StreamMode: stream.mode },
    RetentionPeriodHours: stream.retentionHours,
    StreamCreationTimestamp: new Date(stream.createdAt),
    EnhancedMonitoring: [{ ShardLevelMetrics: [...stream.metrics] }],
    EncryptionType: stream.keyId === null ? "NONE" : "KMS",
    ...(stream.keyId !== null && { KeyId: stream.keyId }),
  };
}

export function shownShard({ shardNo, parents, fromHash, toHash, firstSeq, lastSeq, closedAt }: KinesisShard) {
  const [parent, adjacent] = parents;
  return {
    ShardId: shardIdOf(shardNo),
    ...(parent !== undefined && { ParentShardId: shardIdOf(parent) }),
    ...(adjacent !== undefined && { AdjacentParentShardId: shardIdOf(adjacent) }),
    HashKeyRange: { StartingHashKey: String(fromHash), EndingHashKey: String(toHash) },
    SequenceNumberRange: {
      StartingSequenceNumber: sequenceNumber(firstSeq, shardNo),
      ...(closedAt !== null && { EndingSequenceNumber: sequenceNumber(lastSeq, shardNo) }),
    },
  };
}

export function shownConsumer(stream: Stream, consumer: KinesisConsumerRecord) {
  return {
    ConsumerName: consumer.ConsumerName,
    ConsumerARN: consumerArn(stream, consumer),
    ConsumerStatus: "ACTIVE",
    ConsumerCreationTimestamp: new Date(consumer.createdAt),
  };
}
