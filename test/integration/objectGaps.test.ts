import { readdir, stat } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { presignUrl } from "@hearth/wire";
import type { Database } from "@hearth/store";
import { type RunningHearth, startHearth } from "@hearth/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { databaseOf } from "../support/database.ts";

// SIGKILL at each step of a write: while the bytes arrive, between the bytes and their row, between the row and the answer.

const Bucket = "gaps";
const OLD = Buffer.alloc(300_000, "old");
const NEW = Buffer.alloc(500_000, "new");
const PATIENCE = { timeout: 60_000, interval: 20 };

let hearth: RunningHearth;
beforeAll(async () => {
  hearth = await startHearth();
  await client().send(new CreateBucketCommand({ Bucket }));
});
afterAll(async () => await hearth?.[Symbol.asyncDispose]());

function client(): S3Client {
  return new S3Client({ ...hearth.clientConfig, maxAttempts: 1, forcePathStyle: true });
}

const put = (Key: string, Body: Buffer) => client().send(new PutObjectCommand({ Bucket, Key, Body }));

async function bytesOf(Key: string): Promise<Buffer> {
  const { Body } = await client().send(new GetObjectCommand({ Bucket, Key }));
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
}

/** The lengths of the files that hold objects. */
async function lengths(): Promise<readonly number[]> {
  const folder = join(hearth.dataDirectory, "objects");
  const all = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = all.filter((entry) => entry.isFile());
  return await Promise.all(files.map(async ({ parentPath, name }) => (await stat(join(parentPath, name))).size));
}

/** Writes of the key wait for their row until `release` is called. */
async function rowsWait(database: Database, Key: string): Promise<{ readonly release: () => Promise<void> }> {
  const { promise: held, resolve: hold } = Promise.withResolvers<void>();
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  const ended = database.transaction(async (tx) => {
    await tx.query(
      "SELECT pg_advisory_xact_lock(hashtextextended(encode($1::bytea, 'hex'), id)) FROM s3_buckets WHERE name = $2",
      [Buffer.from(Key), Bucket],
    );
    hold();
    await released;
  });
  await held;
  return {
    async release() {
      release();
      await ended;
    },
  };
}

const WAITING = "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND NOT granted";

test("killed while bytes arrive, between bytes and row, and between row and answer", { timeout: 240_000 }, async () => {
  const keys = ["bytes", "row", "answer"];
  for (const key of keys) await put(key, OLD);
  await using database = databaseOf(hearth, 4);
  const row = await rowsWait(database, "row");
  const answer = await rowsWait(database, "answer");

  const { endpoint, region, credentials } = hearth.clientConfig;
  const options = { method: "PUT", region, service: "s3", expiresSeconds: 60, now: Date.now() };
  const link = new URL(presignUrl(endpoint, `/${Bucket}/bytes`, {}, credentials, options));
  const socket = connect(Number(link.port), link.hostname).on("error", () => undefined);
  socket.write(`PUT ${link.pathname}${link.search} HTTP/1.1\r\nHost: ${link.host}\r\nContent-Length: 9000000\r\n\r\n`);
  socket.write(Buffer.alloc(4_000_000));
  const unanswered = ["row", "answer"].map((key) => put(key, NEW).catch((error: unknown) => error));
  await expect.poll(async () => (await database.query(WAITING)).length, PATIENCE).toBe(2);
  await expect.poll(async () => (await lengths()).length, PATIENCE).toBe(keys.length + 3);
  expect((await lengths()).filter((length) => length === NEW.length)).toHaveLength(2);

  process.kill(hearth.pid, "SIGSTOP"); // it cannot answer any more; PostgreSQL carries out what waits
  await answer.release();
  const size = async (): Promise<number | undefined> => {
    const [found] = await database.query<{ size: number }>(
      "SELECT size::float8 AS size FROM s3_objects WHERE key = 'answer' AND is_latest",
    );
    return found?.size;
  };
  await expect.poll(size, PATIENCE).toBe(NEW.length);
  await database.query(`SELECT pg_terminate_backend(pid) FROM (${WAITING}) waiting`);
  await expect.poll(async () => (await database.query(WAITING)).length, PATIENCE).toBe(0);
  await row.release();
  await hearth.kill("SIGKILL");
  for (const error of await Promise.all(unanswered)) expect(error).toBeInstanceOf(Error);
  socket.destroy();

  await hearth.start();
  expect((await bytesOf("bytes")).equals(OLD)).toBe(true);
  expect((await bytesOf("row")).equals(OLD)).toBe(true);
  expect((await bytesOf("answer")).equals(NEW)).toBe(true);
  await put("row", NEW);
  expect((await bytesOf("row")).equals(NEW)).toBe(true);
});
