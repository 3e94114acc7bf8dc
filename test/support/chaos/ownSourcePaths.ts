import { CreateBucketCommand } from "@aws-sdk/client-s3";
import { CreateTopicRuleCommand } from "@aws-sdk/client-iot";
import { silentLogger, SystemClock, systemRandom } from "@hearth/kit";
import { Database } from "@hearth/store";
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect as connectNats } from "@nats-io/transport-node";
import { Redis } from "ioredis";
import { connectAsync } from "mqtt";
import { isPoison } from "./arrivals.ts";
import type { ChaosPath } from "./chaosRun.ts";
import type { ChaosWorld } from "./chaosWorld.ts";
import { CONNECTIONS, type SourceServers } from "./sourceServers.ts";

const arnOf = (rest: string): string => `arn:aws:hearth:us-east-1:000000000000:${rest}`;

/** The messages of a stream of NATS JetStream. */
export async function natsPath(
  world: ChaosWorld,
  FunctionName: string,
  servers: SourceServers,
): Promise<ChaosPath | undefined> {
  if (servers.nats === undefined) return undefined;
  const nats = await connectNats({ servers: servers.nats });
  servers.use("the NATS client", () => nats.close());
  await (await jetstreamManager(nats)).streams.add({ name: "CHAOS", subjects: ["chaos.>"] });
  await world.map({ FunctionName, EventSourceArn: arnOf(`nats/${CONNECTIONS.nats}/CHAOS`), BatchSize: 10 });
  const stream = jetstream(nats);
  return {
    name: "nats",
    goals: [world.function(FunctionName)],
    send: async (mark) => void (await stream.publish("chaos.one", mark)),
  };
}

/** The entries of a stream of Redis. */
export async function redisPath(
  world: ChaosWorld,
  FunctionName: string,
  servers: SourceServers,
): Promise<ChaosPath | undefined> {
  if (servers.redis === undefined) return undefined;
  const redis = new Redis(servers.redis);
  servers.use("the Redis client", () => redis.disconnect());
  await world.map({ FunctionName, EventSourceArn: arnOf(`redis-stream/${CONNECTIONS.redis}/chaos`), BatchSize: 10 });
  return {
    name: "redis",
    goals: [world.function(FunctionName)],
    send: async (mark) => void (await redis.xadd("chaos", "*", "body", mark)),
  };
}

/** The changes of a table of PostgreSQL. The function refuses some of them, which must lie in the failure destination. */
export async function postgresPath(
  world: ChaosWorld,
  _sharedFunction: string,
  servers: SourceServers,
): Promise<ChaosPath | undefined> {
  const { postgres } = servers;
  if (postgres === undefined) return undefined;
  const [FunctionName, Bucket] = ["postgres", "chaos-failed"];
  const deps = { clock: new SystemClock(), random: systemRandom, logger: silentLogger };
  const database = new Database({ connection: { connectionString: postgres }, max: 1 }, deps);
  servers.use("the database of changes", () => database[Symbol.asyncDispose]());
  await database.query("CREATE TABLE chaos (n int PRIMARY KEY, mark text)");
  await database.query("CREATE PUBLICATION chaos FOR TABLE chaos");
  await Promise.all([
    world.newFunction(FunctionName, { refusesPoison: true }),
    world.s3.send(new CreateBucketCommand({ Bucket })),
  ]);
  await world.map({
    FunctionName,
    EventSourceArn: arnOf(`postgres/${CONNECTIONS.postgres}/changes/chaos`),
    BatchSize: 10,
    MaximumRetryAttempts: 0,
    BisectBatchOnFunctionError: true,
    DestinationConfig: { OnFailure: { Destination: `arn:aws:s3:::${Bucket}` } },
  });
  return {
    name: "postgres",
    goals: [world.functionOrBucket(FunctionName, Bucket)],
    // What lies in the bucket has no order.
    orderKey: (n) => (isPoison(n) ? -n : 0),
    send: async (mark, n) => void (await database.query("INSERT INTO chaos VALUES ($1, $2)", [n, mark])),
  };
}

/** The messages that a client publishes with QoS 1 to the embedded broker: to a function by a topic rule, and to another one by a mapping. */
export async function mqttPath(world: ChaosWorld, FunctionName: string, servers: SourceServers): Promise<ChaosPath> {
  const functionArn = world.functionArn(FunctionName);
  const mapped = "mqtt";
  await world.newFunction(mapped);
  await world.map({
    FunctionName: mapped,
    EventSourceArn: arnOf(`mqtt/${CONNECTIONS.mqtt}/chaos/#`),
    BatchSize: 10,
  });
  await world.iot.send(
    new CreateTopicRuleCommand({
      ruleName: "chaos",
      topicRulePayload: { sql: "SELECT * FROM 'chaos/+'", actions: [{ lambda: { functionArn } }] },
    }),
  );
  const url = `mqtt://127.0.0.1:${servers.mqttPort}`;
  const client = await connectAsync(url, { username: "test", password: "test", reconnectPeriod: 100 });
  client.on("error", () => undefined); // it connects again, and sends again what was not acknowledged
  servers.use("the MQTT client", () => client.end(true));
  return {
    name: "mqtt",
    goals: [world.function(FunctionName), world.function(mapped)],
    send: async (mark) => void (await client.publishAsync("chaos/one", JSON.stringify({ mark }), { qos: 1 })),
  };
}
