import { SystemClock, systemRandom } from "@hearth/kit";
import { noProgram, skipReason, type TestServer, testMosquitto } from "@hearth/testkit";
import { connectAsync, type MqttClient } from "mqtt";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventSourceContract } from "../../eventSourceContract.ts";
import { mqttSource } from "./mqttSource.ts";

interface MqttEvent {
  readonly Records: readonly { readonly body: string }[];
}

const accountId = "000000000000";
const region = "us-east-1";

describe("MQTT", skipReason(noProgram("mosquitto")), () => {
  let server: TestServer;
  let client: MqttClient;
  beforeAll(async () => {
    server = await testMosquitto();
    client = await connectAsync(server.url, { protocolVersion: 5 });
  });
  afterAll(async () => {
    await client.endAsync();
    await server[Symbol.asyncDispose]();
  });
  const source = () =>
    mqttSource({
      authorities: [],
      secretOf: () => Promise.reject(new Error("no secret is named")),
      connections: [{ name: "broker", accountId, url: server.url }],
      clock: new SystemClock(),
      random: systemRandom,
    });
  const arnOf = (filter: string) => `arn:aws:hearth:${region}:${accountId}:mqtt/broker/${filter}`;
  const { signal } = new AbortController();
  const mappingOf = (filter: string) => {
    const UUID = systemRandom.uuid();
    return { accountId, region, UUID, FunctionName: "f", EventSourceArn: arnOf(filter), settings: {} };
  };

  eventSourceContract(
    "a topic of MQTT",
    async () => {
      const topic = `rooms/${systemRandom.hex(4)}`;
      return {
        EventSourceArn: arnOf(`${topic}/+`),
        settings: {},
        source,
        async send(records) {
          for (const { key, body } of records) await client.publishAsync(`${topic}/${key}`, body, { qos: 1 });
        },
        bodiesOf: (event) => (event as MqttEvent).Records.map(({ body }) => body),
        [Symbol.asyncDispose]: async () => undefined,
      };
    },
    { isOrdered: false },
  );

  test("the record is the documented one, and a message that was not acknowledged comes again", async () => {
    const mapping = mappingOf("shape/#");
    {
      await using queue = await source().open(mapping, signal);
      const properties = { contentType: "text/plain", userProperties: { unit: "C" } };
      await client.publishAsync("shape/a", "21", { qos: 1, properties });
      const [record] = await queue.receive({ limit: 10, waitMs: 30_000 }, signal);
      expect(JSON.parse(record?.json ?? "")).toEqual({
        messageId: expect.any(String),
        topic: "shape/a",
        qos: 1,
        retain: false,
        contentType: "text/plain",
        userProperties: { unit: "C" },
        body: "21",
        isBase64Encoded: false,
        eventSource: "hearth:mqtt",
        eventSourceARN: mapping.EventSourceArn,
        awsRegion: region,
      });
    }
    await client.publishAsync("shape/b", Buffer.from([0xff]), { qos: 1 });
    await using queue = await source().open(mapping, signal);
    const bodies: string[] = [];
    while (bodies.length < 2) {
      const records = await queue.receive({ limit: 10, waitMs: 30_000 }, signal);
      expect(records).not.toEqual([]);
      bodies.push(...records.map(({ json }) => (JSON.parse(json) as { body: string }).body));
      await queue.settle({ done: records, failed: [] });
    }
    expect(bodies).toEqual(["21", "/w=="]);
  });

  test("more messages than a broker sends at a time all come, and those of a mapping that was deleted are not kept", async () => {
    const mapping = mappingOf("many");
    {
      await using queue = await source().open(mapping, signal);
      for (let at = 0; at < 60; at++) await client.publishAsync("many", String(at), { qos: 1 });
      const bodies = new Set<string>();
      while (bodies.size < 60) {
        const records = await queue.receive({ limit: 10, waitMs: 30_000 }, signal);
        expect(records).not.toEqual([]);
        for (const { json } of records) bodies.add((JSON.parse(json) as { body: string }).body);
        await queue.settle({ done: records, failed: [] });
      }
    }
    await client.publishAsync("many", "kept", { qos: 1 });
    await source().forget?.(mapping);
    await using queue = await source().open(mapping, signal);
    await client.publishAsync("many", "new", { qos: 1 });
    const [first] = await queue.receive({ limit: 10, waitMs: 30_000 }, signal);
    expect(JSON.parse(first?.json ?? "")).toMatchObject({ body: "new" });
  });
});
