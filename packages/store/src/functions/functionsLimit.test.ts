import { afterAll, beforeAll, expect, test } from "vitest";
import { ManualClock, systemRandom } from "@hearth/kit";
import { HERE, SETTINGS, type TestDatabase, testDatabase } from "@hearth/testkit";
import { FunctionStore } from "./functions.ts";

let db: TestDatabase;
let functions: FunctionStore;
beforeAll(async () => {
  db = await testDatabase();
  functions = new FunctionStore({
    database: db.database,
    clock: new ManualClock(),
    random: systemRandom,
    functionsLimit: 3,
  });
});
afterAll(async () => await db[Symbol.asyncDispose]());

const create = (FunctionName: string, place: { accountId: string; region: string } = HERE) =>
  functions.create({
    ...place,
    FunctionName,
    settings: SETTINGS,
    code: { digest: "a".repeat(64), sizeBytes: 100 },
    Tags: {},
    Publish: false,
  });

test("an account has no more functions than its limit, also when they are created at once; other accounts may go on", async () => {
  const all = await Promise.allSettled(["a", "b", "c", "d", "e", "f"].map((name) => create(name)));
  expect(all.filter(({ status }) => status === "fulfilled")).toHaveLength(3);
  await expect(create("g")).rejects.toMatchObject({
    code: "CodeStorageExceededException",
    message: "The account may have 3 functions.",
  });
  await create("a", { ...HERE, accountId: "111111111111" });
});
