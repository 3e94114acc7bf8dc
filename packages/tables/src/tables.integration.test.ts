import { silentLogger, SystemClock, systemRandom } from "@hearth/kit";
import { type ChangeRecord, decodeChange } from "@hearth/store";
import { MAX_HASH_KEY, Streams } from "@hearth/streams";
import { type TestDatabase, testDatabase } from "@hearth/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Item } from "./attributeValue.ts";
import { storedKey } from "./keys.ts";
import { encodeItem } from "./storedItem.ts";
import { streamNameOf, type Table, tableArn, type TableDefinition } from "./table.ts";
import { Tables } from "./tables.ts";
import { TableWork } from "./tableWork.ts";
import { transactWrite } from "./transactions.ts";

const clock = new SystemClock();
const logger = silentLogger;
const stack = new AsyncDisposableStack();
let db: TestDatabase;
let streams: Streams;
/** As two processes on one database. */
let one: Tables;
let other: Tables;
let work: TableWork;
beforeAll(async () => {
  db = stack.use(await testDatabase());
  const deps = { database: db.database, clock, random: systemRandom, logger };
  streams = stack.use(new Streams(deps));
  const open = () => stack.use(new Tables({ ...deps, streams }));
  [one, other] = [open(), open()];
  work = stack.use(new TableWork({ tables: one, streams, clock, logger }));
});
afterAll(async () => await stack.disposeAsync());

async function newTable(more: Partial<TableDefinition> = {}): Promise<Table> {
  const key = { accountId: "000000000000", region: "us-east-1", TableName: `t-${systemRandom.hex(6)}` };
  const definition: TableDefinition = {
    key: { hash: { name: "pk", type: "S" } },
    attributes: [{ name: "pk", type: "S" }],
    indexes: [],
    billing: "PAY_PER_REQUEST",
    throughput: { ReadCapacityUnits: 0, WriteCapacityUnits: 0 },
    isDeletionProtected: false,
    ...more,
  };
  if (definition.stream) {
    const stream = { ...key, StreamName: streamNameOf(key.TableName, definition.stream.label) };
    const shards = [{ parents: [], fromHash: 0n, toHash: MAX_HASH_KEY }];
    await streams.store.create(stream, { mode: "ON_DEMAND", tags: {}, maxRecordKib: 10_240 }, shards, {
      view: definition.stream.view,
      key: definition.key,
    });
  }
  const record = await one.store.create(key, { tableId: systemRandom.uuid(), definition, tags: {} });
  if (!record) throw new Error("the name is taken");
  return { ...record, arn: tableArn(key) };
}

const STREAM = { view: "NEW_AND_OLD_IMAGES", label: "2026-01-01T00:00:00.000", isEnabled: true } as const;
const key = (pk: string): Item => ({ pk: { S: pk } });
const increment = (before: Item | undefined): Item => ({
  ...(before ?? key("counter")),
  n: { N: String(Number(before?.["n"]?.N ?? 0) + 1) },
});

function placeOfKey(table: Table, name: string) {
  return storedKey(table.definition.key, key(name));
}

async function recordsOf({ accountId, region, TableName }: Table): Promise<ChangeRecord[]> {
  const stream = await streams.find({ accountId, region, StreamName: streamNameOf(TableName, STREAM.label) });
  if (!stream) throw new Error("the table has no stream");
  const found: ChangeRecord[] = [];
  for (const { shardNo } of await streams.shards(stream.id)) {
    const page = await streams.read(stream, { shardNo, afterSeq: 0n, maxRecords: 10_000, maxBytes: 100_000_000 });
    found.push(...page.map(({ data }) => decodeChange(data)));
  }
  return found;
}

test("two processes that change one item at the same time lose no change, and the stream has each of them once and in order", async () => {
  const table = await newTable({ stream: STREAM });
  const run = async (tables: Tables) => {
    for (let at = 0; at < 25; at++) await tables.write(table, key("counter"), increment);
  };
  await Promise.all([run(one), run(one), run(other), run(other)]);
  expect((await one.get(table, key("counter")))?.["n"]).toEqual({ N: "100" });
  const images = (await recordsOf(table)).map(({ newImage }) => (JSON.parse(newImage ?? "{}") as Item)["n"]?.N);
  expect(images).toEqual(Array.from({ length: 100 }, (_one, at) => String(at + 1)));
});

test("transactions of two processes and single writes of the same items are all counted", async () => {
  const table = await newTable();
  const keys = [key("a"), key("b")];
  const add = (own: Item) => (before: Item | undefined) => ({
    ...own,
    n: { N: String(Number(before?.["n"]?.N ?? 0) + 1) },
  });
  const transact = async (tables: Tables, order: readonly Item[]) => {
    const parts = order.map((own) => ({ table, key: own, decide: add(own) }));
    await transactWrite(table, { parts }, { tables, clock, random: systemRandom });
  };
  const runs = Array.from({ length: 10 }, (_one, at) => [
    transact(one, keys),
    transact(other, keys.toReversed()),
    one.write(table, keys[at % 2] as Item, add(keys[at % 2] as Item)),
  ]);
  await Promise.all(runs.flat());
  const counts = await Promise.all(keys.map(async (own) => Number((await one.get(table, own))?.["n"]?.N)));
  expect(counts).toEqual([25, 25]);
});

test("an item that is written as it was makes no record, in whatever order its attributes are; others of the same batch do", async () => {
  const table = await newTable({ stream: STREAM });
  const item = (name: string, value: string): Item => ({ ...key(name), value: { S: value }, tags: { SS: ["a", "b"] } });
  const reordered: Item = { tags: { SS: ["b", "a"] }, value: { S: "1" }, ...key("a") };
  const put = async (name: string, after: Item) => await one.write(table, key(name), () => after, { isBlind: true });
  await Promise.all([put("a", item("a", "1")), put("b", item("b", "1"))]);
  await Promise.all([put("a", item("a", "1")), put("b", item("b", "1"))]);
  await Promise.all([put("a", reordered), put("b", item("b", "2"))]);
  const seen = (await recordsOf(table)).map(({ eventName, keys, oldImage, newImage }) => [
    eventName,
    keys,
    oldImage,
    newImage,
  ]);
  const text = (name: string, value: string) => encodeItem(item(name, value));
  expect(seen).toHaveLength(3);
  expect(seen).toContainEqual(["INSERT", JSON.stringify(key("a")), undefined, text("a", "1")]);
  expect(seen).toContainEqual(["INSERT", JSON.stringify(key("b")), undefined, text("b", "1")]);
  expect(seen.at(-1)).toEqual(["MODIFY", JSON.stringify(key("b")), text("b", "1"), text("b", "2")]);
  expect(await one.get(table, key("a"))).toEqual(reordered);
});

test("puts and deletes without a look, by two processes and beside conditional writes, follow one another in the stream as in the table", async () => {
  const table = await newTable({ stream: STREAM });
  const names = ["a", "b", "c"];
  const put = async (tables: Tables, name: string, text: string) =>
    await tables.write(table, key(name), () => ({ ...key(name), text: { S: text } }), { isBlind: true });
  const runs = [one, other].flatMap((tables, process) =>
    Array.from({ length: 3 }, async (_one, run) => {
      for (let at = 0; at < 12; at++) {
        const name = names[(at + run) % names.length] as string;
        if (at % 4 === 3) await tables.write(table, key(name), () => undefined, { isBlind: true });
        else if (at % 4 === 2) await tables.write(table, key(name), () => ({ ...key(name), n: { N: `${at}` } }));
        else await put(tables, name, `${process}-${run}-${at}`);
      }
    }),
  );
  await Promise.all(runs);
  const records = await recordsOf(table);
  for (const name of names) {
    const own = records.filter(({ keys }) => keys === JSON.stringify(key(name)));
    let last: string | undefined;
    for (const { eventName, oldImage, newImage } of own) {
      expect(oldImage).toBe(last);
      expect(eventName).toBe(oldImage === undefined ? "INSERT" : newImage === undefined ? "REMOVE" : "MODIFY");
      last = newImage;
    }
    const item = await one.get(table, key(name));
    expect(item && encodeItem(item)).toBe(last);
  }
  // Each text was written once, and no put was lost.
  const texts = records.flatMap(({ newImage }) => (newImage?.includes("text") ? [newImage] : []));
  expect(texts).toHaveLength(36);
  expect(new Set(texts).size).toBe(36);
  for (const tables of [one, other]) await tables.counter.flush();
  const held = await Promise.all(names.map(async (name) => await one.read(table, placeOfKey(table, name))));
  expect(await one.usage.of(table.id)).toEqual({
    items: held.filter(Boolean).length,
    bytes: held.reduce((sum, item) => sum + (item?.bytes ?? 0), 0),
    indexBytes: 0,
    indexes: {},
  });
});

test("records of writes without a look say what the others say, in every view", async () => {
  for (const view of ["NEW_AND_OLD_IMAGES", "NEW_IMAGE", "OLD_IMAGE", "KEYS_ONLY"] as const) {
    const seen: (readonly unknown[])[] = [];
    for (const isBlind of [true, false]) {
      const table = await newTable({ stream: { ...STREAM, view } });
      const item = {
        pk: { S: 'q"\\\u0000ü' },
        text: { S: 'a "quoted"\n\u0001 text 😀' },
        b: { B: Buffer.from([0, 255]) },
      };
      const write = async (after: Item | undefined) =>
        await one.write(table, { pk: item.pk }, () => after, { isBlind });
      for (const after of [item, item, { ...item, n: { N: "1" } }, undefined, undefined]) await write(after);
      seen.push((await recordsOf(table)).map(({ eventID, at, ...rest }) => [eventID.length, typeof at, rest]));
    }
    expect(seen[0]).toHaveLength(3);
    expect(seen[0]).toEqual(seen[1]);
  }
});

test("an item from before its attributes had an order is compared with the one that replaces it", async () => {
  const table = await newTable({ stream: STREAM });
  const item: Item = { ...key("old"), a: { S: "1" }, z: { S: "2" } };
  const put = async (after: Item) => await one.write(table, key("old"), () => after, { isBlind: true });
  await put(item);
  const old = JSON.stringify({ z: { S: "2" }, pk: { S: "old" }, a: { S: "1" } });
  await db.database.query("UPDATE dynamodb_items SET item = $2, version = 7 WHERE table_id = $1", [table.id, old]);
  await put(item);
  expect(await recordsOf(table)).toHaveLength(1);
  await put({ ...item, z: { S: "3" } });
  expect((await recordsOf(table)).at(-1)).toMatchObject({ eventName: "MODIFY", oldImage: encodeItem(item) });
});

test("items are deleted when their time to live is over, and the stream says by whom", async () => {
  const table = await newTable({ timeToLive: "ttl", stream: STREAM });
  const now = Math.floor(clock.now() / 1000);
  for (const [name, ttl] of [
    ["over", now - 10],
    ["later", now + 1_000],
    ["five years ago", now - 5 * 366 * 86_400],
    ["never", 0],
  ] as const) {
    await one.write(table, key(name), () => ({ ...key(name), ttl: { N: String(ttl) } }));
  }
  await work.deleteExpired(new AbortController().signal);
  expect(await one.get(table, key("over"))).toBeUndefined();
  for (const name of ["later", "five years ago", "never"]) expect(await one.get(table, key(name))).toBeDefined();
  const removal = (await recordsOf(table)).find(({ eventName }) => eventName === "REMOVE");
  expect(removal?.isByTimeToLive).toBe(true);
});

test("a time to live that is set later is taken from items that are there", async () => {
  const table = await newTable();
  await one.write(table, key("old"), () => ({ ...key("old"), ttl: { N: "1000" } }));
  await one.write(table, key("text"), () => ({ ...key("text"), ttl: { S: "soon" } }));
  await one.items.setExpiry(table.id, "ttl");
  const expired = await one.items.expired(table.id, { since: 0, before: Math.floor(clock.now() / 1000) }, 10);
  expect(expired).toHaveLength(1);
});

test("an item whose attribute is too large for a new index is left out of it, and the index gets the others", async () => {
  const index = {
    id: await one.store.newIndexId(),
    name: "by-g",
    isGlobal: true,
    key: { hash: { name: "g", type: "S" } },
    projection: { ProjectionType: "KEYS_ONLY" },
    status: "CREATING",
    createdAt: 0,
  } as const;
  const table = await newTable();
  // No compression makes this fit into a page of an index.
  await one.write(table, key("large"), () => ({ ...key("large"), g: { S: systemRandom.hex(30_000) } }));
  await one.write(table, key("fits"), () => ({ ...key("fits"), g: { S: "short" } }));
  await one.store.change(table, ({ definition }) => ({ definition: { ...definition, indexes: [index] } }));
  await work.fillIndexes(new AbortController().signal);
  const found = await one.indexItems.scan(index.id, { from: -(2 ** 31), to: 2 ** 31 - 1, after: undefined, limit: 10 });
  expect(found.map(({ item }) => item)).toEqual([expect.stringContaining("fits")]);
  expect((await one.store.find(table))?.definition.indexes[0]?.status).toBe("ACTIVE");
});

test("a shard that has taken records for four hours is followed by another", async () => {
  const table = await newTable({ stream: STREAM });
  await one.write(table, key("a"), increment);
  await db.database.query(
    `UPDATE kinesis_shards SET first_seq = first_seq - ((5 * 3600000::bigint) << 20)
      WHERE stream_id = (SELECT id FROM kinesis_streams WHERE "StreamName" LIKE $1)`,
    [`table/${table.TableName}/%`],
  );
  const name = {
    accountId: table.accountId,
    region: table.region,
    StreamName: streamNameOf(table.TableName, STREAM.label),
  };
  streams.directory.forget(name);
  await work.rotateShards();
  // The other process does not know of it yet: it finds the shard closed.
  await other.write(table, key("a"), () => ({ ...key("a"), text: { S: "blind" } }), { isBlind: true });
  await one.write(table, key("a"), increment);
  const stream = await streams.find(name);
  const shards = await streams.shards(stream?.id ?? "");
  expect(shards.map(({ closedAt, parents }) => [closedAt !== null, parents])).toEqual([
    [true, []],
    [false, [0]],
  ]);
  expect(await recordsOf(table)).toHaveLength(3);
});

test("what is left of a deleted table is deleted", async () => {
  const index = {
    id: await one.store.newIndexId(),
    name: "by-n",
    isGlobal: true,
    status: "ACTIVE",
    createdAt: 0,
  } as const;
  const table = await newTable({
    indexes: [{ ...index, key: { hash: { name: "n", type: "N" } }, projection: { ProjectionType: "ALL" } }],
  });
  await one.write(table, key("a"), increment);
  const rows = async () =>
    await db.database.query(
      "SELECT 1 FROM dynamodb_items WHERE table_id = $1 UNION ALL SELECT 1 FROM dynamodb_index_items WHERE index_id = $2",
      [table.id, index.id],
    );
  await work.collect();
  expect(await rows()).toHaveLength(2);
  await one.store.delete(table);
  await work.collect();
  expect(await rows()).toHaveLength(0);
});

test("an item that is put again and again counts once towards what the table holds", async () => {
  const table = await newTable();
  for (let at = 0; at < 5; at++) {
    await one.write(table, key("same"), () => ({ ...key("same"), text: { S: "x".repeat(1_000) } }), { isBlind: true });
  }
  await one.counter.flush();
  const { items, bytes } = await one.usage.of(table.id);
  expect(items).toBe(1);
  expect(bytes).toBeGreaterThan(1_000);
  expect(bytes).toBeLessThan(1_100);
});

test("streams that no table writes any longer are deleted, others stay", async () => {
  const [written, deleted] = [await newTable({ stream: STREAM }), await newTable({ stream: STREAM })];
  const nameOf = ({ TableName }: Table): string => streamNameOf(TableName, STREAM.label);
  const names = async (): Promise<readonly string[]> => {
    const rows = await db.database.query<{ name: string }>(
      `SELECT "StreamName" AS name FROM kinesis_streams WHERE "StreamName" = ANY($1::text[])`,
      [[nameOf(written), nameOf(deleted)]],
    );
    return rows.map(({ name }) => name);
  };
  await one.store.delete(deleted);
  await db.database.query("UPDATE kinesis_streams SET created_at = created_at - interval '2 days'");
  await db.database.query("UPDATE kinesis_shards SET last_seq = last_seq - ((2 * 86400000::bigint) << 20)");
  await work.collect();
  expect(await names()).toEqual([nameOf(written)]);
});
