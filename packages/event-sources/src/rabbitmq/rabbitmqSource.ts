import { createSecureContext } from "node:tls";
import { InvalidParameterValueException } from "@hearth/model";
import { addressText, type Broker, findBroker } from "@hearth/model";
import { accessUri, brokerRefusal, secretMembers, secretPermissions } from "../brokers/sourceSecret.ts";
import type { MappedSource, QueueSource, SourceName } from "../eventSource.ts";
import type { SourceDeps } from "../sourceDeps.ts";
import { RabbitmqQueue, type RabbitmqRecord } from "./rabbitmqQueue.ts";

const DEFAULT_BATCH_SIZE = 100;
/** More than a batch is taken ahead only up to this number, because messages may be large. */
const MAX_AHEAD = 1_000;

/**
 * RabbitMQ, with mappings, events and permissions as for RabbitMQ of Amazon MQ. The brokers are the owner's: HEARTH_BROKERS says where they are.
 * https://docs.aws.amazon.com/lambda/latest/dg/with-mq.html
 */
export function rabbitmqSource({
  brokers,
  authorities,
  secretOf,
  clock,
}: Pick<SourceDeps, "brokers" | "authorities" | "secretOf" | "clock">): QueueSource {
  const brokerOf = (mapping: MappedSource): Broker => {
    const broker = findBroker(brokers, "rabbitmq", mapping.accountId, namesOf(mapping));
    if (broker) return broker;
    const [name] = namesOf(mapping);
    throw new InvalidParameterValueException(
      `Unrecognized event source. HEARTH_BROKERS names no RabbitMQ broker ${name} that this account may use; ActiveMQ is not supported.`,
    );
  };
  /** Each opening takes the next server of a cluster, because one of them may be away. */
  let opened = 0;
  return {
    name: "rabbitmq",
    shape: "queue",
    // As on AWS, where one batch of a mapping runs at a time.
    concurrency: 1,
    serves: ({ EventSourceArn }) => EventSourceArn?.split(":")[2] === "mq",
    permissions: (mapping) => [
      { action: "mq:DescribeBroker", resource: arnOf(mapping) },
      ...secretPermissions(mapping, ["BASIC_AUTH"]),
    ],
    refusal: brokerRefusal,
    async check(mapping) {
      brokerOf(mapping);
    },
    async open(mapping, signal) {
      const { isSecure, servers } = brokerOf(mapping);
      const secret = await secretOf(accessUri(mapping, "BASIC_AUTH") ?? "", mapping);
      const { username, password } = secretMembers(secret, ["username", "password"]);
      const vhost = accessUri(mapping, "VIRTUAL_HOST") ?? "/";
      const { Queues = [], BatchSize = DEFAULT_BATCH_SIZE } = mapping.settings;
      const { Connection } = await import("rabbitmq-client");
      const server = servers[opened++ % servers.length];
      const connection = new Connection({
        hosts: server ? [addressText(server)] : [],
        username,
        password,
        vhost,
        tls: isSecure && { secureContext: createSecureContext({ ca: [...authorities], minVersion: "TLSv1.2" }) },
        connectionName: `hearth ${mapping.UUID}`,
        heartbeat: 20,
      });
      const prefetch = Math.max(BatchSize, Math.min(2 * BatchSize, MAX_AHEAD));
      return await RabbitmqQueue.open(connection, { queues: Queues, vhost, prefetch }, clock, signal);
    },
    event(mapping, records) {
      const byQueue = new Map<string, string[]>();
      for (const record of records) {
        const { queueKey, json } = record as RabbitmqRecord;
        const messages = byQueue.get(queueKey);
        if (messages) messages.push(json);
        else byQueue.set(queueKey, [json]);
      }
      const queues = [...byQueue].map(([key, messages]) => `${JSON.stringify(key)}:[${messages.join(",")}]`);
      const arn = JSON.stringify(arnOf(mapping));
      return `{"eventSource":"aws:rmq","eventSourceArn":${arn},"rmqMessagesByQueue":{${queues.join(",")}}}`;
    },
  };
}

/** The name and the id of a broker: `arn:aws:mq:<region>:<account>:broker:<name>:<id>`. */
function namesOf(source: SourceName): readonly string[] {
  return arnOf(source).split(":").slice(6);
}

function arnOf({ EventSourceArn = "" }: SourceName): string {
  return EventSourceArn;
}
