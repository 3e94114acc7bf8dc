import { InvalidParameterValueException } from "@hearth/model";
import { addressText } from "@hearth/model";
import { brokerRefusal, secretPermissions } from "../brokers/sourceSecret.ts";
import type { MappedSource, StreamSource } from "../eventSource.ts";
import type { SourceDeps } from "../sourceDeps.ts";
import { checkedConnections, PinnedNames } from "./checkedConnections.ts";
import { KAFKA_SECRETS, kafkaLogin, unsupportedLogin } from "./kafkaLogin.ts";
import { KafkaStream } from "./kafkaStream.ts";
import { bootstrapServers, kafkaTarget } from "./kafkaTarget.ts";
import type { KafkaStreamRecord } from "./toKafkaRecord.ts";

const MSK_ACTIONS = ["DescribeCluster", "DescribeClusterV2", "GetBootstrapBrokers"] as const;
const SHARDS_EVERY_MS = 30_000;
const CONNECT_MS = 10_000;
/** https://docs.aws.amazon.com/lambda/latest/dg/kafka-retry-configurations.html */
const RETRIES_BEFORE_DESTINATION = 10;

export type KafkaSourceDeps = Pick<SourceDeps, "brokers" | "authorities" | "secretOf" | "outbound"> & {
  /** How often new partitions are looked for. */
  readonly shardsEveryMs?: number;
};

/**
 * Kafka: clusters whose bootstrap servers the mapping names, and those that HEARTH_BROKERS names, with mappings and events as for MSK.
 * https://docs.aws.amazon.com/lambda/latest/dg/with-kafka.html
 */
export function kafkaSource({ shardsEveryMs = SHARDS_EVERY_MS, ...deps }: KafkaSourceDeps): StreamSource {
  const { brokers, outbound } = deps;
  return {
    name: "kafka",
    shape: "stream",
    serves: (source) => {
      if (source.EventSourceArn === undefined) return bootstrapServers(source).length > 0;
      return source.EventSourceArn.split(":")[2] === "kafka";
    },
    permissions: (mapping) => {
      const resource = mapping.EventSourceArn;
      const actions = resource === undefined ? [] : MSK_ACTIONS;
      return [
        ...actions.map((action) => ({ action: `kafka:${action}`, resource: resource ?? "" })),
        ...secretPermissions(mapping, KAFKA_SECRETS),
      ];
    },
    refusal: brokerRefusal,
    async check(mapping) {
      kafkaTarget(mapping, brokers);
      if (configOf(mapping)?.SchemaRegistryConfig) {
        throw new InvalidParameterValueException("Hearth does not support SchemaRegistryConfig.");
      }
      const type = unsupportedLogin(mapping);
      if (type !== undefined) {
        throw new InvalidParameterValueException(`Hearth does not support the source access type ${type}.`);
      }
    },
    async open(mapping, signal) {
      const { servers, isSecure, isOwners } = kafkaTarget(mapping, brokers);
      const { Topics = [], SelfManagedKafkaEventSourceConfig: own } = mapping.settings;
      if (own?.ConsumptionMode === "Queue") throw new Error("Hearth does not support the ConsumptionMode Queue.");
      const { sasl, secureContext } = await kafkaLogin(mapping, isSecure, deps);
      const { Consumer } = await import("@platformatic/kafka");
      const { accountId, UUID } = mapping;
      const groupId = configOf(mapping)?.ConsumerGroupId || UUID;
      const connect = () => {
        const pinned = secureContext && !isOwners ? new PinnedNames() : undefined;
        const client = new Consumer({
          clientId: `hearth-${UUID}`,
          groupId,
          bootstrapBrokers: [...servers],
          connectTimeout: CONNECT_MS,
          retries: 1,
          retryDelay: 200,
          autocreateTopics: false,
          ...(sasl && { sasl }),
          ...(secureContext && {
            tls: { secureContext, ...(pinned && { lookup: pinned.lookup }) },
            tlsServerName: true,
          }),
        });
        if (!isOwners) {
          checkedConnections(client, (server) => outbound.addresses({ accountId, ...server, signal }), pinned);
        }
        return client;
      };
      return new KafkaStream(connect, { topics: Topics, shardsEveryMs, hasOwnGroup: groupId !== UUID });
    },
    event(mapping, records) {
      const byPartition = new Map<string, string[]>();
      for (const record of records) {
        const { topicPartition, json } = record as KafkaStreamRecord;
        const list = byPartition.get(topicPartition);
        if (list) list.push(json);
        else byPartition.set(topicPartition, [json]);
      }
      const parts = [...byPartition].map(([key, list]) => `${JSON.stringify(key)}:[${list.join(",")}]`);
      const { EventSourceArn } = mapping;
      const head = {
        eventSource: EventSourceArn === undefined ? "SelfManagedKafka" : "aws:kafka",
        ...(EventSourceArn !== undefined && { eventSourceArn: EventSourceArn }),
        bootstrapServers: serversText(mapping),
      };
      return `${JSON.stringify(head).slice(0, -1)},"records":{${parts.join(",")}}}`;
    },
    /** `{"partition":"orders-0","offset":17}`. https://docs.aws.amazon.com/lambda/latest/dg/kafka-retry-configurations.html */
    idOf: (itemIdentifier) => {
      if (typeof itemIdentifier !== "object" || itemIdentifier === null) return undefined;
      const { partition, offset } = itemIdentifier as { readonly partition?: unknown; readonly offset?: unknown };
      return typeof partition === "string" && Number.isSafeInteger(offset)
        ? `${partition}-${String(offset)}`
        : undefined;
    },
    retriesBeforeDestination: RETRIES_BEFORE_DESTINATION,
    /** https://docs.aws.amazon.com/lambda/latest/dg/kafka-on-failure.html */
    batchInfo: (mapping, shard, records) => ({
      KafkaBatchInfo: {
        batchSize: records.length,
        ...(mapping.EventSourceArn !== undefined && { eventSourceArn: mapping.EventSourceArn }),
        bootstrapServers: serversText(mapping),
        payloadSize: records.reduce((sum, { json }) => sum + Buffer.byteLength(json), 0),
        recordsInfo: {
          [shard]: {
            firstRecordOffset: offsetOf(records[0]),
            lastRecordOffset: offsetOf(records.at(-1)),
            firstRecordTimestamp: timeOf(records[0]),
            lastRecordTimestamp: timeOf(records.at(-1)),
          },
        },
      },
    }),
  };

  function serversText(mapping: MappedSource): string {
    return kafkaTarget(mapping, brokers).servers.map(addressText).join(",");
  }
}

type KafkaConfig = NonNullable<MappedSource["settings"]["SelfManagedKafkaEventSourceConfig"]>;

function configOf({ settings }: MappedSource): KafkaConfig | undefined {
  return settings.AmazonManagedKafkaEventSourceConfig ?? settings.SelfManagedKafkaEventSourceConfig;
}

function offsetOf(record: { readonly position: string } | undefined): string | undefined {
  return record && String(BigInt(record.position) - 1n);
}

function timeOf(record: { readonly arrivedAtMs: number } | undefined): string | undefined {
  return record && new Date(record.arrivedAtMs).toISOString();
}
