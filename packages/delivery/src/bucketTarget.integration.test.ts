import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { NamedServerMetrics, Registry } from "@hearth/kit";
import type { OutgoingMessage } from "@hearth/model";
import { type ObjectEvent, ObjectServer, ObjectStorage } from "@hearth/objects";
import { OutsideServer, type TestDatabase, testDatabase } from "@hearth/testkit";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { bucketTarget } from "./bucketTarget.ts";
import { DeliveryRefused } from "./deliveryRefused.ts";
import { HERE, outgoing } from "./testing/outgoing.ts";
import { deps } from "./testing/sendingHouse.ts";

const Role = `arn:aws:iam::${HERE.accountId}:role/r`;
const sender = { kind: "function", ...HERE, FunctionName: "f", Role, LogGroup: "/aws/lambda/f" } as const;
const BODY = '{"version":"1.0","timestamp":"2026-01-02T03:04:05.678Z"}';

let db: TestDatabase;
let folder: string;
let storage: ObjectStorage;
let isShort: boolean;
let events: readonly ObjectEvent[];
beforeAll(async () => {
  db = await testDatabase();
  folder = await mkdtemp(join(tmpdir(), "hearth-bucket-target-"));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await db[Symbol.asyncDispose]();
});
beforeEach(() => {
  isShort = false;
  events = [];
  const disk = {
    get isShort() {
      return isShort;
    },
  };
  storage = new ObjectStorage({ ...deps, database: db.database, dataDir: folder, disk, limitBytes: 0 });
  storage.tell({
    isAwaited: () => true,
    prepare: (_bucket, told) => {
      events = [...events, ...told];
      return Promise.resolve(undefined);
    },
  });
});

async function newBucket(name: string): Promise<string> {
  await storage.store.create({ name, ...HERE, settings: {} }, 10);
  return `arn:aws:s3:::${name}`;
}

function record(TargetArn: string, more: Partial<OutgoingMessage> = {}): OutgoingMessage {
  return outgoing({ sender, purpose: "OnFailure", TargetArn, body: Buffer.from(BODY), ...more });
}

const send = async (message: OutgoingMessage): Promise<void> =>
  await bucketTarget({ storage }).attempt(message, AbortSignal.timeout(10_000));

async function keysOf(name: string): Promise<readonly string[]> {
  const request = { prefix: "", delimiter: "", after: Buffer.alloc(0), limit: 100 };
  const { objects } = await storage.listing.objects(await storage.bucket(name), request);
  return objects.map(({ key }) => key.toString());
}

test("a record becomes one object with AWS's key, however often it is sent, and the bucket's targets are told", async () => {
  const message = record(await newBucket("records"), { traceId: "Lineage=1" });
  await send(message);
  await send(message);
  const key = `aws/lambda/async/f/2026/01/02/2026-01-02T03.04.05-${message.id}`;
  expect(await keysOf("records")).toEqual([key]);
  const { files, size, facts } = await storage.objects.find(await storage.bucket("records"), key);
  expect(await text(await storage.bytes.read(files, 0, size - 1))).toBe(BODY);
  expect(facts.headers).toEqual({ "content-type": "application/json" });
  expect(events[0]).toMatchObject({ name: "ObjectCreated:Put", key, request: { traceId: "Lineage=1" } });
});

test("the record of a mapping is put into its own folder", async () => {
  const TargetArn = await newBucket("mappings");
  const message = record(TargetArn, { parameters: { folder: "aws/lambda/uuid/shardId-0" } });
  await send(message);
  expect(await keysOf("mappings")).toEqual([`aws/lambda/uuid/shardId-0/2026/01/02/2026-01-02T03.04.05-${message.id}`]);
});

test("a bucket that does not exist refuses a record for good, a disk that is almost full only for now", async () => {
  await expect(send(record("arn:aws:s3:::nothing"))).rejects.toThrow(
    new DeliveryRefused("there is no bucket arn:aws:s3:::nothing", "NO_RESOURCE"),
  );
  isShort = true;
  const later = send(record(await newBucket("full")));
  await expect(later).rejects.toThrow("too little free disk space");
  await expect(later).rejects.not.toBeInstanceOf(DeliveryRefused);
  expect(await keysOf("full")).toEqual([]);
});

test("a key that no bucket takes is refused for good", async () => {
  const TargetArn = await newBucket("keys");
  for (const key of ["", "k".repeat(1_025)]) {
    const refused = send(record(TargetArn, { parameters: { key } }));
    await expect(refused).rejects.toMatchObject({ name: "DeliveryRefused", code: "INVALID_PARAMETER" });
  }
  expect(await keysOf("keys")).toEqual([]);
});

test("on the named server, what it will never take is refused for good, and what it cannot take now is not", async () => {
  await using outside = await OutsideServer.open();
  const server = new ObjectServer({
    ...{ endpoint: outside.url, region: HERE.region, pathStyle: true },
    credentials: { accessKeyId: "a", secretAccessKey: "b" },
    ...{ metrics: new NamedServerMetrics(new Registry()), ...deps },
  });
  using _server = server;
  const disk = { isShort: false };
  storage = new ObjectStorage({ ...deps, database: db.database, dataDir: folder, disk, limitBytes: 0, server });
  await storage.store.create({ name: "there", ...HERE, settings: {}, passedOn: true }, 10);
  await storage.store.ready("there");
  storage.tell({ isAwaited: () => true, prepare: () => Promise.resolve(undefined) });
  const to = (key: string) => send(record("arn:aws:s3:::there", { parameters: { key } }));
  await to("good");
  expect(outside.received.map(({ method, url }) => `${method} ${url}`)).toEqual(["PUT /there/good"]);
  await expect(to("a/../b")).rejects.toThrow(
    new DeliveryRefused(
      "InvalidURI: Keys with a path segment `.` or `..` are not passed on to the object store of this Hearth.",
      "INVALID_PARAMETER",
    ),
  );
  expect(outside.received).toHaveLength(1);
  expect(await db.database.query("SELECT key FROM s3_intents")).toEqual([]);
  const xml = (Code: string) => `<Error><Code>${Code}</Code><Message>said</Message></Error>`;
  outside.next.push({ status: 400, body: xml("XMinioInvalidObjectName") }, { status: 404, body: xml("NoSuchBucket") });
  await expect(to("odd")).rejects.toMatchObject({ name: "DeliveryRefused", code: "INVALID_PARAMETER" });
  await expect(to("gone")).rejects.toMatchObject({ name: "DeliveryRefused", code: "NO_RESOURCE" });
  const later = [
    ["SlowDown", { status: 503, body: xml("SlowDown") }],
    ["RequestTimeout", { status: 400, body: xml("RequestTimeout") }],
    ["ServiceUnavailable", "close"],
  ] as const;
  for (const [code, answer] of later) {
    outside.next.push(answer);
    await expect(to("later")).rejects.toMatchObject({ code });
    await to("later");
  }
});
