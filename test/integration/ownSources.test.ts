import { CloudWatchLogsClient, FilterLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import {
  CreateEventSourceMappingCommand,
  type CreateEventSourceMappingCommandInput,
  CreateFunctionCommand,
  DeleteEventSourceMappingCommand,
  GetEventSourceMappingCommand,
  LambdaClient,
  UpdateEventSourceMappingCommand,
  waitUntilFunctionActiveV2,
} from "@aws-sdk/client-lambda";
import { SystemClock, systemRandom, silentLogger } from "@hearth/kit";
import { Database } from "@hearth/store";
import {
  logicalPostgres,
  loopbackAddress,
  noProgram,
  noRedis,
  type RunningHearth,
  skipReason,
  startHearth,
  testMosquitto,
  testNats,
  testRedis,
  zipOf,
} from "@hearth/testkit";
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect as connectNats } from "@nats-io/transport-node";
import { Redis } from "ioredis";
import { connectAsync } from "mqtt";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const patient = { timeout: 60_000 };
const reason = (await noRedis()) ?? noProgram("mosquitto") ?? noProgram("nats-server");
const ARN = "arn:aws:hearth:us-east-1:000000000000";
const FunctionName = "worker";

describe("servers that the operator names", skipReason(reason), () => {
  let stack: AsyncDisposableStack;
  let hearth: RunningHearth;
  let lambda: LambdaClient;
  let logs: CloudWatchLogsClient;
  let redis: Redis;
  let postgres: Database;
  let urls: { readonly nats: string; readonly mqtt: string };
  beforeAll(async () => {
    stack = new AsyncDisposableStack();
    const servers = await Promise.all([
      testRedis(),
      testNats(),
      testMosquitto(),
      logicalPostgres({ listen_addresses: loopbackAddress() }),
    ]);
    const [cache, nats, mqtt, db] = servers.map((server) => stack.use(server).url);
    urls = { nats: nats ?? "", mqtt: mqtt ?? "" };
    redis = new Redis(cache ?? "");
    stack.defer(() => redis.disconnect());
    const deps = { clock: new SystemClock(), random: systemRandom, logger: silentLogger };
    postgres = stack.use(new Database({ connection: { connectionString: db ?? "" }, max: 1 }, deps));
    await postgres.query("CREATE TABLE orders (id int PRIMARY KEY)");
    await postgres.query("CREATE PUBLICATION orders FOR TABLE orders");
    const HEARTH_SOURCE_CONNECTIONS = `cache=${cache},bus=${nats},broker=${mqtt},shop=${db}`;
    hearth = stack.use(await startHearth({ env: { HEARTH_SOURCE_CONNECTIONS } }));
    lambda = new LambdaClient(hearth.clientConfig);
    logs = new CloudWatchLogsClient(hearth.clientConfig);
    stack.defer(() => [lambda, logs].forEach((client) => client.destroy()));
    const code = `export const handler = async ({ Records }) => {
  for (const record of Records) console.log("GOT " + record.eventSource + " " + (record.body ?? record.fields?.body ?? JSON.stringify(record.new)));
};
`;
    const Role = "arn:aws:iam::000000000000:role/worker";
    const Code = { ZipFile: await zipOf({ "index.mjs": code }) };
    await lambda.send(
      new CreateFunctionCommand({ FunctionName, Runtime: "nodejs22.x", Handler: "index.handler", Role, Code }),
    );
    await waitUntilFunctionActiveV2({ client: lambda, maxWaitTime: 60 }, { FunctionName });
  });
  afterAll(() => stack.disposeAsync());

  const map = async (rest: string, more: Partial<CreateEventSourceMappingCommandInput> = {}) =>
    await lambda.send(new CreateEventSourceMappingCommand({ FunctionName, EventSourceArn: `${ARN}:${rest}`, ...more }));
  const got = async (): Promise<readonly string[]> => {
    const input = { logGroupName: "/aws/lambda/worker", filterPattern: "GOT" };
    const { events = [] } = await logs.send(new FilterLogEventsCommand(input)).catch(() => ({ events: [] }));
    return events.flatMap(({ message = "" }) => /GOT (.*)/.exec(message)?.[1] ?? []).toSorted();
  };

  test("each kind calls a function through a mapping like others, and nothing of it stays on the server", async () => {
    const nats = await connectNats({ servers: urls.nats });
    await (await jetstreamManager(nats)).streams.add({ name: "ORDERS", subjects: ["orders.>"] });
    const mappings = await Promise.all([
      map("redis-stream/cache/orders"),
      map("nats/bus/ORDERS", { BatchSize: 5 }),
      map("mqtt/broker/orders/+"),
      map("postgres/shop/channel/orders"),
      map("postgres/shop/changes/orders", { MaximumRetryAttempts: 3, BisectBatchOnFunctionError: true }),
    ]);
    const find = async (UUID?: string) => await lambda.send(new GetEventSourceMappingCommand({ UUID }));
    for (const { UUID } of mappings) await expect.poll(async () => (await find(UUID)).State, patient).toBe("Enabled");
    expect(await find(mappings[0]?.UUID)).toMatchObject({ BatchSize: 10, StartingPosition: "TRIM_HORIZON" });
    expect(await find(mappings[4]?.UUID)).toMatchObject({
      ...{ BatchSize: 100, StartingPosition: "LATEST", MaximumRetryAttempts: 3, BisectBatchOnFunctionError: true },
    });
    await redis.xadd("orders", "*", "body", "r");
    await jetstream(nats).publish("orders.new", "n");
    const mqtt = await connectAsync(urls.mqtt);
    await mqtt.publishAsync("orders/1", "m", { qos: 1 });
    await postgres.query("SELECT pg_notify('orders', 'c')");
    await postgres.query("INSERT INTO orders VALUES (7)");
    const all = ["hearth:mqtt m", "hearth:nats n", "hearth:postgres c", 'hearth:postgres {"id":7}', "hearth:redis r"];
    await expect.poll(got, patient).toEqual(all);
    const changed = await lambda.send(new UpdateEventSourceMappingCommand({ UUID: mappings[4]?.UUID, BatchSize: 50 }));
    expect(changed).toMatchObject({ BatchSize: 50, State: "Updating" });
    await expect.poll(async () => (await find(mappings[4]?.UUID)).State, patient).toBe("Enabled");

    for (const { UUID } of mappings) await lambda.send(new DeleteEventSourceMappingCommand({ UUID }));
    const slots = async () => await postgres.query("SELECT slot_name FROM pg_replication_slots");
    await expect.poll(slots, patient).toEqual([]);
    await expect.poll(async () => await redis.xinfo("GROUPS", "orders"), patient).toEqual([]);
    const consumers = async () => (await (await jetstreamManager(nats)).streams.info("ORDERS")).state.consumer_count;
    await expect.poll(consumers, patient).toBe(0);
    await mqtt.endAsync();
    await nats.close();
  });

  test("what a source cannot do is refused when its mapping is made", async () => {
    await expect(map("postgres/shop/changes/orders", { StartingPosition: "TRIM_HORIZON" })).rejects.toThrow(
      "Changes of PostgreSQL can be read from LATEST only",
    );
    await expect(map("postgres/shop/changes/none")).rejects.toThrow("The publication none does not exist.");
    await expect(map("postgres/shop/changes/orders/orders")).rejects.toThrow("Unrecognized event source.");
    await expect(map("nats/cache/ORDERS")).rejects.toThrow("its URL must start with nats:// or tls://");
    await expect(map("redis-stream/none/k")).rejects.toThrow("The connection none does not exist");
    const DestinationConfig = { OnFailure: { Destination: "arn:aws:sqs:us-east-1:000000000000:q" } };
    await expect(map("mqtt/broker/a", { DestinationConfig })).rejects.toThrow("Unsupported DestinationConfig");
  });
});
