import { SystemClock, systemRandom } from "@hearth/kit";
import type { EventSourceSettings } from "@hearth/model";
import { EventSourceMappingStore } from "@hearth/store";
import {
  KafkaServer,
  noKafka,
  skipReason,
  type TestCertificates,
  testCertificates,
  testDatabase,
} from "@hearth/testkit";
import { Admin, Producer, stringSerializers } from "@platformatic/kafka";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseBrokers } from "@hearth/model";
import type { StreamSource } from "../eventSource.ts";
import { eventSourceContract } from "../eventSourceContract.ts";
import { fail, PollingProcess, type TestFunction } from "../testing/pollingProcess.ts";
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
  let certificates: TestCertificates;
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
    certificates = await testCertificates();
    server = await KafkaServer.start(certificates);
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
    let sent = 0;
    await expect
      .poll(async () => {
        await send(topic, "now");
        sent++;
        return seen.length;
      }, patient)
      .toBeGreaterThan(0);
    expect(seen).not.toContain("old");
    await admin.createPartitions({ topics: [{ name: topic, count: 2, assignments: [{ brokerIds: [1] }] }] });
    const group = async (): Promise<readonly bigint[]> =>
      (await admin.listConsumerGroupOffsets({ groups: [ConsumerGroupId] }))[0]?.topics
        .find(({ name }) => name === topic)
        ?.partitions.toSorted((a, b) => a.partitionIndex - b.partitionIndex)
        .map(({ committedOffset }) => committedOffset) ?? [];
    // A client that does not know the new partition yet sends to the old one, or fails.
    const inNewPartition = async (): Promise<number> => {
      await send(topic, "in the new partition", 1).then(
        () => sent++,
        () => undefined,
      );
      return (await group()).length;
    };
    await expect.poll(inNewPartition, patient).toBe(2);
    expect(seen).toContain("in the new partition");
    // What the group has is where each partition ends, once everything was processed.
    const total = async (): Promise<bigint> => (await group()).reduce((sum, offset) => sum + offset, 0n);
    await expect.poll(total, patient).toBe(BigInt(1 + sent));
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

  test("batchItemFailures name a record by its partition and offset; the rest of the partition comes again from there", async () => {
    const topic = await newTopic(1);
    await producer.send({ messages: ["a", "b", "c"].map((value) => ({ topic, key: "k", value })), acks: -1 });
    const batches: (readonly string[])[] = [];
    await using _mapping = await mapped(
      topic,
      (event) => {
        const bodies = bodiesOf(event);
        batches.push(bodies);
        if (batches.length > 2) return { batchItemFailures: [] };
        const partition = `${topic}-0`;
        const itemIdentifier = batches.length === 1 ? { partition, offset: 1 } : `${partition}-2`;
        return { batchItemFailures: [{ itemIdentifier }] };
      },
      { FunctionResponseTypes: ["ReportBatchItemFailures"], MaximumBatchingWindowInSeconds: 2 },
    );
    // A text names no record, so that the whole batch has failed.
    await expect
      .poll(() => batches, patient)
      .toEqual([
        ["a", "b", "c"],
        ["b", "c"],
        ["b", "c"],
      ]);
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

  test("TLS: the authority of the owner or of the mapping is trusted, and no other; the client's certificate is shown", async () => {
    const topic = await newTopic(1);
    await send(topic, "x");
    const { authority, otherAuthority, client } = certificates;
    const brokers = parseBrokers(
      `events=kafkas://127.0.0.1:${server.tlsPort},self=kafkas://127.0.0.1:${server.tlsPort},mutual=kafkas://127.0.0.1:${server.mutualTlsPort}`,
    );
    const secrets: Readonly<Record<string, unknown>> = {
      root: { certificate: authority },
      client: { certificate: client.certificate, privateKey: client.key },
    };
    const made = (authorities: readonly string[]) =>
      source({ brokers: brokers ?? [], authorities, secretOf: async (arn) => JSON.stringify(secrets[arn]) });
    const reads = async (port: number, types: Readonly<Record<string, string>>, authorities: readonly string[]) => {
      const seen: string[] = [];
      const SourceAccessConfigurations = Object.entries(types).map(([Type, URI]) => ({
        Type: Type as "BASIC_AUTH",
        URI,
      }));
      await using mapping = await mapped(
        topic,
        (event) => void seen.push(...bodiesOf(event)),
        { ...selfManaged(port), SourceAccessConfigurations },
        { isSelfManaged: true, made: made(authorities) },
      );
      await expect.poll(async () => seen[0] ?? (await mapping.result())?.replace(/^OK$/, ""), patient).toBeTruthy();
      return seen[0] ?? (await mapping.result());
    };
    const { tlsPort, mutualTlsPort } = server;
    expect(await reads(tlsPort, {}, [authority])).toBe("x");
    expect(await reads(tlsPort, { SERVER_ROOT_CA_CERTIFICATE: "root" }, [otherAuthority])).toBe("x");
    expect(await reads(tlsPort, {}, [otherAuthority])).toMatch(/^PROBLEM: The server's certificate is not accepted: /);
    expect(await reads(mutualTlsPort, { CLIENT_CERTIFICATE_TLS_AUTH: "client" }, [authority])).toBe("x");
    expect(await reads(mutualTlsPort, {}, [authority])).toMatch(/^PROBLEM: /);
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
