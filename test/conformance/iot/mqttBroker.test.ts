import { generateKeyPairSync } from "node:crypto";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect as connectTcp } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  AttachPolicyCommand,
  CreateKeysAndCertificateCommand,
  CreatePolicyCommand,
  IoTClient,
  UpdateCertificateCommand,
} from "@aws-sdk/client-iot";
import { CloudWatchLogsClient, FilterLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import {
  CreateEventSourceMappingCommand,
  CreateFunctionCommand,
  DeleteEventSourceMappingCommand,
  GetEventSourceMappingCommand,
  LambdaClient,
  waitUntilFunctionActiveV2,
} from "@aws-sdk/client-lambda";
import { GetRetainedMessageCommand, IoTDataPlaneClient, PublishCommand } from "@aws-sdk/client-iot-data-plane";
import { selfSignedCertificate } from "@hearth/kit";
import { freePort, type RunningHearth, startHearth, zipOf } from "@hearth/testkit";
import { connect as connectNow, connectAsync, type IClientOptions, type MqttClient } from "mqtt";
import { afterAll, beforeAll, expect, test } from "vitest";
import { newAccount } from "./newAccount.ts";

let hearth: RunningHearth;
let iot: IoTClient;
let data: IoTDataPlaneClient;
let ports: { readonly tcp: number; readonly tls: number; readonly web: number };
let folder: string;
const clients: MqttClient[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "mqtt-"));
  chmodSync(folder, 0o755); // Hearth gives root up before it reads the files
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const nowMs = Date.now();
  const times = { notBeforeMs: nowMs - 60_000, notAfterMs: nowMs + 86_400_000 };
  const cert = selfSignedCertificate({ privateKey, commonName: "localhost", dnsNames: ["localhost"], ...times });
  writeFileSync(join(folder, "cert.pem"), cert);
  writeFileSync(join(folder, "key.pem"), privateKey.export({ type: "pkcs8", format: "pem" }));
  ports = { tcp: await freePort(), tls: await freePort(), web: await freePort() };
  hearth = await startHearth({
    env: {
      HEARTH_MQTT_LISTEN: `127.0.0.1:${ports.tcp}`,
      HEARTH_MQTT_TLS_LISTEN: `127.0.0.1:${ports.tls}`,
      HEARTH_MQTT_WEBSOCKET_LISTEN: `127.0.0.1:${ports.web}`,
      HEARTH_MQTT_TLS_CERT: join(folder, "cert.pem"),
      HEARTH_MQTT_TLS_KEY: join(folder, "key.pem"),
      HEARTH_SOURCE_CONNECTIONS: `own=mqtt://test:test@127.0.0.1:${ports.tcp}?protocol=3.1.1`,
      HEARTH_MQTT_ORIGINS: "https://panel.example.org",
    },
  });
  [iot, data] = [new IoTClient(hearth.clientConfig), new IoTDataPlaneClient(hearth.clientConfig)];
});
afterAll(async () => {
  for (const client of clients) client.end(true);
  iot?.destroy();
  data?.destroy();
  await hearth?.[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

const OWNER = { username: "test", password: "test" };

/** Rejects when the broker refuses the client. */
async function connect(options: IClientOptions = {}, url = `mqtt://127.0.0.1:${ports.tcp}`): Promise<MqttClient> {
  const client = await connectAsync(url, { reconnectPeriod: 0, ...(options.cert ? {} : OWNER), ...options }, false);
  client.on("error", () => undefined); // a client that is disconnected is looked at by the test
  clients.push(client);
  return client;
}

/** The messages that a client gets, as `topic payload`. */
function inbox(client: MqttClient): string[] {
  const got: string[] = [];
  client.on("message", (topic, payload) => got.push(`${topic} ${payload.toString()}`));
  return got;
}

const closed = (client: MqttClient): Promise<void> =>
  new Promise((resolve) => (client.connected ? client.once("close", () => resolve()) : resolve()));

test("clients with a key publish and subscribe; iot-data reaches subscribers; retained messages are kept", async () => {
  const [subscriber, publisher] = [await connect(), await connect()];
  const got = inbox(subscriber);
  await subscriber.subscribeAsync("a/+/c", { qos: 1 });
  await publisher.publishAsync("a/b/c", "1", { qos: 1 });
  await data.send(new PublishCommand({ topic: "a/x/c", qos: 1, payload: "2", retain: true }));
  await expect.poll(() => got.toSorted((a, b) => (a < b ? -1 : 1))).toEqual(["a/b/c 1", "a/x/c 2"]);
  await publisher.publishAsync("a/r/c", "3", { qos: 1, retain: true });
  const { payload } = await data.send(new GetRetainedMessageCommand({ topic: "a/r/c" }));
  expect(Buffer.from(payload ?? []).toString()).toBe("3");
  const late = await connect();
  const lateInbox = inbox(late);
  await late.subscribeAsync("a/#", { qos: 1 });
  await expect.poll(() => lateInbox.toSorted((a, b) => (a < b ? -1 : 1))).toEqual(["a/r/c 3", "a/x/c 2"]);
});

test("messages wait for a client with a session while it is away", async () => {
  const options = { clientId: "sleeper", clean: false };
  const first = await connect(options);
  await first.subscribeAsync("s/1", { qos: 1 });
  await first.endAsync();
  await data.send(new PublishCommand({ topic: "s/1", qos: 1, payload: "while away" }));
  const second = connectNow(`mqtt://127.0.0.1:${ports.tcp}`, { reconnectPeriod: 0, ...OWNER, ...options });
  clients.push(second);
  const got = inbox(second);
  await expect.poll(() => got).toEqual(["s/1 while away"]);
});

test("an account sees none of the topics, client ids and retained messages of another", async () => {
  const other = await newAccount(hearth);
  const mine = await connect({ clientId: "same" });
  const theirs = await connect({ clientId: "same", username: other.accessKeyId, password: other.secretAccessKey });
  const [got, theirGot] = [inbox(mine), inbox(theirs)];
  await mine.subscribeAsync("#", { qos: 1 });
  await theirs.subscribeAsync("#", { qos: 1 });
  await mine.publishAsync("secret/of/owner", "owner", { qos: 1, retain: true });
  await theirs.publishAsync("secret/of/other", "other", { qos: 1 });
  await expect.poll(() => got).toContain("secret/of/owner owner");
  await expect.poll(() => theirGot).toEqual(["secret/of/other other"]);
  expect(got).not.toContain("secret/of/other other");
  expect(mine.connected && theirs.connected).toBe(true);
  const [later, laterGot] = await connect({ username: other.accessKeyId, password: other.secretAccessKey }).then(
    (client) => [client, inbox(client)] as const,
  );
  await later.subscribeAsync("secret/#", { qos: 1 });
  await later.publishAsync("secret/last", "end", { qos: 1 });
  await expect.poll(() => laterGot).toEqual(["secret/last end"]);
});

test("wrong secrets, unknown users and MQTT 5 are refused", async () => {
  await expect(connect({ password: "wrong" })).rejects.toThrow(/Bad username|Not authorized|refused/i);
  await expect(connect({ username: "AKIAUNKNOWN", password: "test" })).rejects.toThrow(/refused/i);
  await expect(connect({ username: "test@mars-north-1" })).rejects.toThrow(/refused/i);
  await expect(connect({ protocolVersion: 5 })).rejects.toThrow(/protocol version/i);
});

test("a device with a certificate does what its policies allow until it is deactivated", async () => {
  const keys = await iot.send(new CreateKeysAndCertificateCommand({ setAsActive: true }));
  const { certificateArn: target = "", certificateId = "", certificatePem: cert, keyPair } = keys;
  const of = (resource: string): string => `arn:aws:iot:us-east-1:000000000000:${resource}`;
  const Statement = [
    { Effect: "Allow", Action: "iot:Connect", Resource: of("client/dev-*") },
    { Effect: "Allow", Action: "iot:Publish", Resource: of("topic/devices/${iot:ClientId}/*") },
    { Effect: "Allow", Action: "iot:Subscribe", Resource: of("topicfilter/devices/+/in") },
    { Effect: "Allow", Action: "iot:Receive", Resource: of("topic/devices/${iot:ClientId}/in") },
  ];
  const policyDocument = JSON.stringify({ Version: "2012-10-17", Statement });
  await iot.send(new CreatePolicyCommand({ policyName: "devices", policyDocument }));
  const url = `mqtts://localhost:${ports.tls}`;
  const options = { cert, key: keyPair?.PrivateKey, rejectUnauthorized: false };
  await expect(connect({ ...options, clientId: "dev-1" } as IClientOptions, url)).rejects.toThrow(/not authorized/i);
  await iot.send(new AttachPolicyCommand({ policyName: "devices", target }));
  const open = (clientId: string) => connect({ ...options, clientId } as IClientOptions, url);
  await expect
    .poll(() =>
      open("dev-1").then(
        (client) => client.connected,
        () => false,
      ),
    )
    .toBe(true);
  await expect(open("other")).rejects.toThrow(/not authorized/i);
  const [device, watcher] = [await open("dev-1"), await connect()];
  const [got, seen] = [inbox(device), inbox(watcher)];
  await watcher.subscribeAsync("devices/#", { qos: 1 });
  const granted = await device
    .subscribeAsync({ "devices/+/in": { qos: 1 }, "devices/#": { qos: 1 } })
    .catch((error: Error) => error);
  expect(granted).toBeInstanceOf(Error);
  await device.publishAsync("devices/dev-1/out", "up", { qos: 1 });
  await expect.poll(() => seen).toContain("devices/dev-1/out up");
  await watcher.publishAsync("devices/dev-2/in", "not for it", { qos: 1 });
  await watcher.publishAsync("devices/dev-1/in", "for it", { qos: 1 });
  await expect.poll(() => got).toEqual(["devices/dev-1/in for it"]);
  device.publish("devices/dev-2/out", "forged", { qos: 1 });
  await closed(device);
  expect(seen).not.toContain("devices/dev-2/out forged");
  const again = await open("dev-1");
  await iot.send(new UpdateCertificateCommand({ certificateId, newStatus: "INACTIVE" }));
  await closed(again);
  await expect(open("dev-1")).rejects.toThrow(/refused/i);
});

test("WebSocket needs the subprotocol, and an origin that is allowed where a page opens it", async () => {
  const url = `wss://localhost:${ports.web}`;
  const open = (headers: Record<string, string>) =>
    connect({ rejectUnauthorized: false, wsOptions: { headers } } as IClientOptions, url);
  expect((await open({ Origin: "https://panel.example.org" })).connected).toBe(true);
  expect((await open({})).connected).toBe(true);
  await expect(open({ Origin: "https://evil.example.org" })).rejects.toThrow();
});

test("a mapping of an MQTT topic reads the embedded broker", async () => {
  const lambda = new LambdaClient(hearth.clientConfig);
  const logs = new CloudWatchLogsClient(hearth.clientConfig);
  const FunctionName = "embedded";
  const code = `exports.handler = async ({ Records }) => Records.forEach(({ topic, body }) => console.log("GOT " + topic + " " + body));`;
  const Code = { ZipFile: await zipOf({ "index.js": code }) };
  const settings = {
    Runtime: "nodejs22.x",
    Handler: "index.handler",
    Role: "arn:aws:iam::000000000000:role/any",
  } as const;
  await lambda.send(new CreateFunctionCommand({ FunctionName, ...settings, Code }));
  await waitUntilFunctionActiveV2({ client: lambda, maxWaitTime: 120 }, { FunctionName });
  const EventSourceArn = "arn:aws:hearth:us-east-1:000000000000:mqtt/own/mapped/#";
  const { UUID } = await lambda.send(new CreateEventSourceMappingCommand({ FunctionName, EventSourceArn }));
  const state = async () => (await lambda.send(new GetEventSourceMappingCommand({ UUID }))).State;
  await expect.poll(state, { timeout: 30_000 }).toBe("Enabled");
  const got = async (): Promise<readonly string[]> => {
    await data.send(new PublishCommand({ topic: "mapped/a", qos: 1, payload: "hello" }));
    const input = { logGroupName: `/aws/lambda/${FunctionName}`, filterPattern: "GOT" };
    const { events = [] } = await logs.send(new FilterLogEventsCommand(input)).catch(() => ({ events: [] }));
    return events.flatMap(({ message = "" }) => /GOT (.*)/.exec(message)?.[1] ?? []);
  };
  await expect.poll(got, { timeout: 30_000, interval: 500 }).toContain("mapped/a hello");
  await lambda.send(new DeleteEventSourceMappingCommand({ UUID }));
  lambda.destroy();
  logs.destroy();
}, 90_000);

/** Sends bytes, and resolves when the broker has closed the connection. */
async function closedAfter(...chunks: readonly (Uint8Array | string)[]): Promise<void> {
  const socket = connectTcp(ports.tcp, "127.0.0.1");
  const end = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  socket.on("error", () => undefined).on("data", () => undefined);
  for (const chunk of chunks) socket.write(chunk);
  await end;
}

test("bad packets cost only the connection that they come on", async () => {
  const bystander = await connect();
  await closedAfter("GET / HTTP/1.1\r\n\r\n");
  await closedAfter(Buffer.from([0x30, 0xff, 0xff, 0xff, 0x7f])); // a PUBLISH of 256 MB
  await closedAfter(Buffer.from([0x10, 0xff, 0xff, 0xff, 0xff, 0xff]));
  await closedAfter(Buffer.from([0, 0, 0, 0]));
  await closedAfter(Buffer.from([0xc0, 0])); // PINGREQ before CONNECT
  for (const [topic, options] of [
    ["x", { qos: 2 }],
    ["$SYS/x", { qos: 1 }],
    ["$aws/things/x/shadow/update", { qos: 1 }],
    ["1/2/3/4/5/6/7/8/9", { qos: 1 }],
    ["a".repeat(300), { qos: 1 }],
  ] as const) {
    const client = await connect();
    client.publish(topic, "x", options);
    await closed(client);
  }
  const large = await connect();
  large.publish("large", Buffer.alloc(129 * 1024), { qos: 1 });
  await closed(large);
  expect(bystander.connected).toBe(true);
});

test("subscriptions to reserved topics and beyond fifty are refused", async () => {
  const client = await connect();
  const refused = async (filter: string): Promise<boolean> =>
    await client.subscribeAsync(filter, { qos: 1 }).then(
      () => false,
      () => true,
    );
  expect([await refused("$SYS/#"), await refused("$aws/#"), await refused("1/2/3/4/5/6/7/8/9")]).toEqual([
    true,
    true,
    true,
  ]);
  for (let at = 0; at < 50; at++) expect(await refused(`t/${at}`)).toBe(false);
  expect(await refused("t/50")).toBe(true);
  expect(client.connected).toBe(true);
});

test("a client that does not read loses its connection, and others of the account still get messages", async () => {
  const slow = connectTcp(ports.tcp, "127.0.0.1");
  slow.on("error", () => undefined);
  const text = (value: string): Buffer => Buffer.concat([Buffer.from([0, value.length]), Buffer.from(value)]);
  const login = Buffer.concat([text("MQTT"), Buffer.from([4, 0xc2, 0, 0]), text("slow"), text("test"), text("test")]);
  slow.write(Buffer.concat([Buffer.from([0x10, login.length]), login]));
  const subscribe = Buffer.concat([Buffer.from([0, 1]), text("flood"), Buffer.from([1])]);
  slow.write(Buffer.concat([Buffer.from([0x82, subscribe.length]), subscribe]));
  slow.pause();
  const [reader, writer] = [await connect(), await connect()];
  const got = inbox(reader);
  await reader.subscribeAsync("flood", { qos: 0 });
  const payload = Buffer.alloc(100 * 1024, "x");
  for (let at = 0; at < 150; at++) await writer.publishAsync("flood", payload, { qos: 1 });
  await expect.poll(() => got.length, { timeout: 40_000 }).toBe(150);
  slow.destroy();
}, 60_000);

test("a message that was acknowledged reaches a client with a session after Hearth was killed", async () => {
  const options = { clientId: "survivor", clean: false };
  const [first, publisher] = [await connect(options), await connect()];
  await first.subscribeAsync("kept/#", { qos: 1 });
  await first.endAsync();
  await publisher.publishAsync("kept/a", "over MQTT", { qos: 1 });
  await data.send(new PublishCommand({ topic: "kept/b", qos: 1, payload: "over HTTP" }));
  await hearth.kill("SIGKILL");
  await hearth.start();
  const second = connectNow(`mqtt://127.0.0.1:${ports.tcp}`, { ...OWNER, ...options });
  second.on("error", () => undefined);
  clients.push(second);
  const got = inbox(second);
  await expect.poll(() => got, { timeout: 60_000 }).toEqual(["kept/a over MQTT", "kept/b over HTTP"]);
}, 120_000);
