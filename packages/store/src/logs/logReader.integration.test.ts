import { silentLogger, SystemClock, systemRandom } from "@hearth/kit";
import { type TestDatabase, testDatabase } from "@hearth/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { LogChunkStore } from "./logChunks.ts";
import { LogReader } from "./logReader.ts";
import { LogStreamStore } from "./logStreams.ts";
import { LogWriter } from "./logWriter.ts";

const here = { accountId: "000000000000", region: "us-east-1" };
const other = { accountId: "111111111111", region: "us-east-1" };
const COUNT = "SELECT count(*)::int AS n FROM log_chunks_to_query";
let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
  const deps = { clock: new SystemClock(), logger: silentLogger };
  const { database } = db;
  await using writer = new LogWriter({
    chunks: new LogChunkStore(database),
    streams: new LogStreamStore(database),
    ...deps,
  });
  for (const whose of [here, other]) {
    writer.append({ ...whose, logGroupName: "g", logStreamName: "s" }, [{ timestamp: 1, message: "one" }]);
  }
});
afterAll(async () => await db[Symbol.asyncDispose]());

/** Runs `sql` as queries of an account do. */
async function asReader(sql: string, whose = here): Promise<readonly object[]> {
  return await db.database.transaction(async (tx) => {
    await new LogReader().become(tx, whose);
    return await tx.query(sql);
  });
}

test("queries read as a role that sees chunks of their account and region, and no table", async () => {
  expect(await asReader("SELECT current_user AS name")).toEqual([{ name: "hearth_log_reader" }]);
  expect(await asReader(COUNT)).toEqual([{ n: 1 }]);
  expect(await asReader(COUNT, other)).toEqual([{ n: 1 }]);
  expect(await asReader(COUNT, { ...here, region: "eu-west-1" })).toEqual([{ n: 0 }]);
  for (const table of ["log_chunks", "log_streams", "log_groups", "log_queries", "access_keys"]) {
    await expect(asReader(`SELECT * FROM ${table}`), table).rejects.toThrow("permission denied");
  }
  await expect(asReader("DELETE FROM log_queries")).rejects.toThrow("permission denied");
});

test("a connection that a query used is its own user's again, and names no account", async () => {
  const user = await db.database.query("SELECT current_user AS name");
  await asReader(COUNT);
  expect(await db.database.query("SELECT current_user AS name")).toEqual(user);
  expect(await db.database.query(COUNT)).toEqual([{ n: 0 }]);
});

test("a user that may not become the role is confined by the view", async () => {
  const user = `hearth_test_${systemRandom.hex(6)}`;
  await db.database.query(`CREATE ROLE ${user} NOLOGIN`);
  try {
    await db.database.query(`GRANT SELECT ON log_chunks_to_query TO ${user}`);
    const found = await db.database.transaction(async (tx) => {
      await tx.query(`SET LOCAL ROLE ${user}`);
      await new LogReader().become(tx, here);
      return await tx.query(`SELECT current_user AS name, (${COUNT}) AS n`);
    });
    expect(found).toEqual([{ name: user, n: 1 }]);
  } finally {
    await db.database.query(`DROP OWNED BY ${user}`);
    await db.database.query(`DROP ROLE ${user}`);
  }
});
