import { silentLogger, SystemClock, systemRandom } from "@hearth/kit";
import { KinesisRetention } from "@hearth/store";
import { type TestDatabase, testDatabase } from "@hearth/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { evenRanges } from "./hashKeys.ts";
import type { Stream } from "./stream.ts";
import { Streams } from "./streams.ts";

const clock = new SystemClock();
const stack = new AsyncDisposableStack();
let db: TestDatabase;
/** As two processes on one database. */
let one: Streams;
let other: Streams;
beforeAll(async () => {
  db = stack.use(await testDatabase());
  const open = () =>
    stack.use(new Streams({ database: db.database, clock, random: systemRandom, logger: silentLogger }));
  [one, other] = [open(), open()];
});
afterAll(async () => await stack.disposeAsync());

async function newStream(shards: number): Promise<Stream> {
  const key = { accountId: "000000000000", region: "us-east-1", StreamName: `s-${systemRandom.hex(6)}` };
  const ranges = evenRanges(shards).map((range) => ({ ...range, parents: [] }));
  await one.store.create(key, { mode: "PROVISIONED", tags: {}, maxRecordKib: 1024 }, ranges);
  const stream = await one.find(key);
  if (!stream) throw new Error("the stream was not created");
  return stream;
}

async function readAll(stream: Stream, shardNo: number): Promise<string[]> {
  const found: string[] = [];
  for (let afterSeq = 0n; ;) {
    const page = await other.read(stream, { shardNo, afterSeq, maxRecords: 7, maxBytes: 1_000_000 });
    const last = page.at(-1);
    if (!last) return found;
    expect(last.seq).toBeGreaterThan(afterSeq);
    found.push(...page.map(({ data }) => Buffer.from(data).toString()));
    afterSeq = last.seq;
  }
}

test("two processes put at the same time: each record is read once, and each producer's in its order", async () => {
  const stream = await newStream(1);
  const producer = async (streams: Streams, name: string) => {
    for (let at = 0; at < 40; at++) {
      await streams.put(stream, [{ partitionKey: name, data: Buffer.from(`${name}${at}`) }]);
    }
  };
  await Promise.all([producer(one, "a"), producer(one, "b"), producer(other, "c"), producer(other, "d")]);
  const found = await readAll(stream, 0);
  expect(found).toHaveLength(160);
  for (const name of ["a", "b", "c", "d"]) {
    const own = found.filter((text) => text.startsWith(name));
    expect(own).toEqual(Array.from({ length: 40 }, (_one, at) => `${name}${at}`));
  }
});

test("while shards are replaced, records go to the new ones and none is lost", async () => {
  const stream = await newStream(1);
  let isDone = false;
  const sent: string[] = [];
  const producing = (async () => {
    for (let at = 0; !isDone || at < 50; at++) {
      const places = await other.put(stream, [{ partitionKey: `k${at}`, data: Buffer.from(String(at)) }]);
      expect(places[0]).toBeDefined();
      sent.push(String(at));
    }
  })();
  for (const count of [2, 3]) {
    await one.store.reshard(stream, (_stream, shards) => {
      const open = shards.filter(({ closedAt }) => closedAt === null);
      const closed = open.map(({ shardNo }) => shardNo);
      return { closed, added: evenRanges(count).map((range) => ({ ...range, parents: closed })) };
    });
    one.changed(stream);
  }
  isDone = true;
  await producing;
  const shards = await one.shards(stream.id);
  const found = await Promise.all(shards.map(({ shardNo }) => readAll(stream, shardNo)));
  expect(found.flat().toSorted()).toEqual(sent.toSorted());
  const [first, ...rest] = shards;
  for (const { firstSeq } of rest) expect(firstSeq).toBeGreaterThan(first?.lastSeq ?? 0n);
});

test("who watches a stream is woken by a put in another process", async () => {
  const stream = await newStream(1);
  await new Promise<void>((resolve) => {
    void one.watch(stream.id, resolve).then(() => other.put(stream, [{ partitionKey: "k", data: Buffer.from("x") }]));
  });
});

test("records past their retention are not read, and are deleted with what they count for", async () => {
  const stream = await newStream(1);
  const put = async (text: string) => await one.put(stream, [{ partitionKey: "k", data: Buffer.from(text) }]);
  const daysOf = async () =>
    await db.database.query("SELECT day, bytes::float8 FROM kinesis_days WHERE stream_id = $1 ORDER BY day", [
      stream.id,
    ]);
  await put("old");
  const [{ day, bytes }] = (await daysOf()) as [{ day: number; bytes: number }];
  await threeDaysEarlier(stream.id);
  expect(await daysOf()).toEqual([{ day: day - 3, bytes }]);
  await collect();
  expect(await daysOf()).toEqual([]);
  await put("older");
  await threeDaysEarlier(stream.id);
  await put("new");
  expect(await daysOf()).toEqual([
    { day: day - 3, bytes: bytes + 2 },
    { day, bytes },
  ]);
  expect(await readAll(stream, 0)).toEqual(["new"]);
  await collect();
  const chunks = await db.database.query("SELECT 1 FROM kinesis_chunks WHERE stream_id = $1", [stream.id]);
  expect(chunks).toHaveLength(1);
  expect(await daysOf()).toEqual([{ day, bytes }]);
});

/** Collects what has expired. No collection is under way afterwards, while a test makes records older. */
async function collect(): Promise<void> {
  await using retention = new KinesisRetention({ database: db.database, clock, logger: silentLogger });
  await retention.collect();
}

/** As if all that is stored of a stream had arrived three days earlier. */
async function threeDaysEarlier(streamId: string): Promise<void> {
  const earlier = "(3 * 86400000::bigint) << 20";
  await db.database.query(
    `UPDATE kinesis_chunks SET arrived_ms = arrived_ms - 3 * 86400000::bigint, last_seq = last_seq - (${earlier}) WHERE stream_id = $1`,
    [streamId],
  );
  // The trigger takes this as another day, and puts away what the day before has.
  await db.database.query(
    `UPDATE kinesis_shards SET last_seq = last_seq - (${earlier}), last_day_bytes = 2 * last_day_bytes WHERE stream_id = $1`,
    [streamId],
  );
  await db.database.query("DELETE FROM kinesis_stored WHERE stream_id = $1", [streamId]);
}

test("records of a deleted stream are deleted, and put nowhere", async () => {
  const stream = await newStream(1);
  await one.put(stream, [{ partitionKey: "k", data: Buffer.from("x") }]);
  expect(await one.store.storedBytes(stream.accountId)).toBeGreaterThan(0);
  await one.store.delete(stream);
  expect(await one.put(stream, [{ partitionKey: "k", data: Buffer.from("y") }])).toEqual([undefined]);
  await collect();
  for (const table of ["kinesis_chunks", "kinesis_days"]) {
    expect(await db.database.query(`SELECT 1 FROM ${table} WHERE stream_id = $1`, [stream.id])).toEqual([]);
  }
});

test("a record put in a transaction is there when that commits, and not when it does not", async () => {
  const stream = await newStream(1);
  const record = (text: string) => ({ partitionKey: "k", data: Buffer.from(text) });
  const failing = db.database.transaction(async (tx) => {
    await one.putWithin(tx, stream, [record("never")]);
    throw new Error("rolled back");
  });
  await expect(failing).rejects.toThrow("rolled back");
  const committed = await db.database.transaction(async (tx) => await one.putWithin(tx, stream, [record("kept")]));
  committed();
  expect(await readAll(stream, 0)).toEqual(["kept"]);
});
