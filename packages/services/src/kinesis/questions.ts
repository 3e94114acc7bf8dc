import { type Input, type Question, type Questions, textOf } from "@hearth/access";
import type { KinesisStreamKey } from "@hearth/store";
import { consumerArn, parseConsumerArn, parseStreamArn, streamArn } from "@hearth/streams";
import { decodeIterator } from "./shardIterator.ts";
import { decodeShardsToken } from "./shardsToken.ts";

/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonkinesis.html */
export const questions: Questions = ({ operation, input, accountId, region }) => {
  const action = `kinesis:${operation}`;
  const about = (arn: string, owner: string): readonly Question[] => [
    { action, resources: [arn], accountId: owner, asksResource: SHARED.has(operation) },
  ];
  // The stream that is read is the one in the iterator or token, whatever else the request names.
  const position = continued(operation, input);
  if (position) return about(streamArn(position), position.accountId);
  const given =
    textOf(input, "ConsumerARN") ??
    textOf(input, "ResourceARN") ??
    textOf(input, "ResourceArn") ??
    textOf(input, "StreamARN");
  if (given !== undefined) {
    // Not the ARN as it was given: with another partition it would name the same stream, and no policy would match it.
    const stream = parseStreamArn(given);
    if (stream) return about(streamArn(stream), stream.accountId);
    const consumer = parseConsumerArn(given);
    if (!consumer) return [{ action, resources: ["*"], accountId }];
    const { ConsumerName, createdSecond } = consumer;
    return about(
      consumerArn(consumer.stream, { ConsumerName, createdAt: createdSecond * 1000 }),
      consumer.stream.accountId,
    );
  }
  const StreamName = textOf(input, "StreamName");
  if (StreamName !== undefined) return about(streamArn({ accountId, region, StreamName }), accountId);
  return [{ action, resources: ["*"], accountId }];
};

/** The stream that an iterator or a token names, which clients can write themselves. */
function continued(operation: string, input: Input): KinesisStreamKey | undefined {
  if (operation === "GetRecords") return decodeIterator(textOf(input, "ShardIterator") ?? "");
  if (operation !== "ListShards") return undefined;
  return parseStreamArn(decodeShardsToken(textOf(input, "NextToken") ?? "")?.[0] ?? "");
}

/** What a resource policy can allow another account. https://docs.aws.amazon.com/streams/latest/dev/resource-based-policy-examples.html */
const SHARED: ReadonlySet<string> = new Set([
  "DescribeStreamConsumer",
  "DescribeStreamSummary",
  "GetRecords",
  "GetShardIterator",
  "ListShards",
  "PutRecord",
  "PutRecords",
]);
