import { SystemClock, systemRandom } from "@hearth/kit";
import type { EventSourceSettings } from "@hearth/model";
import { EventSourceMappingStore } from "@hearth/store";
import { KafkaServer, noKafka, skipReason, testDatabase } from "@hearth/testkit";
import { Admin, type Consumer, Producer, stringSerializers } from "@platformatic/kafka";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseBrokers } from "../brokers/broker.ts";
import type { MappedSource, StreamSource } from "../eventSource.ts";
import { eventSourceContract } from "../eventSourceContract.ts";
import { fail, PollingProcess, type TestFunction } from "../testing/pollingProcess.ts";
import { checkedConnections } from "./checkedConnections.ts";
import { kafkaSource, type KafkaSourceDeps } from "./kafkaSource.ts";

interface KafkaEvent {
  readonly eventSource: string;
  readonly records: Readonly<Record<string, readonly { readonly value: string; readonly offset: number }[]>>;
}

const patient = { timeout: 60_000, interval: 50 };
const clock = new SystemClock();
const refuse = { addresses: () => Promise.reject(new Error("the account may not connect there")) };
const SECRET = "arn:aws:secretsmanager:us-east-1:000000000000:secret:s";
const MSK = "arn:aws:kafka:us-east-1:000000000000:cluster/events/0-1";

const bodiesOf = (event: unknown): readonly string[] =>
  Object.values((event as KafkaEvent).records)
    .flat()
    .map(({ value }) => Buffer.from(value, "base64").toString());

describe("Kafka", skipReason(await noKafka()), () => {
  let server: KafkaServer;
  let admin: Admin;
  let producer: Producer<string, string, string, string>;
  const open = (): void => {
    const options = {
      clientId: "test",
      bootstrapBrokers: [`127.0.0.1:${server.port}`],
      retries: 20,
      retryDelay: 200,
      metadataMaxAge: 200,
    };
    admin = new Admin(options);
    producer = new Producer({ ...options, serializers: stringSerializers });
  };
  const close = async (): Promise<void> => {
    await Promise.allSettled([admin?.close(), producer?.close()]);
  };
  beforeAll(async () => {
    server = await KafkaServer.start();
    open();
  });
  afterAll(async () => {
    await close();
    await server?.[Symbol.asyncDispose]();
  });

  const source = (deps: Partial<KafkaSourceDeps> = {}): StreamSource =>
    kafkaSource({
      brokers:
        parseBrokers(`events=kafka://127.0.0.1:${server.port},login=kafka://127.0.0.1:${server.loginPort}`) ?? [],
      authorities: [],
      secretOf: async () => JSON.stringify({ username: server.user.name, password: server.user.password }),
      outbound: refuse,
      shardsEveryMs: 500,
      ...deps,
    });
  const newTopic = async (partitions = 2): Promise<string> => {
    const topic = `t-${systemRandom.hex(6)}`;
    await admin.createTopics({ topics: [topic], partitions, replicas: 1 });
    return topic;
  };
  const send = async (topic: string, value: string, partition = 0): Promise<void> => {
    await producer.send({ messages: [{ topic, key: `k${partition}`, value, partition }], acks: -1 });
  };
  const mapped = async (
    topic: string,
    fn: TestFunction,
    settings: EventSourceSettings = {},
    { isSelfManaged = false, made = source() } = {},
  ): Promise<
    AsyncDisposable & { readonly result: () => Promise<string | undefined>; readonly process: PollingProcess }
  > => {
    const stack = new AsyncDisposableStack();
    const { database } = stack.use(await testDatabase());
    const mappings = new EventSourceMappingStore({ database, clock });
    const UUID = systemRandom.uuid();
    const where = { accountId: "000000000000", region: "us-east-1" };
    const EventSourceArn = isSelfManaged ? undefined : MSK;
    const all = { BatchSize: 10, Topics: [topic], StartingPosition: "TRIM_HORIZON", ...settings } as const;
    await mappings.create({
      ...where,
      UUID,
      FunctionName: "f",
      EventSourceArn,
      enabled: true,
      settings: all,
      Tags: {},
    });
    const process = await stack.use(new PollingProcess(database, [made], fn)).start();
    return {
      process,
      result: async () => (await mappings.get(where, UUID)).LastProcessingResult,
      [Symbol.asyncDispose]: () => stack.disposeAsync(),
    };
  };
  const selfManaged = (port: number): EventSourceSettings => ({
    SelfManagedEventSource: { Endpoints: { KAFKA_BOOTSTRAP_SERVERS: [`127.0.0.1:${port}`] } },
  });

  eventSourceContract(
    "a topic of Kafka",
    async () => {
      const topic = await newTopic();
      return {
        EventSourceArn: MSK,
        settings: { Topics: [topic], StartingPosition: "TRIM_HORIZON" },
        source: () => source(),
        async send(records) {
          await producer.send({
            messages: records.map(({ key, body }) => ({ topic, key, value: body })),
            acks: -1,
          });
        },
        bodiesOf,
        [Symbol.asyncDispose]: async () => await admin.deleteTopics({ topics: [topic] }),
      };
    },
    { isOrdered: true },
  );

  test("the function gets AWS's event, of MSK and of a cluster that the mapping names", async () => {
    const topic = await newTopic(1);
    const timestamp = 1_700_000_000_000;
    const message = { topic, key: "k", value: '{"a":1}', timestamp: BigInt(timestamp), headers: { h: "é" } };
    await producer.send({ messages: [message, { topic, value: "no key" }], acks: -1 });
    const events: unknown[] = [];
    await using _msk = await mapped(topic, (event) => void events.push(event), { BatchSize: 1 });
    await expect.poll(() => events, patient).toHaveLength(2);
    expect(events[0]).toEqual({
      eventSource: "aws:kafka",
      eventSourceArn: MSK,
      bootstrapServers: `127.0.0.1:${server.port}`,
      records: {
        [`${topic}-0`]: [
          {
            topic,
            partition: 0,
            offset: 0,
            timestamp,
            timestampType: "CREATE_TIME",
            key: Buffer.from("k").toString("base64"),
            value: Buffer.from('{"a":1}').toString("base64"),
            headers: [{ h: [-61, -87] }],
          },
        ],
      },
    });
    expect((events[1] as KafkaEvent).records[`${topic}-0`]?.[0]).not.toHaveProperty("key");
    const own: unknown[] = [];
    await using _own = await mapped(topic, (event) => void own.push(event), selfManaged(server.port), {
      isSelfManaged: true,
    });
    await expect.poll(() => own.flatMap(bodiesOf), patient).toEqual(['{"a":1}', "no key"]);
    expect(own[0]).toMatchObject({ eventSource: "SelfManagedKafka", bootstrapServers: `127.0.0.1:${server.port}` });
    expect(own[0]).not.toHaveProperty("eventSourceArn");
  });

  test("LATEST and AT_TIMESTAMP begin where they say, new partitions are found, and the group's offsets are shown", async () => {
    const topic = await newTopic(1);
    await send(topic, "old");
    const seen: string[] = [];
    const take: TestFunction = (event) => void seen.push(...bodiesOf(event));
    const ConsumerGroupId = `g-${systemRandom.hex(4)}`;
    await using _latest = await mapped(topic, take, {
      StartingPosition: "LATEST",
      AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId },
    });
    // It has begun when a record of now is seen; those before are not.
    await expect
      .poll(async () => {
        await send(topic, "now");
        return seen.length;
      }, patient)
      .toBeGreaterThan(0);
    expect(seen).not.toContain("old");
    await admin.createPartitions({ topics: [{ name: topic, count: 2, assignments: [{ brokerIds: [1] }] }] });
    await expect
      .poll(
        () =>
          send(topic, "in the new partition", 1).then(
            () => true,
            () => false,
          ),
        patient,
      )
      .toBe(true);
    await expect.poll(() => seen, patient).toContain("in the new partition");
    const group = async (): Promise<number | undefined> =>
      (await admin.listConsumerGroupOffsets({ groups: [ConsumerGroupId] }))[0]?.topics.find(
        ({ name }) => name === topic,
      )?.partitions.length;
    await expect.poll(group, patient).toBeGreaterThanOrEqual(1);
    const later: string[] = [];
    await using _later = await mapped(topic, (event) => void later.push(...bodiesOf(event)), {
      StartingPosition: "AT_TIMESTAMP",
      StartingPositionTimestamp: 1_000,
    });
    await expect.poll(() => later, patient).toContain("old");
  });

  test("filters see the value as JSON; poison is given up after its attempts and told to the destination", async () => {
    const topic = await newTopic(1);
    for (const kind of ["other", "poison", "wanted"]) await send(topic, JSON.stringify({ kind }));
    const seen: string[] = [];
    const Destination = "arn:aws:sqs:us-east-1:000000000000:failures";
    await using mapping = await mapped(
      topic,
      (event) => {
        if (bodiesOf(event).some((body) => body.includes("poison"))) return fail();
        return void seen.push(...bodiesOf(event));
      },
      {
        FilterCriteria: { Filters: [{ Pattern: JSON.stringify({ value: { kind: ["poison", "wanted"] } }) }] },
        BatchSize: 1,
        MaximumRetryAttempts: 1,
        DestinationConfig: { OnFailure: { Destination } },
      },
    );
    await expect.poll(() => seen, patient).toEqual(['{"kind":"wanted"}']);
    const [sent] = mapping.process.sent;
    expect(JSON.parse(Buffer.from(sent?.body ?? []).toString())).toMatchObject({
      KafkaBatchInfo: {
        batchSize: 1,
        eventSourceArn: MSK,
        recordsInfo: { [`${topic}-0`]: { firstRecordOffset: "1", lastRecordOffset: "1" } },
      },
    });
  });

  test("a cluster that goes away is connected to again, and nothing is lost", async () => {
    const topic = await newTopic(1);
    const seen = new Set<string>();
    await using mapping = await mapped(topic, (event) => bodiesOf(event).forEach((body) => seen.add(body)));
    await send(topic, "before");
    await expect.poll(() => [...seen], patient).toEqual(["before"]);
    await server.kill();
    await expect.poll(mapping.result, patient).toMatch(/^PROBLEM: /);
    await close();
    await server.resume();
    open();
    await send(topic, "after");
    await expect.poll(() => [...seen].toSorted(), patient).toEqual(["after", "before"]);
  });

  test.each(["BASIC_AUTH", "SASL_SCRAM_512_AUTH"] as const)("%s logs in with the secret", async (Type) => {
    const topic = await newTopic(1);
    await send(topic, "x");
    const settings = { ...selfManaged(server.loginPort), SourceAccessConfigurations: [{ Type, URI: SECRET }] };
    const seen: string[] = [];
    await using _right = await mapped(topic, (event) => void seen.push(...bodiesOf(event)), settings, {
      isSelfManaged: true,
    });
    await expect.poll(() => seen, patient).toEqual(["x"]);
    const made = source({ secretOf: async () => JSON.stringify({ username: "bob", password: "wrong" }) });
    await using wrong = await mapped(topic, () => undefined, settings, { isSelfManaged: true, made });
    await expect.poll(wrong.result, patient).toMatch(/^PROBLEM: .*authentication/i);
  });

  test("an account reaches its own bootstrap servers only where it may connect", async () => {
    const topic = await newTopic(1);
    await send(topic, "x");
    const settings = selfManaged(server.port);
    const asked: string[] = [];
    const seen: string[] = [];
    const outbound = {
      async addresses({
        accountId,
        host,
        port,
      }: {
        readonly accountId: string;
        readonly host: string;
        readonly port: number;
      }) {
        asked.push(`${accountId} ${host}:${port}`);
        return [host];
      },
    };
    const allowed = source({ brokers: [], outbound });
    await using _allowed = await mapped(topic, (event) => void seen.push(...bodiesOf(event)), settings, {
      isSelfManaged: true,
      made: allowed,
    });
    await expect.poll(() => seen, patient).toEqual(["x"]);
    expect(new Set(asked)).toEqual(new Set([`000000000000 127.0.0.1:${server.port}`]));
    const made = source({ brokers: [] });
    await using refused = await mapped(topic, () => undefined, settings, { isSelfManaged: true, made });
    await expect.poll(refused.result, patient).toBe("PROBLEM: the account may not connect there");
  });
});

test("each broker of the metadata is checked before it is connected to", async () => {
  const opened: unknown[] = [];
  const connections = {
    get: (server: unknown, callback: (error: Error | null) => void) => {
      opened.push(server);
      callback(null);
    },
  };
  checkedConnections(
    { connections } as unknown as Consumer,
    async ({ host }) => {
      if (host === "inside") throw new Error("not there");
      return ["192.0.2.1"];
    },
    undefined,
  );
  const get = (host: string): Promise<string> =>
    new Promise((resolve) => connections.get({ host, port: 9092 }, (error) => resolve(error?.message ?? "connected")));
  expect(await get("inside")).toBe("not there");
  expect(await get("outside")).toBe("connected");
  expect(opened).toEqual([{ host: "192.0.2.1", port: 9092 }]);
});

test("clusters that HEARTH_BROKERS does not name, and schema registries, are refused", async () => {
  const { check } = kafkaSource({ brokers: [], authorities: [], secretOf: async () => "", outbound: refuse });
  const mapping = (more: Pick<MappedSource, "settings" | "EventSourceArn">): MappedSource => ({
    ...{ accountId: "000000000000", region: "us-east-1", UUID: "u", FunctionName: "f", ...more },
  });
  await expect(check(mapping({ EventSourceArn: MSK, settings: {} }), { timeoutSeconds: 3 })).rejects.toThrow(
    "HEARTH_BROKERS names no Kafka cluster events",
  );
  const settings = {
    SelfManagedEventSource: { Endpoints: { KAFKA_BOOTSTRAP_SERVERS: ["k:9092"] } },
    SelfManagedKafkaEventSourceConfig: { SchemaRegistryConfig: { SchemaRegistryURI: "https://registry" } },
  };
  await expect(check(mapping({ settings }), { timeoutSeconds: 3 })).rejects.toThrow("SchemaRegistryConfig");
});
