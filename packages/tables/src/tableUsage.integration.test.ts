import { silentLogger, SystemClock, systemRandom } from "@hearth/kit";
import { Streams } from "@hearth/streams";
import { type TestDatabase, testDatabase } from "@hearth/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Item } from "./attributeValue.ts";
import { type Table, tableArn, type TableDefinition } from "./table.ts";
import { Tables } from "./tables.ts";
import { TableWork } from "./tableWork.ts";
import { transactWrite } from "./transactions.ts";

const clock = new SystemClock();
const logger = silentLogger;
const stack = new AsyncDisposableStack();
let db: TestDatabase;
let streams: Streams;
let one: Tables;
let work: TableWork;
beforeAll(async () => {
  db = stack.use(await testDatabase());
  const deps = { database: db.database, clock, random: systemRandom, logger };
  streams = stack.use(new Streams(deps));
  one = stack.use(new Tables({ ...deps, streams }));
  work = stack.use(new TableWork({ tables: one, streams, clock, logger }));
});
afterAll(async () => await stack.disposeAsync());

async function newTable({ indexes }: Pick<TableDefinition, "indexes">): Promise<Table> {
  const name = { accountId: "000000000000", region: "us-east-1", TableName: `t-${systemRandom.hex(6)}` };
  const definition: TableDefinition = {
    key: { hash: { name: "pk", type: "S" } },
    attributes: [{ name: "pk", type: "S" }],
    indexes,
    billing: "PAY_PER_REQUEST",
    throughput: { ReadCapacityUnits: 0, WriteCapacityUnits: 0 },
    isDeletionProtected: false,
  };
  const record = await one.store.create(name, { tableId: systemRandom.uuid(), definition, tags: {} });
  if (!record) throw new Error("the name is taken");
  return { ...record, arn: tableArn(name) };
}

const key = (pk: string): Item => ({ pk: { S: pk } });

test("what each index holds is counted as items change, and anew", async () => {
  const by = async (name: string, status: "ACTIVE" | "CREATING") => ({
    ...{ id: await one.store.newIndexId(), name, isGlobal: true, status, createdAt: 0 },
    ...{ key: { hash: { name, type: "N" } }, projection: { ProjectionType: "KEYS_ONLY" } },
  });
  const [n, m] = [await by("n", "ACTIVE"), await by("m", "ACTIVE")];
  const table = await newTable({ indexes: [n, m] as TableDefinition["indexes"] });
  const put = async (pk: string, rest: Item) => await one.write(table, key(pk), () => ({ ...key(pk), ...rest }));
  const usage = async () => {
    await one.counter.flush();
    return await one.usage.of(table.id);
  };
  await put("a", { n: { N: "1" }, text: { S: "not projected" } });
  await put("b", { n: { N: "2" } });
  await put("b", { n: { N: "3" }, m: { N: "1" } });
  await put("c", { n: { N: "4" } });
  await put("c", {});
  await one.write(table, key("a"), () => undefined);
  const counted = await usage();
  expect(counted.indexes[n.id]?.items).toBe(1);
  expect(counted.indexes[m.id]?.items).toBe(1);
  expect(counted.indexBytes).toBe(Object.values(counted.indexes).reduce((sum, { bytes }) => sum + bytes, 0));
  await one.usage.add(
    new Map([
      [
        table.id,
        { items: 7, bytes: 7, indexBytes: 7, indexes: { [n.id]: { items: 7, bytes: 7 }, 0: { items: 1, bytes: 1 } } },
      ],
    ]),
  );
  expect(await one.usage.recount(table.id)).toBe(true);
  expect(await usage()).toEqual(counted);
});

test("an index that is filled counts each item once, and leaves the counts of others", async () => {
  const by = async (name: string, status: "ACTIVE" | "CREATING") => ({
    ...{ id: await one.store.newIndexId(), name, isGlobal: true, status, createdAt: 0 },
    ...{ key: { hash: { name, type: "N" } }, projection: { ProjectionType: "ALL" } },
  });
  const [old, fresh] = [await by("n", "ACTIVE"), await by("m", "CREATING")];
  const table = await newTable({ indexes: [old] as TableDefinition["indexes"] });
  const item = { n: { N: "1" }, m: { N: "1" } };
  for (const pk of ["a", "b"]) await one.write(table, key(pk), () => ({ ...key(pk), ...item }));
  const indexes = [old, fresh] as TableDefinition["indexes"];
  await one.store.change(table, ({ definition }) => ({ definition: { ...definition, indexes } }));
  one.directory.forget(table);
  const changed = (await one.find(table)) as Table;
  // This one is in the index before it is filled.
  await one.write(changed, key("c"), () => ({ ...key("c"), ...item }));
  await work.fillIndexes(new AbortController().signal);
  const { indexes: counted } = await one.usage.of(table.id);
  expect([counted[old.id]?.items, counted[fresh.id]?.items]).toEqual([3, 3]);
});

test("a collection that is too large is known to a process that begins later, in transactions too", async () => {
  const index = {
    ...{ id: await one.store.newIndexId(), name: "by-l", isGlobal: false, status: "ACTIVE", createdAt: 0 },
    ...{
      key: { hash: { name: "pk", type: "S" }, range: { name: "l", type: "N" } },
      projection: { ProjectionType: "ALL" },
    },
  };
  const table = await newTable({ indexes: [index] as TableDefinition["indexes"] });
  const text = { S: "x".repeat(4_000) };
  // With its entry in the index it has 8 KB.
  await one.write(table, key("a"), () => ({ ...key("a"), l: { N: "1" }, text }));
  await one.counter.flush();
  const deps = { database: db.database, clock, random: systemRandom, logger, streams };
  await using later = new Tables({ ...deps, maxCollectionBytes: 8_000 });
  const grown = (before: Item | undefined): Item => ({ ...(before as Item), [systemRandom.hex(4)]: { BOOL: true } });
  await expect
    .poll(async () => await later.write(table, key("a"), grown).then(() => "written", String), { timeout: 10_000 })
    .toContain("Collection size exceeded.");
  await expect(
    transactWrite(table, { parts: [{ table, key: key("a"), decide: grown }] }, { ...deps, tables: later }),
  ).rejects.toMatchObject({
    reasons: [{ Code: "ItemCollectionSizeLimitExceeded", Message: "Collection size exceeded." }],
  });
  // It may shrink, and others may grow.
  await later.write(table, key("b"), () => ({ ...key("b"), l: { N: "1" }, text: { S: "y".repeat(1_000) } }));
  await later.write(table, key("a"), () => ({ ...key("a"), l: { N: "1" } }));
  await later.write(table, key("a"), grown);
});
