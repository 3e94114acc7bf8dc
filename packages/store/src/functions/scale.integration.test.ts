import { ManualClock, systemRandom } from "@hearth/kit";
import { type TestDatabase, testDatabase } from "@hearth/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { FunctionStore } from "./functions.ts";

/** 10,000 functions with 10 published versions each: what is read stays as quick at the end as at the beginning. */

const accountId = "000000000000";
const HERE = { accountId, region: "us-east-1" };
const FUNCTIONS = 10_000;
const VERSIONS = 10;
const PAGE = 50;
let db: TestDatabase;
let functions: FunctionStore;

beforeAll(async () => {
  db = await testDatabase();
  functions = new FunctionStore({
    database: db.database,
    clock: new ManualClock(),
    random: systemRandom,
  });
  await seed();
});
afterAll(async () => await db[Symbol.asyncDispose]());

const settings = {
  Runtime: "nodejs22.x",
  Role: "arn:aws:iam::000000000000:role/any",
  Handler: "index.handler",
  Description: "d".repeat(100),
  Timeout: 3,
  MemorySize: 128,
  TracingConfig: { Mode: "PassThrough" },
  PackageType: "Zip",
  Architectures: ["x86_64"],
  EphemeralStorage: { Size: 512 },
  SnapStart: { ApplyOn: "None", OptimizationStatus: "Off" },
  LoggingConfig: { LogFormat: "Text", LogGroup: "/aws/lambda/f" },
};

async function seed(): Promise<void> {
  await db.database.prepared(
    `INSERT INTO functions (account_id, region, "FunctionName", created_at, last_version)
     SELECT $1, 'us-east-1', 'f' || lpad(n::text, 6, '0'), now(), $3 FROM generate_series(1, $2::int) n`,
    [accountId, FUNCTIONS, VERSIONS],
  );
  // One statement for all takes longer on a slow machine than a statement may.
  for (let number = 0; number <= VERSIONS; number++) {
    await db.database.prepared(
      `INSERT INTO function_versions (account_id, region, "FunctionName", number, "RevisionId", snapshot_id, "LastModified", code_digest, "CodeSize",
                                      settings, fingerprint, "State", "LastUpdateStatus", active_snapshot)
       SELECT f.account_id, f.region, f."FunctionName", $2::integer, gen_random_uuid(), gen_random_uuid(), now(), repeat('a', 64), 100,
              $1::json, 'x', 'Active', 'Successful', '{"configuration": {}}'
         FROM functions f`,
      [JSON.stringify(settings), number],
    );
  }
  await db.database.query("ANALYZE");
}

/** The median time of `work`, which is given a number of its own each time. */
async function medianMs(times: number, work: (time: number) => Promise<unknown>): Promise<number> {
  const taken: number[] = [];
  for (let time = 0; time < times; time++) {
    const startedMs = performance.now();
    await work(time);
    taken.push(performance.now() - startedMs);
  }
  return taken.toSorted((a, b) => a - b)[Math.floor(times / 2)] ?? 0;
}

const nameOf = (number: number): string => `f${String(number).padStart(6, "0")}`;
const markerOf = (...key: (string | number)[]): string => Buffer.from(JSON.stringify(key)).toString("base64url");

test.each([
  ["of $LATEST", false],
  ["of all versions", true],
])("a page of ListFunctions %s takes at most twice the time of the first, wherever it is", async (_what, all) => {
  const page = (Marker?: string) => functions.list(HERE, { Marker, MaxItems: PAGE }, all);
  expect((await page()).items).toHaveLength(PAGE);
  const far = [1000, 5000, 9900].map((number) => markerOf(nameOf(number), all ? 5 : 0));
  for (const marker of far) expect((await page(marker)).items).toHaveLength(PAGE);
  const first = await medianMs(41, () => page());
  for (const marker of far) expect(await medianMs(41, () => page(marker))).toBeLessThan(2 * first + 2);
});

test("paging reaches every function once", async () => {
  let seen = 0;
  let Marker: string | undefined;
  do {
    const page = await functions.list(HERE, { Marker, MaxItems: 1000 });
    seen += page.items.length;
    Marker = page.NextMarker;
  } while (Marker !== undefined);
  expect(seen).toBe(FUNCTIONS);
});

test("GetFunction is as quick among 10,000 functions and 100,000 versions as alone", async () => {
  const alone = { accountId: "111111111111", region: "us-east-1", FunctionName: "alone" };
  await db.database.prepared(
    `WITH f AS (INSERT INTO functions (account_id, region, "FunctionName", created_at) VALUES ($1, 'us-east-1', $2, now()) RETURNING 1)
     INSERT INTO function_versions SELECT (jsonb_populate_record(v, jsonb_build_object('account_id', $1, 'FunctionName', $2))).*
       FROM function_versions v, f WHERE v.account_id = $3 AND v."FunctionName" = $4 AND v.number = 0`,
    [alone.accountId, alone.FunctionName, accountId, nameOf(1)],
  );
  const many = (time: number) => ({ ...HERE, FunctionName: nameOf(1 + ((time * 997) % FUNCTIONS)) });
  await medianMs(20, (time) => functions.get(many(time)));
  const one = await medianMs(101, () => functions.get(alone));
  expect(await medianMs(101, (time) => functions.get(many(time)))).toBeLessThan(2 * one + 2);
  expect(await medianMs(101, (time) => functions.get(many(time), "7"))).toBeLessThan(2 * one + 2);
});

test("what invocations need of a function is read as quickly with 10,000 versions as with 10, and is as little", async () => {
  const many = { ...HERE, accountId: "222222222222", FunctionName: "many" };
  await db.database.prepared(
    `INSERT INTO functions (account_id, region, "FunctionName", created_at, last_version) VALUES ($1, 'us-east-1', $2, now(), 10000)`,
    [many.accountId, many.FunctionName],
  );
  await db.database.prepared(
    `INSERT INTO function_versions (account_id, region, "FunctionName", number, "RevisionId", snapshot_id, "LastModified", code_digest, "CodeSize",
                                    settings, fingerprint, "State", "LastUpdateStatus", active_snapshot)
     SELECT $1, 'us-east-1', $2, n, gen_random_uuid(), gen_random_uuid(), now(), repeat('a', 64), 100, $3::json, 'x', 'Active', 'Successful', json_build_object('configuration', $3::json)
       FROM generate_series(0, 10000) n`,
    [many.accountId, many.FunctionName, JSON.stringify(settings)],
  );
  await db.database.prepared(
    `INSERT INTO aliases (account_id, region, "FunctionName", "Name", "Description", number, second_number, second_weight, "RevisionId")
     VALUES ($1, 'us-east-1', $2, 'live', '', 9000, 9001, 0.1, gen_random_uuid())`,
    [many.accountId, many.FunctionName],
  );
  const few = await medianMs(41, (time) => functions.loadFunction({ ...HERE, FunctionName: nameOf(1 + time) }, ["7"]));
  const load = () => functions.loadFunction(many, ["7"]);
  expect(await medianMs(41, load)).toBeLessThan(2 * few + 2);
  expect([...((await load())?.versions.keys() ?? [])].toSorted()).toEqual(["$LATEST", "7", "9000", "9001"]);
});
