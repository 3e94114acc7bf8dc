import { SystemClock, systemRandom } from "@hearth/kit";
import type { EventSourceSettings } from "@hearth/model";
import { EventSourceMappingStore } from "@hearth/store";
import {
  noRabbitmq,
  RabbitmqServer,
  skipReason,
  testDatabase,
  type TestCertificates,
  testCertificates,
} from "@hearth/testkit";
import { Connection } from "rabbitmq-client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseBrokers } from "@hearth/model";
import type { QueueSource } from "../eventSource.ts";
import { eventSourceContract } from "../eventSourceContract.ts";
import { problem } from "../problem.ts";
import { fail, PollingProcess, type TestFunction } from "../testing/pollingProcess.ts";
import { rabbitmqSource } from "./rabbitmqSource.ts";

interface Message {
  readonly basicProperties: Readonly<Record<string, unknown>>;
  readonly redelivered: boolean;
  readonly data: string;
}

interface RabbitmqEvent {
  readonly eventSource: string;
  readonly eventSourceArn: string;
  readonly rmqMessagesByQueue: Readonly<Record<string, readonly Message[]>>;
}

const ARN = "arn:aws:mq:us-east-1:000000000000:broker:orders:b-0123";
const SourceAccessConfigurations = [
  { Type: "BASIC_AUTH", URI: "arn:aws:secretsmanager:us-east-1:0:secret:s" },
] as const;
const patient = { timeout: 60_000, interval: 50 };
const clock = new SystemClock();

const messagesOf = (event: unknown): readonly Message[] =>
  Object.values((event as RabbitmqEvent).rmqMessagesByQueue).flat();
const bodiesOf = (event: unknown): readonly string[] =>
  messagesOf(event).map(({ data }) => Buffer.from(data, "base64").toString());

describe("RabbitMQ", skipReason(noRabbitmq()), () => {
  let server: RabbitmqServer;
  let client: Connection;
  let sender: ReturnType<Connection["createPublisher"]>;
  const open = (): void => {
    client = new Connection({ hostname: "127.0.0.1", port: server.port, retryLow: 50 });
    client.on("error", () => undefined); // it connects again
    sender = client.createPublisher({ confirm: true, maxAttempts: 5 });
  };
  let certificates: TestCertificates;
  beforeAll(async () => {
    certificates = await testCertificates();
    server = await RabbitmqServer.start(certificates);
    open();
  });
  afterAll(async () => {
    client?.unsafeDestroy();
    await server?.[Symbol.asyncDispose]();
  });

  const source = (password = "guest"): QueueSource =>
    rabbitmqSource({
      brokers: parseBrokers(`orders=amqp://127.0.0.1:${server.port}`) ?? [],
      authorities: [],
      secretOf: async () => JSON.stringify({ username: "guest", password }),
      clock,
    });
  const newQueue = async (): Promise<string> => {
    const queue = `q-${systemRandom.hex(6)}`;
    await client.queueDeclare({ queue, durable: true });
    return queue;
  };
  const send = async (queue: string, body: string): Promise<void> => {
    await sender.send({ routingKey: queue, durable: true, contentType: "application/json" }, Buffer.from(body));
  };
  /** A mapping of a queue whose function is `fn`. */
  const mapped = async (
    queue: string,
    fn: TestFunction,
    settings: EventSourceSettings = {},
    made = source(),
  ): Promise<AsyncDisposable & { readonly result: () => Promise<string | undefined> }> => {
    const stack = new AsyncDisposableStack();
    const { database } = stack.use(await testDatabase());
    const mappings = new EventSourceMappingStore({ database, clock });
    const UUID = systemRandom.uuid();
    const where = { accountId: "000000000000", region: "us-east-1" };
    const all = { BatchSize: 10, Queues: [queue], SourceAccessConfigurations, ...settings };
    await mappings.create({
      ...where,
      UUID,
      FunctionName: "f",
      EventSourceArn: ARN,
      enabled: true,
      settings: all,
      Tags: {},
    });
    await stack.use(new PollingProcess(database, [made], fn)).start();
    return {
      result: async () => (await mappings.get(where, UUID)).LastProcessingResult,
      [Symbol.asyncDispose]: () => stack.disposeAsync(),
    };
  };

  eventSourceContract(
    "a queue of RabbitMQ",
    async () => {
      const queue = await newQueue();
      const opened: AsyncDisposable[] = [];
      return {
        EventSourceArn: ARN,
        settings: { Queues: [queue], SourceAccessConfigurations },
        source: () => {
          const made = source();
          return {
            ...made,
            async open(mapping, signal) {
              const one = await made.open(mapping, signal);
              opened.push(one);
              return one;
            },
          };
        },
        cut: async () => {
          for (const one of opened.splice(0)) await one[Symbol.asyncDispose]();
        },
        async send(records) {
          for (const { body } of records) await send(queue, body);
        },
        bodiesOf,
        [Symbol.asyncDispose]: async () => void (await client.queueDelete({ queue })),
      };
    },
    { isOrdered: true },
  );

  test("the function gets AWS's event, with the exact bytes of the bodies", async () => {
    const queue = await newQueue();
    const events: RabbitmqEvent[] = [];
    await using _mapping = await mapped(queue, (event) => void events.push(event as RabbitmqEvent));
    const body = '{"id": 12345678901234567890}';
    await sender.send(
      {
        routingKey: queue,
        durable: true,
        contentType: "application/json",
        headers: { text: "aé", number: 10, list: ["a", true, null], table: { inner: "b" } },
        priority: 4,
        correlationId: "c",
        messageId: "m",
        timestamp: 2021,
        type: "t",
        appId: "app",
        expiration: "60000",
      },
      Buffer.from(body),
    );
    await expect.poll(() => events, patient).toHaveLength(1);
    expect(events[0]).toEqual({
      eventSource: "aws:rmq",
      eventSourceArn: ARN,
      rmqMessagesByQueue: {
        [`${queue}::/`]: [
          {
            basicProperties: {
              contentType: "application/json",
              contentEncoding: null,
              headers: {
                text: { bytes: [97, -61, -87] },
                number: 10,
                list: [{ bytes: [97] }, true, null],
                table: { inner: { bytes: [98] } },
              },
              deliveryMode: 2,
              priority: 4,
              correlationId: "c",
              replyTo: null,
              expiration: "60000",
              messageId: "m",
              timestamp: "Jan 1, 1970, 12:33:41 AM",
              type: "t",
              userId: null,
              appId: "app",
              clusterId: null,
              bodySize: body.length,
            },
            redelivered: false,
            data: Buffer.from(body).toString("base64"),
          },
        ],
      },
    });
  });

  test("what a filter drops is gone, and patterns see the body as JSON", async () => {
    const queue = await newQueue();
    const seen: string[] = [];
    const Filters = [{ Pattern: JSON.stringify({ data: { kind: ["wanted"] } }) }];
    await using _mapping = await mapped(queue, (event) => void seen.push(...bodiesOf(event)), {
      FilterCriteria: { Filters },
    });
    for (const kind of ["other", "wanted", "other"]) await send(queue, JSON.stringify({ kind }));
    await expect.poll(() => seen, patient).toEqual(['{"kind":"wanted"}']);
    await expect.poll(async () => (await client.queueDeclare({ queue, passive: true })).messageCount, patient).toBe(0);
  });

  test("a record that always fails comes again and again, and does not hold up the others", async () => {
    const queue = await newQueue();
    const calls: { readonly bodies: readonly string[]; readonly again: boolean }[] = [];
    await using mapping = await mapped(
      queue,
      (event) => {
        const again = messagesOf(event).some(({ redelivered }) => redelivered);
        calls.push({ bodies: bodiesOf(event), again });
        return bodiesOf(event).includes("poison") ? fail() : undefined;
      },
      { BatchSize: 1 },
    );
    await send(queue, "poison");
    await send(queue, "next");
    await expect.poll(() => calls.length, patient).toBeGreaterThanOrEqual(4);
    const poison = calls.filter(({ bodies }) => bodies.includes("poison"));
    expect(calls).toHaveLength(poison.length + 1); // the next one got through, once
    expect(poison.slice(1).every(({ again }) => again)).toBe(true);
    await expect.poll(mapping.result, patient).toContain("PROBLEM");
  });

  test("TLS: the broker's authority must be trusted", async () => {
    const queue = await newQueue();
    const open = async (authorities: readonly string[]): Promise<string> => {
      const made = rabbitmqSource({
        brokers: parseBrokers(`orders=amqps://127.0.0.1:${server.tlsPort}`) ?? [],
        authorities,
        secretOf: async () => JSON.stringify({ username: "guest", password: "guest" }),
        clock,
      });
      const settings = { Queues: [queue] };
      const where = { accountId: "000000000000", region: "us-east-1", UUID: systemRandom.uuid(), FunctionName: "f" };
      try {
        const opened = await made.open({ ...where, EventSourceArn: ARN, settings }, new AbortController().signal);
        await opened[Symbol.asyncDispose]();
        return "opened";
      } catch (error) {
        return problem(error);
      }
    };
    expect(await open([certificates.authority])).toBe("opened");
    expect(await open([certificates.otherAuthority])).toMatch(/^PROBLEM: The server's certificate is not accepted: /);
  });

  test("a broker that goes away is connected to again, and persistent messages are not lost", async () => {
    const queue = await newQueue();
    const seen = new Set<string>();
    await using mapping = await mapped(queue, (event) => bodiesOf(event).forEach((body) => seen.add(body)));
    await send(queue, "before");
    await expect.poll(() => [...seen], patient).toEqual(["before"]);
    await server.kill();
    await expect.poll(mapping.result, patient).toMatch(/^PROBLEM: /);
    client.unsafeDestroy();
    await server.resume();
    open();
    await send(queue, "after");
    await expect.poll(() => [...seen].toSorted(), patient).toEqual(["after", "before"]);
    await expect.poll(mapping.result, patient).toBe("OK");
  });

  test("the mapping says that a password is wrong, and that a queue does not exist", async () => {
    const queue = await newQueue();
    await using refused = await mapped(queue, () => undefined, {}, source("wrong"));
    await expect.poll(refused.result, patient).toMatch(/^PROBLEM: .*ACCESS.REFUSED/i);
    await using missing = await mapped("no-such-queue", () => undefined);
    await expect.poll(missing.result, patient).toMatch(/^PROBLEM: .*no-such-queue/);
  });
});

test("an ARN whose broker HEARTH_BROKERS does not name for the account is refused", async () => {
  const brokers = parseBrokers("111111111111:orders=amqp://127.0.0.1") ?? [];
  const { check } = rabbitmqSource({ brokers, authorities: [], secretOf: async () => "", clock });
  const mapping = (accountId: string) => ({
    ...{ accountId, region: "us-east-1", UUID: "u", FunctionName: "f", EventSourceArn: ARN, settings: {} },
  });
  await expect(check(mapping("000000000000"), { timeoutSeconds: 3 })).rejects.toThrow(
    "HEARTH_BROKERS names no RabbitMQ",
  );
  await expect(check(mapping("111111111111"), { timeoutSeconds: 3 })).resolves.toBeUndefined();
});
