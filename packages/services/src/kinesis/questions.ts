import { type Question, type Questions, textOf } from "@hearth/access";
import { parseConsumerArn, parseStreamArn, streamArn } from "@hearth/streams";
import { decodeIterator } from "./shardIterator.ts";

/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonkinesis.html */
export const questions: Questions = ({ operation, input, accountId, region }) => {
  const action = `kinesis:${operation}`;
  const about = (arn: string, owner: string): readonly Question[] => [
    { action, resources: [arn], accountId: owner, asksResource: SHARED.has(operation) },
  ];
  const given =
    textOf(input, "ConsumerARN") ??
    textOf(input, "ResourceARN") ??
    textOf(input, "ResourceArn") ??
    textOf(input, "StreamARN");
  if (given !== undefined) {
    const owner = parseStreamArn(given)?.accountId ?? parseConsumerArn(given)?.stream.accountId;
    return owner === undefined ? [{ action, resources: ["*"], accountId }] : about(given, owner);
  }
  const StreamName = textOf(input, "StreamName");
  if (StreamName !== undefined) return about(streamArn({ accountId, region, StreamName }), accountId);
  const position = decodeIterator(textOf(input, "ShardIterator") ?? textOf(input, "NextToken") ?? "");
  if (position) return about(streamArn(position), position.accountId);
  return [{ action, resources: ["*"], accountId }];
};

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
