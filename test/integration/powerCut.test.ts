import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { ManualClock, Registry, silentLogger, SystemClock, systemRandom } from "@hearth/kit";
import { Metering } from "@hearth/metering";
import type { UsageRecord } from "@hearth/model";
import { Database, EventStore, migrate, startEmbeddedPostgres } from "@hearth/store";
import { skipReason } from "@hearth/testkit";
import { describe, expect, test } from "vitest";
import { CuttableDisk, noPowerCut } from "../support/powerCut.ts";

const ACCOUNT = "000000000000";
const region = "us-east-1";
const deps = { clock: new SystemClock(), random: systemRandom, logger: silentLogger };
const signal = new AbortController().signal;

describe("after a power cut", skipReason(await noPowerCut()), () => {
  test("every event that was accepted is there", async () => {
    await using disk = await CuttableDisk.open();
    const dataDir = join(disk.path, "postgres");
    const postgres = await startEmbeddedPostgres({ ...deps, dataDir, signal });
    const accepted: string[] = [];
    {
      await using database = new Database({ connection: postgres.connection }, deps);
      await migrate(database, { region, logger: silentLogger });
      const events = new EventStore(database);
      const accept = async (): Promise<void> => {
        for (;;) {
          const id = systemRandom.uuid();
          await events.add({ id, accountId: ACCOUNT, region, FunctionName: "f", payload: Buffer.from("{}") });
          accepted.push(id);
        }
      };
      const callers = Array.from({ length: 8 }, () => accept().catch(() => undefined));
      await expect.poll(() => accepted.length, { timeout: 60_000 }).toBeGreaterThan(200);
      await disk.cut();
      await Promise.all(callers);
    }
    await postgres[Symbol.asyncDispose]().catch(() => undefined); // its disk is gone

    await disk.powerOn();
    await using again = await startEmbeddedPostgres({ ...deps, dataDir, signal });
    await using database = new Database({ connection: again.connection }, deps);
    const rows = await database.query<{ id: string }>("SELECT id FROM events WHERE payload = '{}'");
    const stored = new Set(rows.map(({ id }) => id));
    expect(accepted.filter((id) => !stored.has(id))).toEqual([]);
  });

  test("every usage record is there that was recorded 50 ms before it", async () => {
    await using disk = await CuttableDisk.open();
    const directory = join(disk.path, "journal");
    const clock = new TurnsClock();
    const usage = { insert: () => Promise.reject(Object.assign(new Error("away"), { code: "ECONNREFUSED" })) };
    const registry = new Registry();
    const metering = new Metering({ directory, region }, { ...deps, clock, usage, registry });
    await expect.poll(() => clock.turns).toBe(1);
    const records = Array.from({ length: 20 }, () => recordOf(systemRandom.uuid()));
    for (const record of records) metering.record(record);
    await clock.advance(50);
    await expect.poll(() => clock.turns).toBe(2);
    await disk.cut();
    await metering[Symbol.asyncDispose]().catch(() => undefined); // its disk is gone

    await disk.powerOn();
    const files = (await readdir(directory)).filter((name) => name.endsWith(".journal"));
    const text = (await Promise.all(files.map((name) => readFile(join(directory, name), "utf8")))).join("");
    expect(records.filter(({ id }) => !text.includes(id))).toEqual([]);
  });
});

/** Counts the ends of the turns of the loop that syncs the journal: after each it sleeps for 50 ms. */
class TurnsClock extends ManualClock {
  turns = 0;

  override sleep(ms: number, stop?: AbortSignal): Promise<void> {
    if (ms === 50) this.turns++;
    return super.sleep(ms, stop);
  }
}

function recordOf(id: string): UsageRecord {
  return {
    id,
    accountId: ACCOUNT,
    region,
    functionName: "f",
    version: "$LATEST",
    requestId: id,
    endedAt: 0,
    durationMs: 1,
    billedMs: 1,
    memoryMb: 128,
    maxMemoryUsedMb: 64,
    initDurationMs: null,
    outcome: "success",
    bytesIn: 2,
    bytesOut: 2,
  };
}
