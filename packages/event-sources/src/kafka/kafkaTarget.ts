import { InvalidParameterValueException } from "@hearth/model";
import { type Broker, type BrokerAddress, findBroker, serverOf } from "@hearth/model";
import type { MappedSource } from "../eventSource.ts";

/** Where the cluster of a mapping is. */
export interface KafkaTarget {
  readonly servers: readonly BrokerAddress[];
  /** Whether TLS is used; `undefined` when that depends on how the mapping logs in. */
  readonly isSecure?: boolean;
  /** The owner has named the cluster: its addresses need not be checked. */
  readonly isOwners: boolean;
}

/** Finds the cluster of a mapping. Throws InvalidParameterValueException when the account may use none of that name. */
export function kafkaTarget(mapping: MappedSource, brokers: readonly Broker[]): KafkaTarget {
  const { accountId, EventSourceArn } = mapping;
  const own = bootstrapServers(mapping);
  if (EventSourceArn === undefined) {
    const servers = own.flatMap((text) => serverOf(text) ?? []);
    if (servers.length === 0 || servers.length < own.length) {
      throw new InvalidParameterValueException(`KAFKA_BOOTSTRAP_SERVERS must be host:port, not ${own.join(", ")}.`);
    }
    const named = brokers.find(
      (broker) =>
        broker.protocol === "kafka" &&
        (broker.accountId ?? accountId) === accountId &&
        servers.every(({ host, port }) => broker.servers.some((one) => one.host === host && one.port === port)),
    );
    return named ? { servers, isSecure: named.isSecure, isOwners: true } : { servers, isOwners: false };
  }
  // arn:aws:kafka:<region>:<account>:cluster/<name>/<id>
  const names = EventSourceArn.split("/").slice(1);
  const broker = findBroker(brokers, "kafka", accountId, names);
  if (!broker) {
    throw new InvalidParameterValueException(
      `Unrecognized event source. HEARTH_BROKERS names no Kafka cluster ${names[0] ?? ""} that this account may use.`,
    );
  }
  return { servers: broker.servers, isSecure: broker.isSecure, isOwners: true };
}

/** Of a cluster that is not MSK. */
export function bootstrapServers({ settings }: Pick<MappedSource, "settings">): readonly string[] {
  return settings.SelfManagedEventSource?.Endpoints?.["KAFKA_BOOTSTRAP_SERVERS"] ?? [];
}
