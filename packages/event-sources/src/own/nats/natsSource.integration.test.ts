import { SystemClock, systemRandom } from "@hearth/kit";
import { noProgram, skipReason, type TestServer, testNats } from "@hearth/testkit";
import { jetstreamManager } from "@nats-io/jetstream";
import { connect, headers, type NatsConnection } from "@nats-io/transport-node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventSourceContract } from "../../eventSourceContract.ts";
import { natsSource } from "./natsSource.ts";

interface NatsEvent {
  readonly Records: readonly { readonly body: string }[];
}

const accountId = "000000000000";
const region = "us-east-1";

describe("NATS", skipReason(noProgram("nats-server")), () => {
  let server: TestServer;
  let nats: NatsConnection;
  beforeAll(async () => {
    server = await testNats();
    nats = await connect({ servers: server.url.replace("nats://", "") });
  });
  afterAll(async () => {
    await nats.close();
    await server[Symbol.asyncDispose]();
  });
  const source = () =>
    natsSource(
      {
        authorities: [],
        secretOf: () => Promise.reject(new Error("no secret is named")),
        connections: [{ name: "bus", accountId, url: server.url }],
        clock: new SystemClock(),
      },
      1_000,
    );
  const arnOf = (rest: string) => `arn:aws:hearth:${region}:${accountId}:nats/bus/${rest}`;
  const newStream = async () => {
    const name = `s${systemRandom.hex(4)}`;
    await (await jetstreamManager(nats)).streams.add({ name, subjects: [`${name}.>`] });
    return name;
  };
  const { signal } = new AbortController();

  eventSourceContract(
    "a stream of NATS",
    async () => {
      const name = await newStream();
      const { jetstream } = await import("@nats-io/jetstream");
      return {
        EventSourceArn: arnOf(`${name}/${name}.orders.>`),
        settings: {},
        source,
        async send(records) {
          for (const { key, body } of records) await jetstream(nats).publish(`${name}.orders.${key}`, body);
        },
        bodiesOf: (event) => (event as NatsEvent).Records.map(({ body }) => body),
        [Symbol.asyncDispose]: async () => void (await (await jetstreamManager(nats)).streams.delete(name)),
      };
    },
    { isOrdered: false },
  );

  test("the record is the documented one; the consumer goes with the mapping; a stream that is not there is named", async () => {
    const stream = await newStream();
    const UUID = systemRandom.uuid();
    const mapping = { accountId, region, UUID, FunctionName: "f", EventSourceArn: arnOf(stream), settings: {} };
    const unit = headers();
    unit.set("unit", "C");
    nats.publish(`${stream}.a`, "21", { headers: unit });
    await nats.flush();
    {
      await using queue = await source().open(mapping, signal);
      const [record] = await queue.receive({ limit: 10, waitMs: 30_000 }, signal);
      expect(JSON.parse(record?.json ?? "")).toEqual({
        messageId: "1",
        stream,
        subject: `${stream}.a`,
        timestamp: expect.any(Number),
        deliveryCount: 1,
        headers: { unit: ["C"] },
        body: "21",
        isBase64Encoded: false,
        eventSource: "hearth:nats",
        eventSourceARN: mapping.EventSourceArn,
        awsRegion: region,
      });
    }
    const consumers = async () => (await (await jetstreamManager(nats)).streams.info(stream)).state.consumer_count;
    expect(await consumers()).toBe(1);
    await source().forget?.(mapping);
    expect(await consumers()).toBe(0);
    await expect(source().open({ ...mapping, EventSourceArn: arnOf("none") }, signal)).rejects.toThrow(
      "stream not found",
    );
  });
});
