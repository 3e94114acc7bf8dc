import type { AnyOperation } from "@hearth/wire";
import type { KinesisDeps } from "./deps.ts";
import { addTagsToStream } from "./operations/addTagsToStream.ts";
import { createStream } from "./operations/createStream.ts";
import { decreaseStreamRetentionPeriod } from "./operations/decreaseStreamRetentionPeriod.ts";
import { deleteResourcePolicy } from "./operations/deleteResourcePolicy.ts";
import { deleteStream } from "./operations/deleteStream.ts";
import { deregisterStreamConsumer } from "./operations/deregisterStreamConsumer.ts";
import { describeLimits } from "./operations/describeLimits.ts";
import { describeStream } from "./operations/describeStream.ts";
import { describeStreamConsumer } from "./operations/describeStreamConsumer.ts";
import { describeStreamSummary } from "./operations/describeStreamSummary.ts";
import { disableEnhancedMonitoring } from "./operations/disableEnhancedMonitoring.ts";
import { enableEnhancedMonitoring } from "./operations/enableEnhancedMonitoring.ts";
import { getRecords } from "./operations/getRecords.ts";
import { getResourcePolicy } from "./operations/getResourcePolicy.ts";
import { getShardIterator } from "./operations/getShardIterator.ts";
import { increaseStreamRetentionPeriod } from "./operations/increaseStreamRetentionPeriod.ts";
import { listShards } from "./operations/listShards.ts";
import { listStreamConsumers } from "./operations/listStreamConsumers.ts";
import { listStreams } from "./operations/listStreams.ts";
import { listTagsForResource } from "./operations/listTagsForResource.ts";
import { listTagsForStream } from "./operations/listTagsForStream.ts";
import { mergeShards } from "./operations/mergeShards.ts";
import { putRecord } from "./operations/putRecord.ts";
import { putRecords } from "./operations/putRecords.ts";
import { putResourcePolicy } from "./operations/putResourcePolicy.ts";
import { registerStreamConsumer } from "./operations/registerStreamConsumer.ts";
import { removeTagsFromStream } from "./operations/removeTagsFromStream.ts";
import { splitShard } from "./operations/splitShard.ts";
import { startStreamEncryption } from "./operations/startStreamEncryption.ts";
import { stopStreamEncryption } from "./operations/stopStreamEncryption.ts";
import { tagResource } from "./operations/tagResource.ts";
import { untagResource } from "./operations/untagResource.ts";
import { updateMaxRecordSize } from "./operations/updateMaxRecordSize.ts";
import { updateShardCount } from "./operations/updateShardCount.ts";
import { updateStreamMode } from "./operations/updateStreamMode.ts";

/** The operations of Kinesis that Hearth has. */
export const operations: readonly AnyOperation<KinesisDeps>[] = [
  addTagsToStream,
  createStream,
  decreaseStreamRetentionPeriod,
  deleteResourcePolicy,
  deleteStream,
  deregisterStreamConsumer,
  describeLimits,
  describeStream,
  describeStreamConsumer,
  describeStreamSummary,
  disableEnhancedMonitoring,
  enableEnhancedMonitoring,
  getRecords,
  getResourcePolicy,
  getShardIterator,
  increaseStreamRetentionPeriod,
  listShards,
  listStreamConsumers,
  listStreams,
  listTagsForResource,
  listTagsForStream,
  mergeShards,
  putRecord,
  putRecords,
  putResourcePolicy,
  registerStreamConsumer,
  removeTagsFromStream,
  splitShard,
  startStreamEncryption,
  stopStreamEncryption,
  tagResource,
  untagResource,
  updateMaxRecordSize,
  updateShardCount,
  updateStreamMode,
];

/** Every operation of Kinesis. */
export const ALL_OPERATIONS = `
  AddTagsToStream CreateChannel CreateStream DecreaseStreamRetentionPeriod DeleteChannel DeleteResourcePolicy DeleteStream
  DeregisterStreamConsumer DescribeAccountSettings DescribeChannel DescribeLimits DescribeStream DescribeStreamConsumer
  DescribeStreamSummary DisableEnhancedMonitoring EnableEnhancedMonitoring GetRecords GetResourcePolicy GetShardIterator
  IncreaseStreamRetentionPeriod ListChannels ListShards ListStreamConsumers ListStreams ListTagsForResource ListTagsForStream MergeShards
  PutRecord PutRecords PutResourcePolicy RegisterStreamConsumer RemoveTagsFromStream SplitShard StartStreamEncryption StopStreamEncryption
  SubscribeToShard TagResource UntagResource UpdateAccountSettings UpdateChannel UpdateMaxRecordSize UpdateShardCount UpdateStreamMode
  UpdateStreamRecordDistributionStrategy UpdateStreamWarmThroughput`;
