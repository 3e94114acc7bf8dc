import { SystemClock, systemRandom } from "@hearth/kit";
import { type TestDatabase, testDatabase } from "@hearth/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Database } from "../postgres/database.ts";
import { KinesisChunkStore } from "../kinesis/kinesisChunks.ts";
import { putItems, RecordedWrites } from "./blindWrites.ts";
import { type ChangeRecord, decodeChange } from "./changeRecord.ts";
import type { BlindDynamoWrite, RecordedIn, Replaced } from "./dynamoWrite.ts";

const stack = new AsyncDisposableStack();
let db: TestDatabase;
let chunks: KinesisChunkStore;
beforeAll(async () => {
  db = stack.use(await testDatabase());
  chunks = new KinesisChunkStore(db.database, new SystemClock());
});
afterAll(async () => await stack.disposeAsync());

let tables = 0;
/** A table, and a stream of one shard for it. */
async function newTable(): Promise<{ readonly tableId: string; readonly streamId: string }> {
  const [stream] = await db.database.query<{ id: string }>(
    `INSERT INTO kinesis_streams (account_id, region, "StreamName", mode, max_record_kib, tags, next_shard, service)
     VALUES ('000000000000', 'us-east-1', $1, 'ON_DEMAND', 10240, '{}', 1, 'dynamodb') RETURNING id::text`,
    [`table/${++tables}`],
  );
  const streamId = stream?.id ?? "";
  await db.database.query(
    "INSERT INTO kinesis_shards (stream_id, shard_no, parents, from_hash, to_hash, first_seq, last_seq) VALUES ($1, 0, '{}', 0, 1, 1, 1)",
    [streamId],
  );
  return { tableId: String(tables), streamId };
}

async function placeOf(streamId: string, more: Partial<RecordedIn> = {}): Promise<RecordedIn> {
  const place = await chunks.prepareFor({ streamId, shardNo: 0 });
  return { place, at: 1_700_000_000, hasNewImage: true, hasOldImage: true, ...more };
}

async function readAll(
  streamId: string,
): Promise<readonly (ChangeRecord & { readonly partitionKey: string; readonly seq: bigint })[]> {
  const read = { streamId, shardNo: 0, afterSeq: 0n, notBeforeMs: 0, maxRecords: 10_000, maxBytes: 100_000_000 };
  const records = await chunks.read(read);
  return records.map(({ partitionKey, seq, data }) => ({ partitionKey, seq, ...decodeChange(data) }));
}

const imageOf = (name: string, text: string): string => JSON.stringify({ pk: { S: name }, text: { S: text } });

/** A put of an item with that text, or a deletion. */
function write(name: string, text: string | undefined): BlindDynamoWrite {
  const item = text === undefined ? undefined : imageOf(name, text);
  return {
    write: {
      key: { place: name.length, hash: Buffer.from(name), range: Buffer.alloc(0) },
      expected: "any",
      ...(item !== undefined && { item, bytes: (text ?? "").length }),
      expiresAt: undefined,
      added: [],
      removed: [],
    },
    event: { id: systemRandom.hex(16), keys: JSON.stringify({ pk: { S: name } }), keyBytes: 100 },
  };
}

/** Writes the puts, then the deletes. Resolves with what each has replaced. */
async function writeAll(
  writer: RecordedWrites,
  tableId: string,
  writes: readonly BlindDynamoWrite[],
  recorded: RecordedIn,
): Promise<readonly Replaced[]> {
  const found = new Map<BlindDynamoWrite, Replaced | undefined>();
  for (const isDelete of [false, true]) {
    const batch = writes.filter(({ write: { item } }) => (item === undefined) === isDelete);
    if (batch.length === 0) continue;
    let done = await writer.write(tableId, batch, recorded);
    // As Tables does it: what was not done is done again.
    while (!done) done = await writer.write(tableId, batch, recorded);
    batch.forEach((one, at) => found.set(one, done[at]));
  }
  return writes.map((one) => found.get(one) ?? { bytes: undefined });
}

const ODD = 'q"\\\u0000\n\u0001 ü 😀';

describe.each([
  { name: "an INSERT that returns what it replaces", returnsOld: undefined },
  { name: "items locked before", returnsOld: false },
])("with $name", ({ returnsOld }) => {
  const writer = () => new RecordedWrites(db.database, returnsOld);

  test("each write gets what it has replaced, and each change its record, whatever else is in the batch", async () => {
    const { tableId, streamId } = await newTable();
    const run = async (writes: readonly BlindDynamoWrite[]) =>
      await writeAll(writer(), tableId, writes, await placeOf(streamId));
    expect(await run([write("zz", "1"), write("a", ODD), write("y", "222")])).toEqual([{}, {}, {}]);
    expect(
      await run([
        write("y", undefined),
        write("a", "new"),
        write("none", undefined),
        write("zz", "1"),
        write("bb", "b"),
      ]),
    ).toEqual([{ bytes: 3 }, { bytes: ODD.length }, {}, { bytes: 1 }, {}]);
    const seen = await readAll(streamId);
    const shown = seen.map(({ eventName, keys, newImage, oldImage, SizeBytes }) => ({
      eventName,
      keys,
      newImage,
      oldImage,
      SizeBytes,
    }));
    const keysOf = (name: string) => JSON.stringify({ pk: { S: name } });
    expect(shown).toEqual([
      { eventName: "INSERT", keys: keysOf("a"), newImage: imageOf("a", ODD), SizeBytes: 100 + ODD.length },
      { eventName: "INSERT", keys: keysOf("y"), newImage: imageOf("y", "222"), SizeBytes: 103 },
      { eventName: "INSERT", keys: keysOf("zz"), newImage: imageOf("zz", "1"), SizeBytes: 101 },
      {
        eventName: "MODIFY",
        keys: keysOf("a"),
        newImage: imageOf("a", "new"),
        oldImage: imageOf("a", ODD),
        SizeBytes: 103 + ODD.length,
      },
      { eventName: "INSERT", keys: keysOf("bb"), newImage: imageOf("bb", "b"), SizeBytes: 101 },
      { eventName: "REMOVE", keys: keysOf("y"), oldImage: imageOf("y", "222"), SizeBytes: 103 },
    ]);
    expect(seen.map(({ partitionKey }) => Buffer.from(partitionKey, "hex").toString())).toEqual([
      "a",
      "y",
      "zz",
      "a",
      "bb",
      "y",
    ]);
    expect(new Set(seen.map(({ eventID }) => eventID)).size).toBe(6);
    expect(seen.every(({ seq }, at) => at === 0 || seq > (seen[at - 1]?.seq ?? 0n))).toBe(true);
    const [stored] = await db.database.query<{ bytes: number; chunks: number }>(
      `SELECT (SELECT sum(bytes)::float8 FROM kinesis_days WHERE stream_id = $1) AS bytes,
              (SELECT sum(octet_length(data))::float8 FROM kinesis_chunks WHERE stream_id = $1) AS chunks`,
      [streamId],
    );
    expect(stored?.bytes).toBe(stored?.chunks);
  });

  test.each([
    { hasNewImage: false, hasOldImage: false },
    { hasNewImage: true, hasOldImage: false },
    { hasNewImage: false, hasOldImage: true },
  ])("records have the images that their stream shows: %o", async (view) => {
    const { tableId, streamId } = await newTable();
    const run = async (text: string | undefined) =>
      await writeAll(writer(), tableId, [write("a", text), write("b", "same")], await placeOf(streamId, view));
    for (const text of ["1", "22", undefined]) await run(text);
    const ofA = (await readAll(streamId)).filter(({ keys }) => keys.includes('"a"'));
    const { hasNewImage, hasOldImage } = view;
    const image = (isShown: boolean, text: string) => (isShown ? imageOf("a", text) : undefined);
    expect(
      ofA.map(({ eventName, newImage, oldImage, SizeBytes }) => [eventName, newImage, oldImage, SizeBytes]),
    ).toEqual([
      ["INSERT", image(hasNewImage, "1"), undefined, hasNewImage ? 101 : 100],
      [
        "MODIFY",
        image(hasNewImage, "22"),
        image(hasOldImage, "1"),
        100 + (hasNewImage ? 2 : 0) + (hasOldImage ? 1 : 0),
      ],
      ["REMOVE", undefined, image(hasOldImage, "22"), hasOldImage ? 102 : 100],
    ]);
    const ofB = (await readAll(streamId)).filter(({ keys }) => keys.includes('"b"'));
    expect(ofB.map(({ eventName }) => eventName)).toEqual(["INSERT"]);
  });

  test("statements are planned once, also for fewer items than PostgreSQL would guess", async () => {
    const { tableId, streamId } = await newTable();
    await db.database.transaction(async (tx) => {
      const writes = new RecordedWrites(tx as unknown as Database, returnsOld);
      const recorded = await placeOf(streamId);
      for (let at = 0; at < 12; at++) {
        await writeAll(writes, tableId, [write("a", String(at)), write("b", undefined)], recorded);
        await putItems(tx, "0", [write("c", String(at)).write]);
      }
      const rows = await tx.query<{ begin: string; planned: number }>(
        "SELECT left(statement, 60) AS begin, custom_plans::float8 AS planned FROM pg_prepared_statements WHERE statement LIKE '%dynamodb_items%'",
      );
      // Those of the other form may be there too.
      expect(rows.length).toBeGreaterThanOrEqual(3);
      for (const { begin, planned } of rows) expect(planned, begin).toBeLessThanOrEqual(5);
    });
  });

  test("a batch that changes nothing leaves no chunk behind", async () => {
    const { tableId, streamId } = await newTable();
    const batch = [write("a", "1"), write("gone", undefined)];
    for (let at = 0; at < 3; at++) await writeAll(writer(), tableId, batch, await placeOf(streamId));
    const [row] = await db.database.query<{ chunks: number }>(
      "SELECT count(*)::float8 AS chunks FROM kinesis_chunks WHERE stream_id = $1",
      [streamId],
    );
    expect(row?.chunks).toBe(1);
  });

  test("nothing is written when the shard is closed", async () => {
    const { tableId, streamId } = await newTable();
    const run = async (writes: readonly BlindDynamoWrite[]) =>
      await writer().write(tableId, writes, await placeOf(streamId));
    await run([write("a", "1")]);
    await db.database.query("UPDATE kinesis_shards SET closed_at = now() WHERE stream_id = $1", [streamId]);
    expect(await run([write("a", "2"), write("b", "3")])).toBeUndefined();
    expect(await run([write("a", undefined)])).toBeUndefined();
    const rows = await db.database.query<{ item: string }>("SELECT item FROM dynamodb_items WHERE table_id = $1", [
      tableId,
    ]);
    expect(rows).toEqual([{ item: imageOf("a", "1") }]);
  });

  test("many writers of the same items at the same time: each record shows as old what the one before it shows as new", async () => {
    const { tableId, streamId } = await newTable();
    const names = ["a", "b", "cc", "dd"];
    const recorded = await placeOf(streamId);
    const run = async (own: number) => {
      const one = writer();
      for (let at = 0; at < 15; at++) {
        const all = names.map((name, n) => write(name, (own + at + n) % 5 === 0 ? undefined : `${own} ${at}`));
        await writeAll(one, tableId, all, recorded);
      }
    };
    await Promise.all([run(1), run(2), run(3)]);
    const seen = await readAll(streamId);
    for (const name of names) {
      let last: string | undefined;
      for (const { keys, newImage, oldImage } of seen) {
        if (keys !== JSON.stringify({ pk: { S: name } })) continue;
        expect(oldImage).toBe(last);
        last = newImage;
      }
      const [row] = await db.database.query<{ item: string }>(
        "SELECT item FROM dynamodb_items WHERE table_id = $1 AND hash = $2",
        [tableId, Buffer.from(name)],
      );
      expect(row?.item).toBe(last);
    }
    expect(seen.length).toBeGreaterThan(100);
  });
});
