import { createHash } from "node:crypto";
import { mkdir, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { CodeStore } from "@hearth/code";
import { ManualClock, Registry, silentLogger, SystemClock, systemRandom } from "@hearth/kit";
import { Metering } from "@hearth/metering";
import type { UsageRecord } from "@hearth/model";
import { Database, EventStore, migrate, startEmbeddedPostgres } from "@hearth/store";
import { RunningHearth, sampleFunctions, skipReason, zipOf } from "@hearth/testkit";
import { describe, expect, test } from "vitest";
import { AccountedLoad, missing } from "../support/accounting.ts";
import { databaseOf } from "../support/database.ts";
import { createActive, invoke, lambdaClient } from "../support/lambda.ts";
import { CuttableDisk, noPowerCut } from "../support/powerCut.ts";

const ACCOUNT = "000000000000";
const region = "us-east-1";
const deps = { clock: new SystemClock(), random: systemRandom, logger: silentLogger };
const signal = new AbortController().signal;

describe("after a power cut", { ...skipReason(await noPowerCut()), timeout: 300_000 }, () => {
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

  test("a whole Hearth starts again: functions that were created run, and so do accepted events", async () => {
    await using disk = await CuttableDisk.open();
    const data = join(disk.path, "data");
    await mkdir(data);
    await using hearth = new RunningHearth(data, {});
    await hearth.start();
    const client = lambdaClient(hearth);
    await createActive(client, { FunctionName: "async", files: sampleFunctions.nodeEcho });
    const load = new AccountedLoad(client);
    const calling = Promise.all([load.callAsync(), load.callAsync()]);
    await expect.poll(() => load.accepted.length, { timeout: 60_000 }).toBeGreaterThan(30);
    await createActive(client, { FunctionName: "late", files: sampleFunctions.nodeEcho });
    await disk.cut();
    await hearth.kill("SIGKILL");
    load.stop();
    await calling;

    await disk.powerOn();
    await hearth.start();
    expect((await invoke(lambdaClient(hearth), "late", { again: true })).payload).toEqual({ again: true });
    await using database = databaseOf(hearth);
    // Not by usage records: those of the last moment may be lost.
    const didNotRun = async (): Promise<readonly string[]> => {
      const rows = await database.query<{ id: string }>("SELECT id FROM events WHERE state = 'succeeded'");
      return missing(
        load.accepted,
        rows.map(({ id }) => id),
      );
    };
    await expect.poll(didNotRun, { timeout: 90_000, interval: 500 }).toEqual([]);
  });

  test("code that was stored is there, and an unpacked copy is complete or absent", async () => {
    await using disk = await CuttableDisk.open();
    const data = join(disk.path, "data");
    const files = {
      ...sampleFunctions.nodeEcho,
      "lib/deep/one.txt": "one",
      "lib/empty.txt": "",
      "two.bin": "2".repeat(100_000),
    };
    const zip = await zipOf({ ...files, "lib/link": { content: "deep/one.txt", mode: 0o120777 } });
    const code = new CodeStore(data, deps);
    const early = await code.put(zip);
    await code.unpack(early.digest, signal);
    const blobs: string[] = [];
    const store = async (): Promise<void> => {
      for (let i = 0; ; i++) {
        const { digest } = await code.put(await zipOf({ ...files, "at.txt": `${systemRandom.uuid()}` }));
        blobs.push(digest);
        await code.unpack(digest, signal);
      }
    };
    const storing = Array.from({ length: 4 }, () => store().catch(() => undefined));
    await expect.poll(() => blobs.length, { timeout: 60_000 }).toBeGreaterThan(20);
    await disk.cut();
    const stored = [early.digest, ...blobs];
    await Promise.all(storing);

    await disk.powerOn();
    const again = new CodeStore(data, deps);
    await again.removeLeftovers({ blobs: true });
    for (const digest of stored) {
      expect(sha256(await readFile(again.path(digest)))).toBe(digest);
      const was = again.isUnpacked(digest);
      const folder = await again.unpack(digest, signal);
      for (const [name, text] of Object.entries(files)) {
        expect(await readFile(join(folder, name), "utf8"), `${name}, unpacked ${was ? "before" : "after"}`).toBe(text);
      }
    }
    expect(again.isUnpacked(early.digest)).toBe(true);
    expect(await readFile(join(again.unpackedPath(early.digest), "lib/link"), "utf8")).toBe("one");
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

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

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
