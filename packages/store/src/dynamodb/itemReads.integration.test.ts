import { silentLogger, SystemClock, systemRandom } from "@hearth/kit";
import { type TestDatabase, testDatabase } from "@hearth/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Database } from "../postgres/database.ts";
import { type DynamoItemKey, DynamoItemStore } from "./dynamoItems.ts";
import type { DynamoKey } from "./dynamoWrite.ts";
import { DynamoItemReads, type DynamoPart } from "./itemReads.ts";

const clock = new SystemClock();
const stack = new AsyncDisposableStack();
let db: TestDatabase;
let items: DynamoItemStore;
let reads: DynamoItemReads;
beforeAll(async () => {
  db = stack.use(await testDatabase());
  items = new DynamoItemStore(db.database);
  reads = new DynamoItemReads({ database: db.database, clock }, items);
});
afterAll(async () => await stack.disposeAsync());

const keyOf = (hash: string, range: string | Buffer = ""): DynamoKey => ({
  place: hash.length,
  hash: Buffer.from(hash),
  range: Buffer.from(range),
});
const itemOf = (text: string): string => JSON.stringify({ is: text });
const textOf = (item: string | undefined): string => (JSON.parse(item ?? "{}") as { is: string }).is;
async function put(tableId: string, key: DynamoKey, text: string): Promise<void> {
  const item = itemOf(text);
  await items.write(db.database, tableId, [{ key, expected: "any", item, bytes: text.length, removed: [], added: [] }]);
}
const part = (tableId: string, hash: string, more: Partial<DynamoPart> = {}): DynamoPart => ({
  tableId,
  ...keyOf(hash),
  limit: 64,
  isDescending: false,
  ...more,
});

test("each of many reads at the same time gets the item of its own table and key, or none", async () => {
  const tables = ["11", "12", "13"];
  const names = Array.from({ length: 40 }, (_one, at) => `item${at}`);
  for (const tableId of tables) {
    const written = names.filter((_name, at) => at % 4 !== 0);
    await Promise.all(written.map((name) => put(tableId, keyOf("part", name), `${tableId} ${name}`)));
  }
  const wanted = tables.flatMap((tableId) => names.map((name, at) => ({ tableId, name, at })));
  const found = await Promise.all(wanted.map(({ tableId, name }) => reads.get({ tableId, ...keyOf("part", name) })));
  expect(found.map((one) => one?.item)).toEqual(
    wanted.map(({ tableId, name, at }) => (at % 4 === 0 ? undefined : itemOf(`${tableId} ${name}`))),
  );
  expect(await reads.get({ tableId: "12", ...keyOf("part", "item1") })).toMatchObject({
    item: itemOf("12 item1"),
    bytes: 8,
  });
});

test("queries at the same time find what each finds alone, in its order and up to its limit", async () => {
  const ranges = [
    ...["", "a", "a\0", "a\0\0", "aa", "b", "b\xff", "c"].map((text) => Buffer.from(text, "latin1")),
    ...[Buffer.alloc(1_024, 0xff), Buffer.from([0xff])],
  ];
  for (const tableId of ["21", "22"]) {
    for (const hash of ["one", "two"]) {
      for (const range of ranges) await put(tableId, keyOf(hash, range), `${tableId} ${hash} ${range.toString("hex")}`);
    }
  }
  const bounds = [undefined, ...ranges].flatMap((key) =>
    key ? [true, false].map((isInclusive) => ({ key, isInclusive })) : [undefined],
  );
  const wanted = ["21", "22"].flatMap((tableId) =>
    bounds.flatMap((from) =>
      bounds.map((to, at) =>
        part(tableId, at % 2 === 0 ? "one" : "two", {
          from,
          to,
          limit: at % 13 === 0 ? 100 : 1 + (at % 12),
          isDescending: at % 3 === 0,
        }),
      ),
    ),
  );
  const found = await Promise.all(wanted.map((one) => reads.query(one)));
  for (const [at, one] of wanted.entries()) {
    const alone = await items.query(one.tableId, one, one);
    expect(found[at]?.map(({ range, item }) => ({ range, item }))).toEqual(
      alone.map(({ range, item }) => ({ range, item })),
    );
  }
});

test("large items are spread over several statements, and each read still gets all of its own", async () => {
  const large = "x".repeat(390 * 1024);
  for (let at = 0; at < 8; at++) await put("31", keyOf("large", `${at}`), `${at}${large}`);
  await put("32", keyOf("small", "0"), "small");
  const keys = Array.from({ length: 30 }, (_one, at) => ({ tableId: "31", ...keyOf("large", `${at % 8}`) }));
  const [small, ...found] = await Promise.all(
    [{ tableId: "32", ...keyOf("small", "0") }, ...keys].map(async (key) => (await reads.get(key))?.item),
  );
  expect(textOf(small)).toBe("small");
  expect(found.map((item) => textOf(item).slice(0, 2))).toEqual(keys.map((_key, at) => `${at % 8}x`));

  const pages = await Promise.all(
    Array.from({ length: 12 }, (_one, at) => reads.query(part("31", "large", { isDescending: at % 2 === 0 }))),
  );
  for (const [at, page] of pages.entries()) {
    const order = at % 2 === 0 ? ["7", "6", "5"] : ["0", "1", "2"];
    // A query that went alone may have more.
    expect(page.slice(0, 3).map(({ item }) => textOf(item).slice(0, 1))).toEqual(order);
  }
});

test("a read that cannot be done fails alone", async () => {
  await put("41", keyOf("part", "a"), "right");
  const wrong: DynamoItemKey = { tableId: "41", ...keyOf("part", "a"), place: 2 ** 40 };
  const outcomes = await Promise.allSettled([
    reads.get({ tableId: "41", ...keyOf("part", "a") }),
    reads.get(wrong),
    reads.get({ tableId: "41", ...keyOf("part", "b") }),
    reads.query(part("41", "part")),
    reads.query({ ...part("41", "part"), place: 2 ** 40 }),
    reads.query(part("41", "part")),
  ]);
  expect(outcomes).toMatchObject([
    { value: { item: itemOf("right") } },
    { reason: { message: expect.stringContaining("out of range") } },
    { value: undefined },
    { value: [{ item: itemOf("right") }] },
    { reason: { message: expect.stringContaining("out of range") } },
    { value: [{ item: itemOf("right") }] },
  ]);
});

test("a read sees what was written before it was asked for, whatever else is read", async () => {
  let isDone = false;
  const others = Array.from({ length: 8 }, async (_one, at) => {
    while (!isDone) await reads.get({ tableId: "51", ...keyOf("counter", `${at}`) });
  });
  await Promise.all(
    Array.from({ length: 4 }, async (_one, at) => {
      for (let count = 1; count <= 25; count++) {
        await put("51", keyOf("counter", `${at}`), `${count}`);
        const [item, page] = await Promise.all([
          reads.get({ tableId: "51", ...keyOf("counter", `${at}`) }),
          reads.query(part("51", "counter", { from: { key: Buffer.from(`${at}`), isInclusive: true }, limit: 1 })),
        ]);
        expect([item, page[0]].map((one) => textOf(one?.item))).toEqual([`${count}`, `${count}`]);
      }
    }),
  ).finally(() => (isDone = true));
  await Promise.all(others);
});

test("reads that wait when the database is closed are refused", async () => {
  const database = new Database(
    { connection: db.connection, max: 1 },
    { clock, random: systemRandom, logger: silentLogger },
  );
  const closing = new DynamoItemReads({ database, clock }, new DynamoItemStore(database));
  expect(await closing.get({ tableId: "61", ...keyOf("part") })).toBeUndefined();
  await database[Symbol.asyncDispose]();
  const late = await Promise.allSettled([1, 2, 3].map(() => closing.get({ tableId: "61", ...keyOf("part") })));
  expect(late.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
});

test("items are stored as the texts that they are", async () => {
  const texts = ['q"\\ü😀', "\0", "\ud800", "\\u0000", "a\n\t\b", "\u007f\u2028", "{}[],:"].map(itemOf);
  const all = [...texts, '{"b":{"L":[{"M":{}},{"N":"1e3"},{"BOOL":true}]},"a" : {"S":""}}', "{}"];
  const keys = all.map((_item, at) => keyOf("text", `${at}`));
  const more = { bytes: 1, removed: [], added: [] };
  const write = async (expected: string, tableId: string): Promise<void> => {
    const writes = all.map((item, at) => ({ key: keys[at] as DynamoKey, expected, item, ...more }));
    expect((await items.write(db.database, tableId, writes)).size).toBe(all.length);
  };
  await write("any", "61");
  await write("absent", "62");
  for (const tableId of ["61", "62"]) {
    const found = await Promise.all(keys.map((key) => reads.get({ tableId, ...key })));
    expect(found.map((one) => one?.item)).toEqual(all);
  }
});
