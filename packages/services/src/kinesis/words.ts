import { choice, integer, structure, text } from "@hearth/model";
import { blob } from "@hearth/wire";
import { z } from "zod";

/** Kinesis' constraints, with the patterns as AWS prints them. */
export const StreamName = text({ min: 1, max: 128, pattern: "[a-zA-Z0-9_.-]+" });
export const StreamARN = text({ min: 1, max: 2048, pattern: "arn:aws.*:kinesis:.*:\\d{12}:stream/\\S+" });
export const ResourceARN = text({ min: 1, max: 2048, pattern: "arn:aws.*:kinesis:.*:\\d{12}:.*stream/\\S+" });
export const ShardId = text({ min: 1, max: 128, pattern: "[a-zA-Z0-9_.-]+" });
export const ConsumerName = text({ min: 1, max: 128, pattern: "[a-zA-Z0-9_.-]+" });
export const ConsumerARN = text({
  min: 1,
  max: 2048,
  pattern: "(arn):aws.*:kinesis:.*:\\d{12}:.*stream\\/[a-zA-Z0-9_.-]+\\/consumer\\/[a-zA-Z0-9_.-]+:[0-9]+",
});
export const HashKey = text({ pattern: "0|([1-9]\\d{0,38})" });
export const SequenceNumber = text({ pattern: "0|([1-9]\\d{0,128})" });
export const PartitionKey = text({ min: 1, max: 256, anyCharacter: true });
export const Data = blob();
export const NextToken = text({ min: 1, max: 1_048_576 });
export const Tags = z.record(text({ min: 1, max: 128 }), text({ min: 0, max: 256 }));
export const StreamMode = choice(["PROVISIONED", "ON_DEMAND"]);
export const StreamModeDetails = structure({ StreamMode });
export const EncryptionType = choice(["NONE", "KMS"]);
export const Timestamp = z.date();
export const PageSize = integer({ min: 1, max: 10_000 });

/** The stream of a request: by its name, or by its ARN. */
export const NamedStream = { StreamName: StreamName.optional(), StreamARN: StreamARN.optional() };

export const ShardLevelMetrics = z.array(
  choice([
    "IncomingBytes",
    "IncomingRecords",
    "OutgoingBytes",
    "OutgoingRecords",
    "WriteProvisionedThroughputExceeded",
    "ReadProvisionedThroughputExceeded",
    "IteratorAgeMilliseconds",
    "ALL",
  ]),
);

const HashKeyRange = structure({ StartingHashKey: z.string(), EndingHashKey: z.string() });

export const Shard = structure({
  ShardId: z.string(),
  ParentShardId: z.string().optional(),
  AdjacentParentShardId: z.string().optional(),
  HashKeyRange,
  SequenceNumberRange: structure({ StartingSequenceNumber: z.string(), EndingSequenceNumber: z.string().optional() }),
});

export const ChildShard = structure({ ShardId: z.string(), ParentShards: z.array(z.string()), HashKeyRange });

export const Consumer = {
  ConsumerName: z.string(),
  ConsumerARN: z.string(),
  ConsumerStatus: z.string(),
  ConsumerCreationTimestamp: z.date(),
};

/** What DescribeStream and DescribeStreamSummary both say. */
export const Described = {
  StreamName: z.string(),
  StreamARN: z.string(),
  StreamStatus: z.string(),
  StreamModeDetails: structure({ StreamMode: z.string() }),
  RetentionPeriodHours: z.number(),
  StreamCreationTimestamp: z.date(),
  EnhancedMonitoring: z.array(structure({ ShardLevelMetrics: z.array(z.string()) })),
  EncryptionType: z.string(),
  KeyId: z.string().optional(),
};
