import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  PutBucketNotificationConfigurationCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { CreateQueueCommand, SQSClient } from "@aws-sdk/client-sqs";
import { noObjectServer, RunningObjectServer, type RunningHearth, skipReason, startHearth } from "@hearth/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { databaseOf } from "../support/database.ts";

const Bucket = "crash";
const PATIENCE = { timeout: 90_000, interval: 200 };

/** Between Hearth and the server: decides what becomes of requests, and of their answers. */
type Fate = "pass" | "lose" | "lose answer";

describe("writes that are passed on", skipReason(await noObjectServer("versitygw")), () => {
  const stack = new AsyncDisposableStack();
  let server: RunningObjectServer;
  let hearth: RunningHearth;
  let fateOf: (key: string) => Fate = () => "pass";
  /** Requests whose fate was to be lost, with or without what they ask for. */
  const lost: string[] = [];

  beforeAll(async () => {
    server = stack.use(await RunningObjectServer.start("versitygw"));
    const between = createServer((asked, answer) => {
      passOn(asked, answer).catch(() => answer.destroy()); // the server is gone
    });
    between.listen(0, "127.0.0.1");
    await once(between, "listening");
    stack.defer(() => {
      between.closeAllConnections();
      between.close();
    });
    const { port } = between.address() as AddressInfo;
    hearth = stack.use(
      await startHearth({ env: { ...server.settings, HEARTH_S3_ENDPOINT: `http://127.0.0.1:${port}` } }),
    );
  }, 180_000);
  afterAll(async () => await stack.disposeAsync());

  async function passOn(asked: IncomingMessage, answer: ServerResponse): Promise<void> {
    const { method = "", url = "", headers } = asked;
    const key = url.split("/")[2] ?? "";
    const fate = method === "PUT" || method === "DELETE" ? fateOf(key) : "pass";
    if (fate === "lose") return void lost.push(key);
    const sent = request({ host: "127.0.0.1", port: server.port, method, path: url, headers });
    asked.pipe(sent);
    const [given] = (await once(sent, "response")) as [IncomingMessage];
    if (fate === "pass") {
      answer.writeHead(given.statusCode ?? 500, given.headers);
      return void given.pipe(answer);
    }
    given.resume();
    await once(given, "end");
    lost.push(key);
  }

  const clientOf = (): S3Client => new S3Client({ ...hearth.clientConfig, forcePathStyle: true, maxAttempts: 1 });
  const put = (Key: string) => clientOf().send(new PutObjectCommand({ Bucket, Key, Body: Key }));

  interface Told {
    readonly eventName: string;
    readonly s3: { readonly object: { readonly key: string; readonly versionId?: string } };
  }

  async function events(): Promise<readonly Told[]> {
    await using database = databaseOf(hearth);
    const rows = await database.query<{ body: string }>(
      "SELECT body FROM sqs_messages m JOIN sqs_bodies b ON b.slot = m.body_slot AND b.id = m.id",
    );
    return rows
      .map(({ body }) => JSON.parse(body) as { Records?: readonly Told[] })
      .flatMap(({ Records = [] }) => Records);
  }

  const told = async () => (await events()).map(({ s3 }) => s3.object.key);

  async function intents(): Promise<number> {
    await using database = databaseOf(hearth);
    return (await database.query("SELECT 1 FROM s3_intents")).length;
  }

  test("a write that was done is announced although Hearth was killed before the answer, one that was not is not, and a deletion as what it was", async () => {
    const sqs = new SQSClient(hearth.clientConfig);
    const QueueArn = "arn:aws:sqs:us-east-1:000000000000:told";
    const Statement = [
      { Effect: "Allow", Principal: { Service: "s3.amazonaws.com" }, Action: "sqs:SendMessage", Resource: QueueArn },
    ];
    const Attributes = { Policy: JSON.stringify({ Version: "2012-10-17", Statement }) };
    await sqs.send(new CreateQueueCommand({ QueueName: "told", Attributes }));
    sqs.destroy();
    await clientOf().send(new CreateBucketCommand({ Bucket }));
    const Queue = { QueueArn, Events: ["s3:ObjectCreated:*" as const, "s3:ObjectRemoved:*" as const] };
    const NotificationConfiguration = { QueueConfigurations: [Queue] };
    await clientOf().send(new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration }));

    const VersioningConfiguration = { Status: "Enabled" as const };
    await clientOf().send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));

    await put("answered");
    await put("marked");
    fateOf = (key) => (key === "never" ? "lose" : "lose answer");
    const marking = clientOf().send(new DeleteObjectCommand({ Bucket, Key: "marked" }));
    const all = Promise.allSettled([put("done"), put("never"), marking]);
    await expect.poll(() => lost.toSorted(), PATIENCE).toEqual(["done", "marked", "never"]);
    expect(await intents()).toBe(3);
    await hearth.kill("SIGKILL");
    expect((await all).map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
    fateOf = () => "pass";
    await hearth.start();
    await expect.poll(intents, PATIENCE).toBe(0);
    expect((await told()).toSorted()).toEqual(["answered", "done", "marked", "marked"]);
    const marked = (await events()).find(({ eventName }) => eventName === "ObjectRemoved:DeleteMarkerCreated");
    const { DeleteMarkers } = await clientOf().send(new ListObjectVersionsCommand({ Bucket, Prefix: "marked" }));
    expect(marked?.s3.object).toMatchObject({ key: "marked", versionId: DeleteMarkers?.[0]?.VersionId });
    await expect(clientOf().send(new HeadObjectCommand({ Bucket, Key: "never" }))).rejects.toThrow();
  });

  test("a server that is gone is an error at once, and leaves nothing behind", async () => {
    await server.kill();
    await expect(put("unheard")).rejects.toMatchObject({ $metadata: { httpStatusCode: 503 } });
    await server.resume();
    await expect.poll(intents, PATIENCE).toBe(0);
    await put("again");
    await expect.poll(told, PATIENCE).toContain("again");
    expect(await told()).not.toContain("unheard");
    // Under load other requests may have been answered just then; what lasts is logged.
    const said = () => hearth.logs();
    await expect.poll(said, PATIENCE).toContain("the server of HEARTH_S3_ENDPOINT is usable again");
    expect(said()).toContain("the server of HEARTH_S3_ENDPOINT cannot be used");
  });
});
