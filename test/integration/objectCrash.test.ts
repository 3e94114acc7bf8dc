import { createHash } from "node:crypto";
import { readdir } from "node:fs/promises";
import { connect } from "node:net";
import { once } from "node:events";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import type { Readable } from "node:stream";
import {
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  ListObjectVersionsCommand,
  PutBucketNotificationConfigurationCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { CreateQueueCommand, SQSClient } from "@aws-sdk/client-sqs";
import { presignUrl } from "@hearth/wire";
import { type RunningHearth, startHearth } from "@hearth/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { databaseOf } from "../support/database.ts";
import { testTableCrash } from "./testTableCrash.ts";

const Bucket = "crash";
const WRITERS = 3;
const KILLS = 2;
const PUTS = 12;
const PART_BYTES = 5 * 1024 * 1024;

/** The bytes of the object number `n`: of different lengths, some of several megabytes. */
function bytesOf(n: number): Buffer {
  const seed = createHash("sha256").update(String(n)).digest();
  const size = n % 7 === 0 ? 2_000_000 : 20_000 + (n % 5) * 90_000;
  const bytes = Buffer.alloc(size, seed);
  bytes.writeUInt32BE(n);
  return bytes;
}

function clientOf(hearth: RunningHearth): S3Client {
  return new S3Client({ ...hearth.clientConfig, maxAttempts: 1, forcePathStyle: true });
}

/** Repeats `step` until a request is not answered. */
async function untilKilled(step: () => Promise<void>): Promise<void> {
  try {
    for (;;) await step();
  } catch (error) {
    if (error instanceof S3ServiceException && error.$metadata.httpStatusCode !== undefined) throw error;
  }
}

let hearth: RunningHearth;
beforeAll(async () => {
  hearth = await startHearth();
});
afterAll(async () => await hearth?.[Symbol.asyncDispose]());

async function open(): Promise<void> {
  const s3 = clientOf(hearth);
  const sqs = new SQSClient(hearth.clientConfig);
  const QueueArn = "arn:aws:sqs:us-east-1:000000000000:told";
  const Statement = [
    { Effect: "Allow", Principal: { Service: "s3.amazonaws.com" }, Action: "sqs:SendMessage", Resource: QueueArn },
  ];
  const Attributes = { Policy: JSON.stringify({ Version: "2012-10-17", Statement }) };
  await sqs.send(new CreateQueueCommand({ QueueName: "told", Attributes }));
  await s3.send(new CreateBucketCommand({ Bucket }));
  await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: "Enabled" } }));
  const NotificationConfiguration = { QueueConfigurations: [{ QueueArn, Events: ["s3:ObjectCreated:*" as const] }] };
  await s3.send(new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration }));
}

/** The versions that the queue was told of. */
async function toldOf(): Promise<readonly string[]> {
  await using database = databaseOf(hearth);
  const rows = await database.query<{ body: string }>(
    "SELECT body FROM sqs_messages m JOIN sqs_bodies b ON b.slot = m.body_slot AND b.id = m.id",
  );
  return rows
    .map(({ body }) => JSON.parse(body) as { Records?: readonly { s3: { object: { versionId: string } } }[] })
    .flatMap(({ Records = [] }) => Records.map(({ s3 }) => s3.object.versionId));
}

test("a body that stops half way leaves the old object and no bytes", async () => {
  const s3 = clientOf(hearth);
  const Bucket = "half";
  await s3.send(new CreateBucketCommand({ Bucket }));
  await s3.send(new PutObjectCommand({ Bucket, Key: "k", Body: "old" }));
  const { endpoint, region, credentials } = hearth.clientConfig;
  const options = { method: "PUT", region, service: "s3", expiresSeconds: 60, now: Date.now() };
  const link = new URL(presignUrl(endpoint, `/${Bucket}/k`, {}, credentials, options));
  const files = async (): Promise<number> => {
    const all = await readdir(join(hearth.dataDirectory, "objects"), { recursive: true, withFileTypes: true });
    return all.filter((entry) => entry.isFile()).length;
  };
  const socket = connect(Number(link.port), link.hostname);
  socket.on("error", () => undefined);
  socket.write(`PUT ${link.pathname}${link.search} HTTP/1.1\r\nHost: ${link.host}\r\nContent-Length: 9000000\r\n\r\n`);
  socket.write(Buffer.alloc(4_000_000));
  await expect.poll(files, { timeout: 20_000, interval: 20 }).toBe(2);
  socket.destroy();
  await once(socket, "close");
  await expect.poll(files, { timeout: 20_000, interval: 20 }).toBe(1);
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key: "k" }));
  expect(await Body?.transformToString()).toBe("old");
});

test(
  "kill -9 while objects are put: what was answered is there, every object is whole, and the queue was told of each once",
  { timeout: 240_000 },
  async () => {
    await open();
    let next = 1;
    const answered = new Map<string, number>();
    for (let kill = 0; kill < KILLS; kill++) {
      const s3 = clientOf(hearth);
      const before = answered.size;
      const put = (writer: number) => async (): Promise<void> => {
        const n = next++;
        const { VersionId = "" } = await s3.send(
          new PutObjectCommand({ Bucket, Key: `${writer}/${n % 3}`, Body: bytesOf(n) }),
        );
        answered.set(VersionId, n);
      };
      const inParts = async (): Promise<void> => {
        const n = next++;
        const upload = { Bucket, Key: "parts" };
        const { UploadId } = await s3.send(new CreateMultipartUploadCommand(upload));
        const bodies = [Buffer.concat([bytesOf(n), Buffer.alloc(PART_BYTES)]), Buffer.from("end")];
        const Parts = await Promise.all(
          bodies.map(async (Body, at) => {
            const PartNumber = at + 1;
            const { ETag } = await s3.send(new UploadPartCommand({ ...upload, UploadId, PartNumber, Body }));
            return { PartNumber, ETag };
          }),
        );
        const complete = new CompleteMultipartUploadCommand({ ...upload, UploadId, MultipartUpload: { Parts } });
        answered.set((await s3.send(complete)).VersionId ?? "", n);
      };
      const load = Promise.all([
        ...Array.from({ length: WRITERS }, (_, writer) => untilKilled(put(writer))),
        untilKilled(inParts),
      ]);
      await expect.poll(() => answered.size - before, { timeout: 60_000, interval: 20 }).toBeGreaterThan(PUTS);
      await hearth.kill("SIGKILL");
      await load;
      await hearth.start();
    }

    const s3 = clientOf(hearth);
    const { Versions = [], IsTruncated } = await s3.send(new ListObjectVersionsCommand({ Bucket }));
    expect(IsTruncated).toBe(false);
    for (const { Key, VersionId, Size } of Versions) {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key, VersionId }));
      const bytes = await buffer(Body as Readable);
      const wanted = bytesOf(bytes.readUInt32BE());
      expect(bytes.subarray(0, wanted.length).equals(wanted)).toBe(true);
      expect(Size).toBe(Key === "parts" ? wanted.length + PART_BYTES + 3 : wanted.length);
      expect(bytes.length).toBe(Size);
    }
    const present = Versions.map(({ VersionId = "" }) => VersionId).toSorted();
    expect([...answered.keys()].filter((id) => !present.includes(id))).toEqual([]);
    // Besides what was answered: one request of each writer that was committed and not answered, at each kill.
    expect(present.length - answered.size).toBeLessThanOrEqual(KILLS * (WRITERS + 1));
    expect((await toldOf()).toSorted()).toEqual(present);
    await s3.send(new PutObjectCommand({ Bucket, Key: "again", Body: "again" }));
  },
);

// Here, for the process that is killed anyway.
testTableCrash(() => hearth);
