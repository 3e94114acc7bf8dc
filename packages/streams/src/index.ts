export { evenRanges, type HashRange, MAX_HASH_KEY, overlaps, parseHashKey } from "./hashKeys.ts";
export { parseSequenceNumber, type Place, sequenceNumber } from "./sequenceNumber.ts";
export {
  consumerArn,
  type NamedConsumer,
  parseConsumerArn,
  parseShardId,
  parseStreamArn,
  shardIdOf,
  type Stream,
  streamArn,
} from "./stream.ts";
export {
  type PutPlace,
  type ReadRequest,
  type RoutedRecord,
  ShardsReplaced,
  Streams,
  type StreamsDeps,
} from "./streams.ts";
