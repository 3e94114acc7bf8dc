import { documentdbSource } from "./brokers/documentdbSource.ts";
import type { EventSource } from "./eventSource.ts";
import type { SourceDeps } from "./sourceDeps.ts";
import { dynamodbSource } from "./dynamodb/dynamodbSource.ts";
import { kafkaSource } from "./kafka/kafkaSource.ts";
import { kinesisSource } from "./kinesis/kinesisSource.ts";
import { mqttSource } from "./own/mqtt/mqttSource.ts";
import { natsSource } from "./own/nats/natsSource.ts";
import { changesSource } from "./own/postgres/changesSource.ts";
import { channelSource } from "./own/postgres/channelSource.ts";
import { redisStreamSource } from "./own/redis/redisStreamSource.ts";
import { rabbitmqSource } from "./rabbitmq/rabbitmqSource.ts";
import { sqsSource } from "./sqs/sqsSource.ts";

/** Every source that Hearth polls: a new one takes a folder and a line here. */
const SOURCES: readonly ((deps: SourceDeps) => EventSource)[] = [
  sqsSource,
  kinesisSource,
  dynamodbSource,
  kafkaSource,
  rabbitmqSource,
  documentdbSource,
  redisStreamSource,
  mqttSource,
  natsSource,
  channelSource,
  changesSource,
];

/** Makes all sources. Opens no connection. */
export function openSources(deps: SourceDeps): readonly EventSource[] {
  return SOURCES.map((make) => make(deps));
}
