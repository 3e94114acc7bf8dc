import { arn } from "@hearth/model";
import type { KinesisShard, KinesisStreamKey, KinesisStreamRecord } from "@hearth/store";

/** A stream with its shards, as they were a short time ago. */
export interface Stream extends KinesisStreamRecord {
  readonly arn: string;
  readonly shards: readonly KinesisShard[];
}

export function streamArn({ accountId, region, StreamName }: KinesisStreamKey): string {
  return arn({ service: "kinesis", region, accountId, resource: `stream/${StreamName}` });
}

/** `arn:aws:kinesis:us-east-1:123456789012:stream/name/consumer/name:1700000000`: the last number is the second of registration. */
export function consumerArn(
  stream: KinesisStreamKey,
  consumer: { readonly ConsumerName: string; readonly createdAt: number },
): string {
  return `${streamArn(stream)}/consumer/${consumer.ConsumerName}:${Math.floor(consumer.createdAt / 1000)}`;
}

export interface NamedConsumer {
  readonly stream: KinesisStreamKey;
  readonly ConsumerName: string;
  readonly createdSecond: number;
}

const ARN =
  /^arn:aws[a-z-]*:kinesis:([a-z0-9-]+):(\d{12}):stream\/([A-Za-z0-9_.-]{1,128})(?:\/consumer\/([A-Za-z0-9_.-]{1,128}):(\d{1,10}))?$/;

/** The stream that an ARN names; `undefined` when it is no ARN of a stream. */
export function parseStreamArn(text: string): KinesisStreamKey | undefined {
  const [, region, accountId, StreamName, ConsumerName] = ARN.exec(text) ?? [];
  if (region === undefined || accountId === undefined || StreamName === undefined || ConsumerName !== undefined)
    return undefined;
  return { region, accountId, StreamName };
}

/** The consumer that an ARN names; `undefined` when it is no ARN of a consumer. */
export function parseConsumerArn(text: string): NamedConsumer | undefined {
  const [, region, accountId, StreamName, ConsumerName, second] = ARN.exec(text) ?? [];
  if (!region || !accountId || !StreamName || !ConsumerName || !second) return undefined;
  return { stream: { region, accountId, StreamName }, ConsumerName, createdSecond: Number(second) };
}

/** `shardId-000000000007` */
export function shardIdOf(shardNo: number): string {
  return `shardId-${String(shardNo).padStart(12, "0")}`;
}

/** The number in a shard's id, which may be given without its leading text; `undefined` when it is none. */
export function parseShardId(text: string): number | undefined {
  const [, digits] = /^(?:shardId-)?(\d{1,12})$/.exec(text) ?? [];
  const number = Number(digits);
  return digits !== undefined && number < 2 ** 31 ? number : undefined;
}
