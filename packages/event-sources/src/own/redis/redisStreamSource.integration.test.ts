import { silentLogger, SystemClock, systemRandom } from "@hearth/kit";
import { noRedis, skipReason, type TestRedis, testRedis } from "@hearth/testkit";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventSourceContract } from "../../eventSourceContract.ts";
import { redisStreamSource } from "./redisStreamSource.ts";

interface RedisEvent {
  readonly Records: readonly { readonly fields: Readonly<Record<string, string>> }[];
}

const clock = new SystemClock();
const where = { accountId: "000000000000", region: "us-east-1" };

describe("Redis", skipReason(await noRedis()), () => {
  let server: TestRedis;
  let redis: Redis;
  beforeAll(async () => {
    server = await testRedis();
    redis = new Redis(server.url);
  });
  afterAll(async () => {
    redis.disconnect();
    await server[Symbol.asyncDispose]();
  });
  const source = (leaseMs: number) => {
    const connections = [{ name: "cache", accountId: where.accountId, url: server.url }];
    return redisStreamSource(
      {
        connections,
        authorities: [],
        secretOf: () => Promise.reject(new Error("no secret is named")),
        clock,
        random: systemRandom,
        logger: silentLogger,
      },
      leaseMs,
    );
  };
  const mappingOf = (key: string) => ({
    ...where,
    UUID: systemRandom.uuid(),
    FunctionName: "f",
    EventSourceArn: `arn:aws:hearth:us-east-1:000000000000:redis-stream/cache/${key}`,
    settings: {},
  });

  eventSourceContract(
    "a stream of Redis",
    async () => {
      const key = `orders:${systemRandom.hex(4)}`;
      return {
        EventSourceArn: mappingOf(key).EventSourceArn,
        settings: {},
        source: () => source(1_000),
        async send(records) {
          for (const { body } of records) await redis.xadd(key, "*", "body", body);
        },
        bodiesOf: (event) => (event as RedisEvent).Records.map(({ fields }) => fields["body"] ?? ""),
        [Symbol.asyncDispose]: async () => void (await redis.del(key)),
      };
    },
    { isOrdered: false },
  );

  test("the record is the documented one; values that are not text are in base64", async () => {
    const key = `shape:${systemRandom.hex(4)}`;
    const mapping = mappingOf(key);
    const text = await redis.xadd(key, "7-1", "name", "Ann", "age", "5");
    await redis.xadd(key, "8-0", "raw", Buffer.from([0xff, 0]));
    await using queue = await source(1_000).open(mapping, new AbortController().signal);
    const records = await queue.receive({ limit: 10, waitMs: 0 }, new AbortController().signal);
    expect(records.map(({ json }) => JSON.parse(json) as unknown)).toEqual([
      {
        messageId: text,
        stream: key,
        timestamp: 7,
        fields: { name: "Ann", age: "5" },
        isBase64Encoded: false,
        eventSource: "hearth:redis",
        eventSourceARN: mapping.EventSourceArn,
        awsRegion: "us-east-1",
      },
      expect.objectContaining({ fields: { raw: "/wA=" }, isBase64Encoded: true }),
    ]);
  });

  test("the consumer group goes with the mapping, and a connection of another account is refused", async () => {
    const key = `gone:${systemRandom.hex(4)}`;
    const mapping = mappingOf(key);
    await (await source(1_000).open(mapping, new AbortController().signal))[Symbol.asyncDispose]();
    expect(await redis.xinfo("GROUPS", key)).toHaveLength(1);
    await source(1_000).forget?.(mapping);
    expect(await redis.xinfo("GROUPS", key)).toEqual([]);
    const accountId = "111111111111";
    const EventSourceArn = mapping.EventSourceArn.replace("000000000000", accountId);
    await expect(source(1_000).check({ ...mapping, accountId, EventSourceArn }, { timeoutSeconds: 3 })).rejects.toThrow(
      "The connection cache does not exist, or is not for account 111111111111.",
    );
  });

  test("a server that went away and came back has lost nothing that was not acknowledged", async () => {
    const key = `away:${systemRandom.hex(4)}`;
    await redis.xadd(key, "*", "body", "kept");
    const mapping = mappingOf(key);
    const { signal } = new AbortController();
    const first = await source(500).open(mapping, signal);
    expect(await first.receive({ limit: 1, waitMs: 0 }, signal)).toHaveLength(1);
    const waiting = first.receive({ limit: 1, waitMs: 60_000 }, signal);
    await redis.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
    await expect(waiting).rejects.toThrow();
    await first[Symbol.asyncDispose]();
    await using second = await source(500).open(mapping, signal);
    expect(await second.receive({ limit: 1, waitMs: 30_000 }, signal)).toHaveLength(1);
  });
});
