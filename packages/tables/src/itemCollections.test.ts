import { ManualClock, silentLogger } from "@hearth/kit";
import { expect, test } from "vitest";
import { ItemCollections } from "./itemCollections.ts";
import { storedKey } from "./keys.ts";
import type { Table } from "./table.ts";

const GB = 1024 ** 3;
const index = { id: "1", name: "by-l", isGlobal: false };
const table = {
  id: "7",
  definition: { key: { hash: { name: "pk", type: "S" } }, indexes: [index] },
} as unknown as Table;
const plain = {
  ...table,
  definition: { ...table.definition, indexes: [{ ...index, isGlobal: true }] },
} as unknown as Table;
const keyOf = (pk: string) => storedKey(table.definition.key, { pk: { S: pk } });

/** `sizes`: of the table, and of each of its collections when it is measured. */
function collectionsOf(sizes: { table: number; collection: number }) {
  const clock = new ManualClock();
  const asked = { table: 0, collection: 0 };
  const usage = {
    of: async () => {
      asked.table++;
      return { items: 1, bytes: sizes.table, indexBytes: 0, indexes: {} };
    },
    ofCollection: async () => {
      asked.collection++;
      return sizes.collection;
    },
  };
  // Every write is a sample.
  const random = { fraction: () => 0 };
  const collections = new ItemCollections({ usage, clock, random, logger: silentLogger });
  /** What was begun by a write has ended. */
  const admit = async (of: Table, growth: number, pk = "a") => {
    try {
      collections.admit(of, keyOf(pk), growth);
    } finally {
      await collections[Symbol.asyncDispose]();
    }
  };
  return { collections, clock, asked, admit };
}

test("a collection of 10 GB takes no more until it shrinks; others of its table do", async () => {
  const sizes = { table: 20 * GB, collection: 10 * GB - 100 };
  const { clock, admit } = collectionsOf(sizes);
  await admit(table, 1);
  await admit(table, 1);
  await admit(table, 100);
  await expect(admit(table, 100)).rejects.toThrow("Collection size exceeded.");
  await admit(table, 0);
  await admit(table, 100, "another");
  await admit(table, -100);
  await admit(table, 50);
  // Another process deletes some: that is seen when it is measured again.
  await expect(admit(table, 100)).rejects.toMatchObject({ code: "ItemCollectionSizeLimitExceededException" });
  sizes.collection = GB;
  await clock.advance(11_000);
  await expect(admit(table, 100)).rejects.toThrow("Collection size exceeded.");
  await admit(table, 100);
});

test("tables without local indexes are not looked up, and collections of small tables are not measured", async () => {
  const { collections, asked, admit } = collectionsOf({ table: 0.9 * GB, collection: 5 });
  for (let at = 0; at < 3; at++) await admit(plain, 1_000);
  expect(asked).toEqual({ table: 0, collection: 0 });
  for (let at = 0; at < 3; at++) await admit(table, 1_000);
  expect(await collections.rangeGb(table, keyOf("a"))).toEqual([0, 1]);
  expect(asked).toEqual({ table: 1, collection: 0 });
});

test("the size of a collection is shown between two whole GB", async () => {
  for (const [bytes, range] of [
    [5, [0, 1]],
    [GB, [1, 2]],
    [9.5 * GB, [9, 10]],
  ] as const) {
    const { collections } = collectionsOf({ table: 12 * GB, collection: bytes });
    expect(await collections.rangeGb(table, keyOf("a"))).toEqual(range);
  }
});
