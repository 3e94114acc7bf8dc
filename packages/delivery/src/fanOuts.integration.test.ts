import { systemRandom } from "@hearth/kit";
import type { FanOut } from "@hearth/store";
import { type TestDatabase, testDatabase } from "@hearth/testkit";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { ChunkReader } from "./fanOuts.ts";
import { HERE, outgoing, queueArn } from "./testing/outgoing.ts";
import { sendingHouse, type TestSending } from "./testing/sendingHouse.ts";

let db: TestDatabase;
let stack: AsyncDisposableStack;
beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db[Symbol.asyncDispose]());
beforeEach(() => {
  stack = new AsyncDisposableStack();
});
afterEach(async () => {
  await stack.disposeAsync();
  await db.database.query(
    "TRUNCATE deliveries, fan_outs, sqs_queues, sqs_messages, sqs_bodies, sqs_deduplication CASCADE",
  );
});

/** Sends the body to the queue `q` once for each of `context.targets` targets, and notes the order of chunks. */
function reader(chunks: string[], failAt?: (cursor: number) => boolean): ChunkReader {
  return {
    name: "test",
    read: async ({ accountId, body, context, cursor = 0 }, limit) => {
      const from = Number(cursor);
      if (failAt?.(from)) throw new Error("the targets cannot be read");
      chunks.push(accountId);
      const targets = Number(context["targets"]);
      const count = Math.min(limit.messages, targets - from);
      const messages = Array.from({ length: count }, (_one, at) =>
        outgoing({ TargetArn: queueArn("q"), body: Buffer.from(`${Buffer.from(body).toString()}-${from + at}`) }),
      );
      return { messages, next: from + count < targets ? from + count : undefined };
    },
  };
}

function fanOut(targets: number, accountId = HERE.accountId): FanOut {
  const id = systemRandom.uuid();
  return { id, accountId, region: HERE.region, reader: "test", body: Buffer.from(accountId), context: { targets } };
}

async function add(house: TestSending, ...fanOuts: readonly FanOut[]): Promise<void> {
  const committed = await db.database.transaction(async (tx) => {
    const all = [];
    for (const one of fanOuts) all.push(await house.fanOuts.add(tx, one));
    return all;
  });
  for (const one of committed) one();
}

async function bodies(): Promise<readonly string[]> {
  const rows = await db.database.query<{ body: string }>("SELECT body FROM sqs_bodies");
  return rows.map(({ body }) => body).toSorted();
}

const expected = (targets: number): readonly string[] =>
  Array.from({ length: targets }, (_one, at) => `${HERE.accountId}-${at}`).toSorted();

const fanOutsOptions = { chunk: { messages: 10, bytes: 1_000_000 }, backoff: { baseMs: 5, maxMs: 10 } };

test("every target gets the message once, in chunks, also when two processes expand it and some chunks fail at first", async () => {
  const [one, two] = [
    sendingHouse(db.database, stack, { fanOutsOptions }),
    sendingHouse(db.database, stack, { fanOutsOptions }),
  ];
  await one.newQueue("q");
  const failed = new Set<number>();
  const failAt = (cursor: number): boolean => cursor % 30 === 0 && !failed.has(cursor) && Boolean(failed.add(cursor));
  const chunks: string[] = [];
  one.fanOuts.register(reader(chunks, failAt));
  two.fanOuts.register(reader(chunks, failAt));
  await add(one, fanOut(95));
  await expect.poll(async () => (await bodies()).length).toBe(95);
  expect(await bodies()).toEqual(expected(95));
  expect(chunks.length).toBeGreaterThanOrEqual(10);
  expect(await db.database.query("SELECT id FROM fan_outs")).toEqual([]);
});

test("a chunk that is not committed is written again, and the lease of a process that died ends", async () => {
  const house = sendingHouse(db.database, stack, { fanOutsOptions });
  await house.newQueue("q");
  await add(house, fanOut(12));
  // As a process leaves it that wrote the first chunk and was killed with the lease of the second.
  await db.database.query(
    `UPDATE fan_outs SET cursor = '5', lease_owner = 'dead', due_at = now() + interval '200 ms', claims = 2`,
  );
  house.fanOuts.register(reader([]));
  await expect.poll(bodies).toEqual(expected(12).filter((body) => Number(body.split("-")[1]) >= 5));
});

test("accounts take turns: a large fan-out does not hold up the small one of another account", async () => {
  const house = sendingHouse(db.database, stack, { fanOutsOptions: { ...fanOutsOptions, parallel: 1, turnMs: 0 } });
  await house.newQueue("q");
  const chunks: string[] = [];
  await add(house, fanOut(100, "111111111111"), fanOut(100, "111111111111"), fanOut(20, "222222222222"));
  house.fanOuts.register(reader(chunks));
  await expect.poll(async () => await db.database.query("SELECT 1 FROM fan_outs")).toEqual([]);
  expect(chunks.slice(0, 4).toSorted()).toEqual(["111111111111", "111111111111", "222222222222", "222222222222"]);
});
