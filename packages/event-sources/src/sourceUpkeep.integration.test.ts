import { SystemClock, systemRandom } from "@hearth/kit";
import { EventSourceMappingStore } from "@hearth/store";
import { type TestDatabase, testDatabase } from "@hearth/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { StreamSource } from "./eventSource.ts";
import { MemoryStream } from "./testing/memoryStream.ts";
import { PollingProcess } from "./testing/pollingProcess.ts";

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db[Symbol.asyncDispose]());

const patient = { timeout: 60_000, interval: 50 };
const where = { accountId: "000000000000", region: "us-east-1" };

test("what a server keeps for a mapping that was deleted while the server was away is removed later, by any process", async () => {
  const asked: string[] = [];
  let isAway = true;
  const source: StreamSource = {
    ...new MemoryStream().source(),
    async forget({ UUID, EventSourceArn, accountId }) {
      asked.push(`${UUID} ${EventSourceArn} ${accountId}`);
      if (isAway) throw new Error("the server is away");
    },
  };
  const mappings = new EventSourceMappingStore({ database: db.database, clock: new SystemClock() });
  const UUID = systemRandom.uuid();
  const EventSourceArn = "arn:aws:hearth:us-east-1:000000000000:memory/a/b";
  const remains = async () =>
    await db.database.query<{ attempts: number }>("SELECT attempts FROM event_source_remains");
  {
    await using process = new PollingProcess(db.database, [source], () => undefined);
    await process.start();
    await mappings.create({ ...where, UUID, FunctionName: "f", EventSourceArn, enabled: true, settings: {}, Tags: {} });
    await expect.poll(async () => (await mappings.get(where, UUID)).State, patient).toBe("Enabled");
    await mappings.delete(where, UUID);
    await expect.poll(async () => (await remains())[0]?.attempts, patient).toBe(1);
    await expect.poll(() => asked, patient).toEqual([`${UUID} ${EventSourceArn} ${where.accountId}`]);
  }
  expect(await mappings.findAll([UUID])).toEqual([]);
  isAway = false;
  // It is tried again after a minute, not at once.
  await db.database.query("UPDATE event_source_remains SET next_at = next_at - interval '1 minute'");
  await using process = new PollingProcess(db.database, [source], () => undefined);
  await process.start();
  await expect.poll(remains, patient).toEqual([]);
  expect(asked).toHaveLength(2);
});
