import { ManualClock, silentLogger, SystemClock, systemRandom } from "@hearth/kit";
import { Database } from "@hearth/store";
import { type TestDatabase, testDatabase } from "@hearth/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { applicationName, refuseOtherVersions } from "./refuseOtherVersions.ts";

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
});
afterAll(async () => await db[Symbol.asyncDispose]());

/** A clock on which a minute passes with every reading. */
class HastyClock extends ManualClock {
  #nowMs = 0;

  override monotonicMs(): number {
    this.#nowMs += 60_000;
    return this.#nowMs;
  }
}

test("a process does not start while one of another version uses the database; it starts once the other has stopped", async () => {
  const deps = { clock: new SystemClock(), random: systemRandom, logger: silentLogger };
  const processOf = async (name: string): Promise<Database> => {
    const other = new Database({ connection: db.connection, max: 1, applicationName: name }, deps);
    await other.query("SELECT 1");
    return other;
  };
  const own = await applicationName("control");
  await using _same = await processOf(await applicationName("invoker"));
  await using _maintenance = await processOf("hearth maintenance");
  await refuseOtherVersions(db.database, own, deps);

  const older = await processOf("hearth invoker 0.0.9/0042");
  await expect(refuseOtherVersions(db.database, own, { ...deps, clock: new HastyClock() })).rejects.toThrow(
    "(hearth invoker 0.0.9/0042)",
  );

  const waiting = refuseOtherVersions(db.database, own, deps);
  await older[Symbol.asyncDispose]();
  await waiting;
});
