import { CreateSecretCommand } from "@aws-sdk/client-secrets-manager";
import { Admin, Producer, stringSerializers } from "@platformatic/kafka";
import { Connection } from "rabbitmq-client";
import type { ChaosPath } from "./chaosRun.ts";
import type { ChaosWorld } from "./chaosWorld.ts";
import { CONNECTIONS, type SourceServers } from "./sourceServers.ts";

const KEYS = 4;
const PARTITIONS = 2;

/** The records of a topic of Kafka. */
export async function kafkaPath(
  world: ChaosWorld,
  FunctionName: string,
  servers: SourceServers,
): Promise<ChaosPath | undefined> {
  const { kafka } = servers;
  if (!kafka) return undefined;
  const [clientId, topic] = ["chaos", "chaos"];
  const options = { clientId, bootstrapBrokers: [`127.0.0.1:${kafka.port}`], retries: 20, retryDelay: 200 };
  const admin = new Admin(options);
  await admin.createTopics({ topics: [topic], partitions: PARTITIONS, replicas: 1 });
  await admin.close();
  const producer = new Producer({ ...options, serializers: stringSerializers });
  servers.use("the Kafka producer", () => producer.close());
  await world.map({
    FunctionName,
    EventSourceArn: `arn:aws:kafka:us-east-1:000000000000:cluster/${CONNECTIONS.kafka}/0-1`,
    Topics: [topic],
    StartingPosition: "TRIM_HORIZON",
    BatchSize: 10,
  });
  return {
    name: "kafka",
    goals: [world.function(FunctionName)],
    orderKey: (n) => n % KEYS,
    async send(value, n) {
      const key = n % KEYS;
      await producer.send({ messages: [{ topic, key: String(key), value, partition: key % PARTITIONS }], acks: -1 });
    },
  };
}

/** The messages of a durable queue of RabbitMQ. */
export async function rabbitmqPath(
  world: ChaosWorld,
  FunctionName: string,
  servers: SourceServers,
): Promise<ChaosPath | undefined> {
  const { rabbitmq } = servers;
  if (!rabbitmq) return undefined;
  const queue = "chaos";
  const client = new Connection({ hostname: "127.0.0.1", port: rabbitmq.port });
  servers.use("the RabbitMQ client", () => client.unsafeDestroy());
  await client.queueDeclare({ queue, durable: true });
  const publisher = client.createPublisher({ confirm: true });
  const SecretString = JSON.stringify({ username: "guest", password: "guest" });
  const { ARN } = await world.secrets.send(new CreateSecretCommand({ Name: "chaos", SecretString }));
  await world.map({
    FunctionName,
    EventSourceArn: `arn:aws:mq:us-east-1:000000000000:broker:${CONNECTIONS.rabbitmq}:b-1`,
    Queues: [queue],
    SourceAccessConfigurations: [{ Type: "BASIC_AUTH", URI: ARN }],
    BatchSize: 10,
  });
  return {
    name: "rabbitmq",
    goals: [world.function(FunctionName)],
    send: (mark) => publisher.send({ routingKey: queue, durable: true }, mark),
  };
}
